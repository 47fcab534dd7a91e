import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTAINER_STATES } from '../../model/container.ts';
import { decodeDetail, decodeHealth, decodeState, decodeSummary } from './decode-container.ts';
import { listRow } from './scripted-server.contract.ts';

const row = (more: Record<string, unknown>) => decodeSummary(listRow(1, more));
const ID = 'b'.repeat(64);

function detail(state: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return decodeDetail({
    Id: ID,
    Name: '/web',
    Created: '2026-11-23T10:00:00.5Z',
    State: { Status: 'running', Running: true, ExitCode: 0, Pid: 12, StartedAt: '2026-11-23T10:00:01Z', ...state },
    Config: { Image: 'busybox:local', Labels: { a: 'b' } },
    ...more,
  });
}

describe('the state', () => {
  it.each([
    ['running', 'running'],
    ['Running', 'running'],
    ['stopped', 'exited'],
    ['configured', 'created'],
    ['initialized', 'initialized'],
    ['stopping', 'stopping'],
    ['hibernating', 'unknown'],
    ['removed', 'unknown'],
    ['constructor', 'unknown'],
    ['', 'unknown'],
    [7, 'unknown'],
    [null, 'unknown'],
  ])('%s is %s', (word, state) => {
    expect(decodeState(word)).toBe(state);
  });

  it.each([
    [{ Running: true }, 'running'],
    [{ Running: true, Paused: true }, 'paused'],
    [{ Running: true, Restarting: true }, 'restarting'],
    [{ Dead: true }, 'dead'],
    [{ StartedAt: '0001-01-01T00:00:00Z' }, 'created'],
    [{ StartedAt: '2026-11-23T10:00:01Z' }, 'exited'],
    [{}, 'created'],
  ])('is read from the flags when there is no word: %o', (state, expected) => {
    expect(decodeDetail({ Id: ID, State: state })?.state).toBe(expected);
  });
});

describe('a row of the list', () => {
  it('is decoded whole', () => {
    const mounts = [
      { Type: 'bind', Source: '/srv/작업' },
      { Type: 'volume', Source: '/var/lib/docker/volumes/x' },
    ];
    expect(row({ Mounts: mounts })).toEqual({
      id: '1'.padStart(64, '0'),
      name: 'container-1',
      image: 'busybox:local',
      state: 'running',
      health: null,
      exitCode: null,
      createdAt: 1_795_402_832_000,
      labels: { 'tidewatch.workspace': '작업 1 🌊' },
      bindSources: ['/srv/작업'],
    });
  });

  it.each([
    ['Up 3 minutes (healthy)', 'healthy'],
    ['Up 3 minutes (unhealthy)', 'unhealthy'],
    ['Up 2 seconds (health: starting)', 'starting'],
  ])('has the health of its status text: %s', (Status, health) => {
    expect(row({ Status })?.health).toBe(health);
  });

  it('has no health to tell without a word of it: no check, or an engine whose list leaves it out', () => {
    expect(row({ Status: 'Up 3 minutes' })?.health).toBeNull();
    expect(row({ Status: undefined })?.health).toBeNull();
  });

  it('has the health object of new engines, which tells that there is no check as well', () => {
    expect(row({ Health: { Status: 'unhealthy', FailingStreak: 3 } })?.health).toBe('unhealthy');
    expect(row({ Health: { Status: 'none', FailingStreak: 0 } })?.health).toBe('none');
    expect(row({ Health: { Status: 'healthy' }, Status: 'Up (unhealthy)' })?.health).toBe('healthy');
    expect(row({ Health: null })?.health).toBeNull();
  });

  it('does not take a word of health it does not know for "no check"', () => {
    expect(row({ Health: { Status: 'feverish' } })?.health).toBeNull();
  });

  it.each(['paused', 'exited', 'created', 'restarting', 'dead'])('has no health while it is %s', (State) => {
    expect(row({ State, Status: 'Up 3 minutes (unhealthy)', Health: { Status: 'unhealthy' } })?.health).toBeNull();
  });

  it.each([
    ['exited', 'Exited (7) 3 seconds ago', 7],
    ['exited', 'Exited (137) About a minute ago', 137],
    ['stopped', 'Exited (0) 2 hours ago', 0],
    ['exited', 'Exited (-1) 2 hours ago', -1],
    ['exited', 'Ausgegangen', null],
    ['exited', `Exited (${'9'.repeat(400)}) 2 hours ago`, null],
    ['running', 'Up 7 seconds (Exited (7))', null],
    ['restarting', 'Restarting (1) 3 seconds ago', null],
  ])('%s, "%s" has the exit code %s', (State, Status, code) => {
    expect(row({ State, Status })?.exitCode).toBe(code);
  });

  it('has its own name, not those it has in other containers', () => {
    expect(row({ Names: ['/other/alias', '/web', '/third/web'] })?.name).toBe('web');
    expect(row({ Names: ['web'] })?.name).toBe('web');
    expect(row({ Names: null })?.name).toBe('');
    expect(row({ Names: [7, '/web'] })?.name).toBe('web');
  });

  it.each([null, 7, 'text', [], {}, { Id: '' }, { Id: 7 }])('is no container: %o', (value) => {
    expect(decodeSummary(value)).toBeNull();
  });

  it('is read as far as it goes when fields are missing or of another kind', () => {
    const blank = { name: '', image: '', state: 'unknown', health: null, exitCode: null, createdAt: null };
    const odd = { Names: 7, Image: {}, State: [], Status: 7, Created: '2026', Labels: 'x', Mounts: { a: 1 } };
    for (const fields of [{}, odd]) {
      expect(decodeSummary({ Id: ID, ...fields })).toEqual({ id: ID, ...blank, labels: {}, bindSources: [] });
    }
  });
});

describe('an inspect', () => {
  it('is decoded whole', () => {
    const more = {
      RestartCount: 2,
      HostConfig: { RestartPolicy: { Name: 'on-failure' } },
      Mounts: [{ Type: 'bind', Source: '/srv' }],
    };
    expect(detail({ Health: { Status: 'starting' } }, more)).toEqual({
      id: ID,
      name: 'web',
      image: 'busybox:local',
      state: 'running',
      health: 'starting',
      exitCode: null,
      oomKilled: false,
      error: '',
      pid: 12,
      probedAt: null,
      healthCommand: null,
      network: 'own',
      limits: { cpuCores: Number.POSITIVE_INFINITY, pids: Number.POSITIVE_INFINITY },
      restartCount: 2,
      restartPolicy: 'on-failure',
      createdAt: Date.UTC(2026, 10, 23, 10, 0, 0, 500),
      startedAt: Date.UTC(2026, 10, 23, 10, 0, 1),
      finishedAt: null,
      labels: { a: 'b' },
      bindSources: ['/srv'],
    });
  });

  it('takes health from Podman’s field, and the image from its name', () => {
    const podman = detail({ Healthcheck: { Status: 'healthy' } }, { Config: {}, ImageName: 'localhost/busybox:local' });
    expect(podman).toMatchObject({ health: 'healthy', image: 'localhost/busybox:local' });
  });

  it.each(['paused', 'exited', 'restarting', 'created'])('ignores health while it is %s', (Status) => {
    expect(detail({ Status, Health: { Status: 'unhealthy' } })?.health).toBe('none');
  });

  it.each([
    ['exited', 7],
    ['dead', 7],
    ['restarting', 7],
    ['removing', 7],
    ['running', null],
    ['paused', null],
    ['created', null],
    ['initialized', null],
    ['stopping', null],
  ])('%s has the exit code %s', (Status, code) => {
    expect(detail({ Status, ExitCode: 7 })?.exitCode).toBe(code);
  });

  it('takes Go’s zero time for never', () => {
    const never = '0001-01-01T00:00:00Z';
    expect(detail({ StartedAt: never, FinishedAt: never })).toMatchObject({ startedAt: null, finishedAt: null });
  });

  it.each([
    [['CMD-SHELL', 'curl -f "a b" || exit 1'], undefined, '/bin/sh -c curl -f "a b" || exit 1'],
    [['CMD-SHELL', 'Test-Path x'], ['pwsh', '-Command'], 'pwsh -Command Test-Path x'],
    [['CMD', '/check', '--fast', ''], ['ignored'], '/check --fast'],
    [['CMD', 'x'.repeat(5_000)], undefined, 'x'.repeat(1_000)],
    [['NONE'], undefined, null],
    [[], undefined, null],
    ['CMD', undefined, null],
  ])('tells the command of the health check %j with the shell %j', (Test, Shell, command) => {
    expect(detail({}, { Config: { Healthcheck: { Test }, Shell } })?.healthCommand).toBe(command);
  });

  it('bounds what an engine says about a failed start', () => {
    expect(detail({ Status: 'created', Error: 'x'.repeat(100_000) })?.error).toHaveLength(2_000);
  });

  it.each([null, 7, [], {}, { Id: ID }, { Id: ID, State: 'running' }, { Id: '', State: {} }])(
    'is no container: %o',
    (value) => {
      expect(decodeDetail(value)).toBeNull();
    },
  );
});

it.each([undefined, null, 7, '', 'none', 'feverish', {}])('the health %o is none', (value) => {
  expect(decodeHealth(value)).toBe('none');
});

describe('whatever an engine answers', () => {
  const state = fc.oneof(
    fc.record({ Status: fc.oneof(fc.constantFrom(...CONTAINER_STATES), fc.jsonValue()), ExitCode: fc.jsonValue() }),
    fc.jsonValue(),
  );
  const container = fc.record(
    {
      Id: fc.oneof(fc.constant(ID), fc.jsonValue()),
      Name: fc.jsonValue(),
      Names: fc.jsonValue(),
      State: state,
      Status: fc.oneof(fc.stringMatching(/^(Exited|Up) \(-?\d{1,30}\)/), fc.jsonValue()),
      Health: fc.oneof(fc.record({ Status: fc.jsonValue() }), fc.jsonValue()),
      Created: fc.jsonValue(),
      Labels: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
      Mounts: fc.oneof(fc.array(fc.record({ Type: fc.constant('bind'), Source: fc.jsonValue() })), fc.jsonValue()),
      Config: fc.jsonValue(),
      HostConfig: fc.oneof(fc.record({ RestartPolicy: fc.record({ Name: fc.jsonValue() }) }), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );

  it('nothing throws, and states, codes and instants are of their kind', () => {
    fc.assert(
      fc.property(container, (value) => {
        for (const decoded of [decodeSummary(value), decodeDetail(value)]) {
          if (decoded === null) continue;
          expect(CONTAINER_STATES).toContain(decoded.state);
          expect(decoded.state).not.toBe('removed');
          expect(decoded.exitCode === null || Number.isSafeInteger(decoded.exitCode)).toBe(true);
          expect(decoded.createdAt === null || Number.isFinite(decoded.createdAt)).toBe(true);
          expect(Object.values(decoded.labels).every((text) => typeof text === 'string')).toBe(true);
          expect(decoded.bindSources.every((text) => typeof text === 'string')).toBe(true);
        }
      }),
    );
  });
});

it.each([
  ['default', 'own'],
  ['bridge', 'own'],
  ['shop_backend', 'own'],
  [undefined, 'own'],
  ['host', 'host'],
  ['none', 'none'],
  ['container:abc', 'shared'],
  ['ns:/run/netns/x', 'shared'],
])('the network mode %s is told as %s', (NetworkMode, network) => {
  expect(decodeDetail({ Id: ID, State: { Status: 'running' }, HostConfig: { NetworkMode } })?.network).toBe(network);
});
