import { describe, expect, test } from 'vitest';
import { USAGE, type UsageField } from '../engine/usage.ts';
import { type ActivityKind, noticeActivity, restartWindow } from './activity.ts';
import { cores } from './fake-usage-source.contract.ts';
import { createLedger, HABIT } from './figures.ts';
import { monitored } from './monitored.contract.ts';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;

/** Numbers that look random and are always the same. */
function noise(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Load {
  /** Percent of a core. */
  readonly cpu?: number;
  /** Bytes a second. */
  readonly network?: number;
  readonly disk?: number;
  readonly pids?: number;
}

/** A container that is read every `everyMs`; gives when activity was seen, ms. */
function watched(everyMs: number) {
  const ledger = createLedger();
  const counters = { cpuNs: 0, networkRxBytes: 0, networkTxBytes: 0, diskReadBytes: 0, diskWriteBytes: 0 };
  for (const field of Object.keys(counters)) ledger[USAGE[field as UsageField]] = 0;
  let at = 0;
  const seen: { kind: ActivityKind; at: number }[] = [];
  const runFor = (durationMs: number, load: (at: number) => Load) => {
    seen.length = 0;
    for (const until = at + durationMs; at < until; ) {
      // Loads are told a second at a time, whatever the pace of reading is.
      for (const next = at + everyMs; at < next; at += S) {
        const { cpu = 0, network = 0, disk = 0, pids = 3 } = load(at);
        counters.cpuNs += (cpu / 100) * 1e9;
        counters.networkRxBytes += network;
        counters.diskWriteBytes += disk;
        ledger[USAGE.pids] = pids;
      }
      for (const [field, value] of Object.entries(counters)) ledger[USAGE[field as UsageField]] = value;
      noticeActivity(ledger, at, (kind) => seen.push({ kind, at }));
    }
    return seen.map(({ kind }) => kind);
  };
  return { runFor, seen, pause: () => restartWindow(ledger), skip: (ms: number) => (at += ms) };
}

/** What idle things do all day. */
const HUMS: readonly (readonly [what: string, load: () => (at: number) => Load])[] = [
  ['nothing at all', () => () => ({})],
  [
    'an idle server: 3 % of a core, give or take a half',
    () => {
      const next = noise(7);
      return () => ({ cpu: 2.5 + next() });
    },
  ],
  [
    'a health check every 30 s that takes a third of a second',
    () => (at) => (at % (30 * S) === 0 ? { cpu: 35, pids: 4 } : {}),
  ],
  ['a scrape of 20 KB every 15 s', () => (at) => (at % (15 * S) === 0 ? { network: 20_000, cpu: 2 } : {})],
  [
    'a job every 5 minutes that takes half a second and writes 200 KB',
    () => (at) => (at % (5 * MINUTE) === 0 ? { cpu: 50, disk: 200_000 } : {}),
  ],
  [
    'the chatter of a bridge network: 60 bytes a second, in bursts',
    () => {
      const next = noise(11);
      return () => ({ network: next() < 0.1 ? 600 : 0 });
    },
  ],
];

describe.each(HUMS)('%s', (_what, hum) => {
  test.each([1, 2, 10, 60])('is no activity once it is known, read every %i s', (everyS) => {
    const container = watched(everyS * S);
    const load = hum();
    container.runFor(HOUR, load);
    expect(container.runFor(6 * HOUR, load)).toEqual([]);
  });

  test('does not hide work', () => {
    const container = watched(10 * S);
    const load = hum();
    container.runFor(3 * HOUR, load);
    expect(container.runFor(MINUTE, (at) => ({ ...load(at), cpu: 40 }))).toContain('cpu');
    expect(container.runFor(MINUTE, (at) => ({ ...load(at), network: 200_000 }))).toContain('network');
    expect(container.runFor(MINUTE, (at) => ({ ...load(at), disk: 3e6 }))).toContain('disk');
    expect(container.runFor(MINUTE, (at) => ({ ...load(at), pids: 9 }))).toContain('processes');
  });
});

test('somebody typing in a quiet workspace is seen by network or CPU', () => {
  const container = watched(10 * S);
  const next = noise(3);
  container.runFor(2 * HOUR, () => ({}));
  const kinds = container.runFor(5 * MINUTE, () => ({ network: next() < 0.7 ? 1_500 : 0, cpu: next() < 0.5 ? 6 : 0 }));
  expect(kinds).toContain('network');
  expect(kinds).toContain('cpu');
});

test('a build of four hours is activity to its end', () => {
  const container = watched(10 * S);
  const next = noise(5);
  container.runFor(HOUR, () => ({ cpu: 1 }));
  container.runFor(4 * HOUR, () => ({ cpu: 150 + 50 * next() }));
  expect(container.runFor(5 * MINUTE, () => ({ cpu: 150 }))).toHaveLength(30);
});

test('after the work ends it is quiet at once', () => {
  const container = watched(10 * S);
  container.runFor(HOUR, () => ({ cpu: 1 }));
  container.runFor(HOUR, () => ({ cpu: 90 }));
  container.runFor(10 * S, () => ({ cpu: 1 }));
  expect(container.runFor(HOUR, () => ({ cpu: 1 }))).toEqual([]);
});

test('somebody who looks does not make a container active: a faster pace sees the same peaks', () => {
  const slow = watched(10 * S);
  const fast = watched(S);
  const load = (at: number): Load => (at % (30 * S) === 0 ? { cpu: 35 } : { cpu: 1 });
  slow.runFor(HOUR, load);
  fast.runFor(HOUR, load);
  expect([slow.runFor(HOUR, load), fast.runFor(HOUR, load)]).toEqual([[], []]);
});

test('a shell that is opened and closed again is seen once each, and the next day too', () => {
  const container = watched(10 * S);
  container.runFor(HOUR, () => ({ pids: 3 }));
  expect(container.runFor(10 * MINUTE, () => ({ pids: 5 }))).toEqual(['processes']);
  expect(container.runFor(12 * HOUR, () => ({ pids: 3 }))).toEqual(['processes']);
  expect(container.runFor(5 * MINUTE, () => ({ pids: 5 }))).toEqual(['processes']);
});

test('one low reading does not make the hum after it activity', () => {
  const container = watched(10 * S);
  const hum = () => ({ cpu: 8 });
  container.runFor(2 * HOUR, hum);
  container.runFor(10 * S, () => ({ cpu: 0 }));
  expect(container.runFor(HOUR, hum)).toEqual([]);
});

test('the time a machine slept is no window', () => {
  const container = watched(10 * S);
  container.runFor(2 * HOUR, () => ({ cpu: 2 }));
  container.skip(8 * HOUR);
  container.pause();
  expect(container.runFor(HOUR, () => ({ cpu: 2 }))).toEqual([]);
});

test('in the first minute only heavy load is activity', () => {
  const beginning = watched(10 * S);
  expect(beginning.runFor(HOUR, (at) => ({ pids: at < 14 * S ? 2 : 1 }))).toEqual([]);
  const quiet = watched(10 * S);
  expect(quiet.runFor(MINUTE, (at) => ({ cpu: at % (20 * S) === 0 ? 30 : 1 }))).toEqual([]);
  const busy = watched(10 * S);
  busy.runFor(10 * S, () => ({ cpu: 80 }));
  expect(busy.runFor(50 * S, () => ({ cpu: 80 }))).toContain('cpu');
});

test('what was seen is told with its evidence, and stays known after the workspace stopped', async () => {
  const { monitor, tracker, source, clock } = monitored();
  const usage = source.add('a', {}, cores(0.01));
  tracker.run('a', '2025-12-31T00:00:00Z');
  await monitor.start();
  await clock.advance(HOUR);
  expect(monitor.getWorkspaceMetrics('a')?.lastActivity).toBeNull();
  usage.perMs.cpuNs = 0.5e6;
  await clock.advance(2 * MINUTE);
  usage.perMs.cpuNs = 0.01e6;
  await clock.advance(10 * MINUTE);
  expect(monitor.getWorkspaceMetrics('a')?.lastActivity).toMatch(/^2026-01-01T01:0[123]:/);
  monitor.noteActivity('a', 'exec', clock.now() - 1_000);
  tracker.end('a');
  const activity = monitor.getWorkspaceActivity('a');
  expect(activity?.lastActivity).toBe('2026-01-01T01:11:59.000Z');
  expect(activity?.evidence.map(({ kind, containerId, what }) => [kind, containerId, what])).toEqual([
    ['exec', null, 'exec'],
    ['cpu', 'a', expect.stringMatching(/^cpu at \d+(\.\d)? % of a core, usual \d(\.\d)?$/)],
  ]);
  expect(monitor.getWorkspaceActivity('nobody')).toBeUndefined();
  await monitor.stop();
});

test('a start that was seen is the first sign, and none when it happens again and again', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a');
  await monitor.start();
  tracker.run('a', '2026-01-01T00:00:01.000Z');
  await clock.advance(MINUTE);
  tracker.run('a', '2026-01-01T00:01:00.000Z');
  await clock.advance(MINUTE);
  expect(monitor.getWorkspaceMetrics('a')?.lastActivity).toBe('2026-01-01T00:00:01.000Z');
  await monitor.stop();
});

test('what was seen before a new start of Tidewatch is where it goes on', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', {}, cores(0.01));
  const before = { lastActivity: '2025-12-31T20:00:00.000Z', lastActivityKind: 'exec' };
  tracker.set('a', [{ id: 'a', startedAt: '2025-12-31T00:00:00Z' }], before);
  await monitor.start();
  await clock.advance(MINUTE);
  expect(monitor.getWorkspaceMetrics('a')?.lastActivity).toBe(before.lastActivity);
  expect(monitor.getWorkspaceActivity('a')?.evidence).toEqual([
    { kind: 'exec', at: before.lastActivity, containerId: null, what: 'exec' },
  ]);
  expect(monitor.getLastActivity('a')).toEqual({ at: Date.parse(before.lastActivity), kind: 'exec' });
  monitor.noteActivity('a', 'attach', clock.now());
  expect(monitor.getLastActivity('a')).toEqual({ at: clock.now(), kind: 'attach' });
  expect(monitor.getLastActivity('stranger')).toBeNull();
  await monitor.stop();
});

test.each([
  [9_600, 6],
  [9_400, 3],
])(
  'readings %d ms apart end %d windows: one that comes a little early is as good as one in time',
  (everyMs, windows) => {
    const ledger = createLedger();
    for (let reading = 0; reading <= 6; reading += 1) noticeActivity(ledger, reading * everyMs, () => {});
    expect(ledger[HABIT.windows]).toBe(windows);
  },
);
