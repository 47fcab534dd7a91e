import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerSign } from '../../model/container.ts';
import { decodeEvent } from './decode-event.ts';
import { eventLine } from './scripted-server.contract.ts';

const ID = 'a'.repeat(64);

/** A line without the fields that API 1.52 dropped. */
function line(fields: Record<string, unknown>): string {
  return JSON.stringify({
    Type: 'container',
    Actor: { ID, Attributes: { image: 'busybox:local', name: 'web' } },
    time: 1_795_402_832,
    ...fields,
  });
}

const withAttributes = (Action: string, attributes: Record<string, unknown>) =>
  decodeEvent(line({ Action, Actor: { ID, Attributes: { image: 'busybox:local', name: 'web', ...attributes } } }));

describe('Docker’s events', () => {
  it('are decoded whole', () => {
    expect(decodeEvent(eventLine('die', { attributes: { exitCode: '7', execDuration: '3', label: 'x' } }))).toEqual({
      containerId: ID,
      action: 'die',
      timeNano: '1795402832561901592',
      at: expect.closeTo(1_795_402_832_561.9, 1),
      name: 'web',
      image: 'busybox:local',
      exitCode: 7,
      signal: null,
      health: null,
      labels: {},
    });
  });

  it.each([
    ['create', {}, {}],
    ['start', {}, {}],
    ['die', { exitCode: '137' }, { exitCode: 137 }],
    ['kill', { signal: '15' }, { signal: 15 }],
    ['stop', {}, {}],
    ['restart', {}, {}],
    ['pause', {}, {}],
    ['unpause', {}, {}],
    ['oom', {}, {}],
    ['rename', { oldName: '/before', name: 'after' }, { name: 'after' }],
    ['update', {}, {}],
    ['destroy', {}, {}],
    ['health_status: healthy', {}, { action: 'health_status', health: 'healthy' }],
    ['health_status: unhealthy', {}, { action: 'health_status', health: 'unhealthy' }],
  ])('%s %o', (action, attributes, expected) => {
    const fields = { action, exitCode: null, signal: null, health: null, name: 'web', ...expected };
    expect(withAttributes(action, attributes)).toMatchObject(fields);
    // With the old fields and without the new ones, as engines before 1.22 wrote them.
    const old = { status: action, id: ID, from: 'busybox:local', time: 1_795_402_832 };
    expect(decodeEvent(JSON.stringify(old))).toMatchObject({ containerId: ID, image: 'busybox:local' });
  });

  it.each([
    ...[
      'exec_create: sh -c "die"',
      'exec_start: start',
      'exec_die',
      'exec_detach',
      'attach',
      'detach',
      'resize',
      'top',
    ],
    ...['copy', 'archive-path', 'extract-to-dir', 'export', 'commit', 'checkpoint', 'prune', 'constructor', ''],
  ])('%s changes no state and is passed over', (action) => {
    expect(decodeEvent(line({ Action: action }))).toBeNull();
  });

  it.each(['network', 'image', 'volume', 'daemon', 'plugin', ''])('of the type "%s" are passed over', (Type) => {
    expect(decodeEvent(line({ Type, Action: 'create' }))).toBeNull();
  });

  it('tell the labels of what was created, without the engine’s own attributes', () => {
    const labels = { 'com.docker.compose.project': '작업', exitCode: 'a label of that name' };
    expect(withAttributes('create', labels)?.labels).toEqual({ 'com.docker.compose.project': '작업' });
    expect(withAttributes('start', labels)?.labels).toEqual({});
  });

  it('with a label of 200 kB keep its beginning', () => {
    expect(withAttributes('create', { big: 'x'.repeat(200_000) })?.labels.big).toBe('x'.repeat(64 * 1_024));
  });
});

describe('what is done with a container from outside', () => {
  const signs = (source: string) => {
    const told: ContainerSign[] = [];
    expect(decodeEvent(source, (sign) => told.push(sign))).toBeNull();
    return told;
  };

  it.each([
    ['exec_start: /bin/sh -c echo "a: b"; true', 'exec', '/bin/sh -c echo "a: b"; true'],
    ['exec_start: bash ', 'exec', 'bash'],
    [`exec_start: ${'x'.repeat(5_000)}`, 'exec', 'x'.repeat(1_000)],
    ['exec', 'exec', ''],
    ['exec_detach', 'terminal', ''],
    ['attach', 'attach', ''],
    ['detach', 'terminal', ''],
    ['resize', 'terminal', ''],
    ['archive-path', 'copy', ''],
    ['extract-to-dir', 'copy', ''],
  ])('%s is a sign and no event', (Action, kind, command) => {
    const at = 1_795_402_832_000;
    expect(signs(line({ Action }))).toEqual([{ containerId: ID, kind, command, at }]);
  });

  it.each(['exec_create: sh', 'exec_die', 'exec_died', 'top', 'export', 'commit', 'constructor'])(
    '%s is neither',
    (Action) => {
      expect(signs(line({ Action }))).toEqual([]);
    },
  );

  it('is told with the exact time, also by engines that write the old fields', () => {
    expect(signs(eventLine('exec_start: sh'))[0]?.at).toBeCloseTo(1_795_402_832_561.9, 1);
  });

  it('that names no container or no time is no event', () => {
    const actor = { ID, Attributes: {} };
    for (const bad of [{ Actor: {}, time: 1 }, { Actor: actor }]) {
      const text = JSON.stringify({ Type: 'container', Action: 'exec_start: sh', ...bad });
      expect(() => decodeEvent(text, () => {})).toThrow(TypeError);
    }
  });
});

describe('Podman’s events', () => {
  it.each([
    [{ Action: 'remove' }, { action: 'destroy' }],
    [{ Action: 'died' }, { action: 'die' }],
    // The word of the field is the probe's before.
    [
      { Action: 'health_status', HealthStatus: 'healthy' },
      { action: 'health_status', health: null },
    ],
    [
      { Action: 'health_status', HealthStatus: 'unhealthy' },
      { action: 'health_status', health: null },
    ],
    [
      { Action: 'health_status', HealthStatus: 'starting' },
      { action: 'health_status', health: null },
    ],
  ])('%o', (fields, expected) => {
    expect(decodeEvent(line(fields))).toMatchObject(expected);
  });

  it('tell what belongs to an end only with an end, and no pod as a label', () => {
    const attributes = { containerExitCode: '0', podId: '', signal: '9', exitCode: '7' };
    expect(withAttributes('create', attributes)).toEqual(
      expect.objectContaining({ exitCode: null, signal: null, labels: {} }),
    );
    expect(withAttributes('start', attributes)?.exitCode).toBeNull();
    expect(withAttributes('remove', attributes)?.exitCode).toBeNull();
  });

  it('tell the exit code under another name', () => {
    expect(withAttributes('died', { containerExitCode: '137' })?.exitCode).toBe(137);
    expect(withAttributes('die', { containerExitCode: 3 })?.exitCode).toBe(3);
  });

  it.each(['init', 'cleanup', 'mount', 'unmount', 'sync', 'exec', 'exec_died', 'removed'])(
    '%s is passed over',
    (Action) => {
      expect(decodeEvent(line({ Action }))).toBeNull();
    },
  );

  it('tell health that cannot be read as such', () => {
    expect(decodeEvent(line({ Action: 'health_status', HealthStatus: 'feverish' }))?.health).toBeNull();
    expect(decodeEvent(line({ Action: 'health_status' }))?.health).toBeNull();
    expect(decodeEvent(line({ Action: 'health_status: feverish' }))?.health).toBeNull();
  });
});

describe('the time of an event', () => {
  it.each(['1795402832561901592', '1795402832000000001', '9007199254740993', '9223372036854775807'])(
    '%s is kept to the nanosecond, which no number does',
    (timeNano) => {
      expect(decodeEvent(eventLine('start', { timeNano }))?.timeNano).toBe(timeNano);
    },
  );

  it('is that of the event, not what a label says', () => {
    const attributes = { timeNano: '1', note: '"timeNano":1795402832561901999', '"timeNano"': ':1795402832561901998,' };
    expect(decodeEvent(eventLine('start', { attributes }))?.timeNano).toBe('1795402832561901592');
  });

  it('is read wherever it stands and however it is spaced', () => {
    const spaced = `{ "timeNano" :\t1795402832561901592, "Action": "start", "id": "${ID}" }`;
    expect(decodeEvent(spaced)?.timeNano).toBe('1795402832561901592');
  });

  it.each([undefined, null, 'soon', -1, 0, Number.POSITIVE_INFINITY])(
    'is that of the whole second when it is %o',
    (timeNano) => {
      expect(decodeEvent(line({ Action: 'start', timeNano }))?.timeNano).toBe('1795402832000000000');
    },
  );

  it('is exact for any nanosecond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1_000_000_000n, max: 9_223_372_036_854_775_807n }), (nanos) => {
        expect(decodeEvent(eventLine('start', { timeNano: nanos.toString() }))?.timeNano).toBe(nanos.toString());
      }),
    );
  });
});

describe('details', () => {
  it.each([
    ['9', 9],
    [15, 15],
    ['SIGHUP', 1],
    ['term', 15],
    ['KILL', 9],
    ['constructor', null],
    ['', null],
    [undefined, null],
    [{}, null],
    ['99999999999999', null],
  ])('the signal %o is %s', (signal, expected) => {
    expect(withAttributes('kill', { signal })?.signal).toBe(expected);
  });

  it.each([undefined, null, '', 'seven', '7.5', 7.5, {}, '99999999999999'])(
    'the exit code %o is not known',
    (exitCode) => {
      expect(withAttributes('die', { exitCode })?.exitCode).toBeNull();
    },
  );

  it('names and images of another kind are empty', () => {
    expect(decodeEvent(line({ Action: 'start', Actor: { ID, Attributes: { name: 7, image: [] } } }))).toMatchObject({
      name: '',
      image: '',
    });
    expect(decodeEvent(line({ Action: 'start', Actor: { ID, Attributes: null } }))?.name).toBe('');
  });
});

describe('what is no event', () => {
  it.each([
    ['not JSON', '{"Action":'],
    ['nothing', ''],
    ['a number', '7'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an error', '{"message":"context canceled"}'],
    ['an action of another kind', line({ Action: 7 })],
    ['a type of another kind', line({ Type: 7, Action: 'start' })],
    ['no container', line({ Action: 'start', Actor: {} })],
    ['a container without a name', line({ Action: 'start', Actor: { ID: '' } })],
    ['no time', line({ Action: 'start', time: undefined })],
    ['a time of another kind', line({ Action: 'start', time: '1795402832' })],
  ])('is told: %s', (_what, text) => {
    expect(() => decodeEvent(text)).toThrow(/./);
  });
});
