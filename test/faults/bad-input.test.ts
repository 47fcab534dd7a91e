import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import type { TidewatchEvent } from '../../src/model/events.ts';
import { eventually } from '../support/eventually.ts';
import { type StartedTracker, startTracker } from '../support/start-tracker.ts';

let engine: FakeEngine;
let started: StartedTracker;
let web: string;

const state = (id = 'shop') => started.tracker.getWorkspaceState(id);
const becomes = (expected: object, id?: string) => eventually(() => expect(state(id)).toMatchObject(expected));
const unreadable = () => started.tracker.getStats().eventsUnreadable;

function errors(): TidewatchEvent<'error'>[] {
  return started.events.filter((event): event is TidewatchEvent<'error'> => event.type === 'error');
}

/** A line of the stream as Docker writes it, at the present instant. */
function eventLine(action: string, attributes: Readonly<Record<string, unknown>> = {}, more = {}): string {
  const at = engine.now();
  const body = { Type: 'container', Action: action, Actor: { ID: web, Attributes: attributes }, ...more };
  return `${JSON.stringify({ ...body, time: Math.floor(at / 1000), timeNano: `${at}000001` }).replace(/"(\d{19})"/, '$1')}\n`;
}

/** Shows that the tracker follows the engine still. */
async function expectStillFollowing(): Promise<void> {
  engine.pause(web);
  await becomes({ phase: 'paused' });
  engine.unpause(web);
  await becomes({ phase: 'running', status: 'active', freshness: { state: 'live' } });
}

beforeEach(async () => {
  engine = await FakeEngine.listen();
  web = engine.run({ name: 'web', labels: { 'tidewatch.workspace': 'shop' } });
});

afterEach(async () => {
  await started.stop();
  await engine.close();
});

describe('what the event stream brings', () => {
  beforeEach(async () => {
    // No resync within a test: what is right afterwards is so by the events.
    started = await startTracker(engine.host, { syncInterval: '1h' });
    await becomes({ phase: 'running' });
  });

  test.each([
    ['no JSON', 'level=fatal msg="oops"\n'],
    ['half a line of JSON', '{"Type":"container","Action":"die","Act\n'],
    ['JSON that is no object', '[]\n"text"\n17\nnull\n'],
    ['no container', '{"Type":"container","Action":"die","time":1}\n'],
    ['a container that is no text', '{"Type":"container","Action":"die","Actor":{"ID":{}},"time":1}\n'],
    ['no time', `{"Type":"container","Action":"die","Actor":{"ID":"${'e'.repeat(64)}"}}\n`],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe, 0xc3, 0x28, 0x00, 0x0a])],
    ['nesting without end', `${'['.repeat(200_000)}\n`],
    ['5 MB in one line', `{"Type":"container","Action":"die","x":"${'x'.repeat(5_000_000)}"}\n`],
  ])('%s is counted and passed over', async (_what, line) => {
    engine.rawEvent(line);
    await eventually(() => expect(unreadable()).toBeGreaterThan(0));
    await expectStillFollowing();
    expect(errors()).toEqual([]);
    expect(started.tracker.getStats().reconnects).toBe(0);
  });

  test('empty lines, other line ends, record separators and unknown fields are passed over without a word', async () => {
    const odd = {
      unheard: { of: [1, null] },
      Action: 'pause',
      scope: 7,
      Actor: { ID: web, Attributes: null, more: 1 },
    };
    engine.rawEvent('\n\r\n\n', '\u001e', eventLine('pause', {}, odd).replace('\n', '\r\n'));
    await becomes({ phase: 'paused' });
    expect(unreadable()).toBe(0);
  });

  test('unknown actions and types change nothing', async () => {
    engine.rawEvent(eventLine('levitate'), eventLine('die', {}, { Type: 'plugin' }), eventLine('', {}));
    engine.rawEvent(eventLine('health_status: fantastic'), eventLine('kill', { signal: 'SIGWHAT' }));
    await expectStillFollowing();
    expect(unreadable()).toBe(0);
  });

  test('a line cut anywhere, also within a character of several bytes, is read as one', async () => {
    const name = 'ü☃𝒳';
    const bytes = Buffer.from(eventLine('rename', { name, oldName: '/web' }));
    engine.rawEvent(...Array.from(bytes, (byte) => Buffer.of(byte)));
    await eventually(() => expect(state()?.containers[0]?.name).toBe(name));
    expect(unreadable()).toBe(0);
  });

  test('attributes of the wrong kind are not believed', async () => {
    engine.rawEvent(eventLine('die', { exitCode: { deep: true }, name: ['web'], image: 7 }));
    // The engine knows of no end; whoever asks it is told that it runs.
    await becomes({ phase: 'running', containers: [{ name: 'web' }] });
    await expectStillFollowing();
  });

  test('labels of 200 kB are carried by every event and harm nobody', async () => {
    engine.run({ name: 'big', labels: { 'tidewatch.workspace': 'big', weight: 'x'.repeat(200_000) } });
    await becomes({ phase: 'running' }, 'big');
    for (let round = 0; round < 20; round += 1) {
      engine.pause('big');
      engine.unpause('big');
    }
    engine.die('big', { exitCode: 3 });
    await becomes({ phase: 'crashed', containers: [{ exitCode: 3 }] }, 'big');
    expect(JSON.stringify(state('big')).length).toBeLessThan(20_000);
    expect(unreadable()).toBe(0);
  });
});

describe('what the list and inspects bring', () => {
  beforeEach(async () => {
    started = await startTracker(engine.host, { syncInterval: '1s', maxRetries: 1 });
    await becomes({ phase: 'running' });
  });

  /** The list's own row of the container, with other fields. */
  const row = (fields: object) => JSON.stringify({ Id: web, Names: ['/web'], Image: 'x', State: 'running', ...fields });

  test.each([
    ['that says a running container has ended', () => `[${row({ State: 'exited', Status: 'Exited (1) now' })}]`],
    ['that leaves a container out', () => '[]'],
    ['with a state nobody knows', () => `[${row({ State: 'levitating' })}]`],
    ['with a row of another shape', () => `[7,null,"x",{},{"Id":5},${row({ Names: 'web', Labels: [], Mounts: {} })}]`],
    ['that tells a container twice', () => `[${row({})},${row({ State: 'paused' })}]`],
  ])('a list %s is not believed before the container itself was asked', async (_what, body) => {
    engine.rawList(body());
    await started.tracker.forceSync();
    expect(state()).toMatchObject({ phase: 'running', status: 'active', containers: [{ name: 'web' }] });
    engine.rawList(null);
    await expectStillFollowing();
    const steps = started
      .eventsOf('shop')
      .flatMap((event) => (event.type === 'container_update' ? [event.data.newState] : []));
    expect(steps).toEqual(['paused', 'running']);
  });

  test('a list with a container that does not exist tells none', async () => {
    engine.rawList(`[${row({})},${row({ Id: 'f'.repeat(64), Names: ['/ghost'] })}]`);
    await started.tracker.forceSync();
    expect(state('container:ghost')).toBeUndefined();
  });

  test.each([
    ['no JSON', 'no list\n'],
    ['a page', '<html><body>Welcome</body></html>'],
    ['an object', '{"message":"fine"}'],
    ['cut short', '[{"Id":"'],
  ])('a list that is %s is told as an error, and all is right when the engine behaves again', async (_what, body) => {
    engine.rawList(body);
    await eventually(() => expect(errors()).not.toHaveLength(0));
    expect(errors()[0]?.data).toMatchObject({ code: 'engine_bad_answer' });
    expect(errors()[0]?.data.error).toMatch(/list of containers is not a JSON array/);
    expect(state()).toMatchObject({ status: 'active', phase: 'running' });
    engine.die(web, { exitCode: 7 });
    engine.rawList(null);
    await becomes({ phase: 'crashed', freshness: { state: 'live' }, containers: [{ exitCode: 7 }] });
    await eventually(() => expect(started.events.some(({ type }) => type === 'recovery')).toBe(true));
  });

  test.each([
    ['no JSON', 'nothing'],
    ['text', '"running"'],
    ['a list', '[]'],
    ['no state', '{"Id":"x"}'],
    ['a page', '<html></html>'],
  ])('an inspect that gives %s is told as an error of that workspace, and the rest goes on', async (_what, body) => {
    engine.refuse(new RegExp(`/containers/${web}/json`), 200, body);
    engine.die(web, { exitCode: 4 });
    const other = engine.run({ name: 'other', labels: { 'tidewatch.workspace': 'other' } });
    await becomes({ phase: 'crashed', containers: [{ exitCode: 4 }] });
    await eventually(() => expect(errors().map(({ workspaceId }) => workspaceId)).toContain('shop'));
    expect(errors()[0]?.data).toMatchObject({ code: 'engine_bad_answer' });
    expect(errors()[0]?.data.error).toContain(`/containers/${web.slice(0, 12)}/json`);
    expect(state()?.lastError).not.toBeNull();
    engine.pause(other);
    await becomes({ phase: 'paused', freshness: { state: 'live' } }, 'other');
    engine.allow();
    await eventually(() => expect(state()?.lastError).toBeNull());
    await eventually(() => expect(started.events.some(({ type }) => type === 'recovery')).toBe(true));
  });

  test.each([
    [200, 'engine_bad_answer'],
    [404, 'engine_bad_answer'],
    [502, 'engine_unreachable'],
  ])('an engine that answers pages alone (%s) is told as an error, and all is right when it is back', async (...at) => {
    const [status, code] = at;
    engine.refuse(/./, status, '<html><body>secret <b>page</b></body></html>');
    engine.cutStreams();
    await eventually(() => expect(errors()).not.toHaveLength(0));
    expect(errors()[0]?.data).toMatchObject({ code });
    expect(errors()[0]?.data.error).toContain(engine.host);
    expect(errors()[0]?.data.error).not.toContain('secret');
    expect(state()).toMatchObject({ status: 'active', phase: 'running' });
    engine.kill(web);
    engine.allow();
    await becomes({ phase: 'stopped', reason: { code: 'killed_by_request' }, freshness: { state: 'live' } });
  });
});
