import fc from 'fast-check';
import { expect, test } from 'vitest';
import { USAGE, USAGE_FIELDS, type UsageField, type UsageScope } from '../engine/usage.ts';
import { createLedger, FIGURE, FIGURE_FIELDS, type Figure } from './figures.ts';
import { type Bounds, type Discards, takeReading } from './rates.ts';

const LONGEST_MS = 35_000;
const CORES = 4;

function meter(host: { cores?: number; hostMemory?: number } = {}) {
  const ledger = createLedger();
  const frame = ledger.subarray(0, USAGE_FIELDS.length);
  const discards: Discards = { resets: 0, gaps: 0, impossible: 0 };
  let readAt = Number.NaN;
  const take = (at: number, values: Partial<Record<UsageField, number>>, read: UsageScope | 'asleep' = 'full') => {
    const scope = read === 'asleep' ? 'cheap' : read;
    if (scope === 'full') frame.fill(Number.NaN);
    for (const [field, value] of Object.entries(values)) frame[USAGE[field as UsageField]] = value;
    const bounds: Bounds = {
      scope,
      isAsleep: read === 'asleep',
      elapsed: at - readAt,
      longestMs: LONGEST_MS,
      cores: host.cores ?? CORES,
      hostMemory: host.hostMemory ?? Number.POSITIVE_INFINITY,
    };
    readAt = at;
    takeReading(ledger, { bounds, discards });
  };
  return { take, discards, figure: (name: Figure) => ledger[FIGURE[name]] as number };
}

test('two readings make a rate, one does not', () => {
  const { take, figure, discards } = meter();
  take(1_000, { cpuNs: 5e9, networkRxBytes: 1e6, diskWriteBytes: 0, cpuPressureUs: 0 });
  expect(figure('cpu')).toBeNaN();
  take(11_000, { cpuNs: 10e9, networkRxBytes: 3e6, diskWriteBytes: 10_240, cpuPressureUs: 1e6 });
  expect(figure('cpu')).toBeCloseTo(50);
  expect(figure('networkRx')).toBeCloseTo(200_000);
  expect(figure('diskWrite')).toBeCloseTo(1_024);
  expect(figure('cpuPressure')).toBeCloseTo(0.1);
  expect(figure('networkTx')).toBeNaN();
  expect(discards).toEqual({ resets: 0, gaps: 0, impossible: 0 });
});

test('memory is what docker stats shows, and its limit what can be used at most', () => {
  const { take, figure } = meter({ hostMemory: 8e9 });
  take(0, { memoryCharged: 300, memoryInactiveFile: 100, memoryLimit: 400 });
  expect([figure('memory'), figure('memoryLimit'), figure('memoryPercent')]).toEqual([200, 400, 50]);
  take(1_000, { memoryCharged: 300, memoryInactiveFile: 300, memoryLimit: Number.POSITIVE_INFINITY });
  expect([figure('memory'), figure('memoryLimit')]).toEqual([300, 8e9]);
});

test('without a limit and without knowledge of the host there is no memory percent', () => {
  const { take, figure } = meter();
  take(0, { memoryCharged: 300, memoryLimit: Number.POSITIVE_INFINITY });
  expect([figure('memory'), figure('memoryLimit'), figure('memoryPercent')]).toEqual([300, Number.NaN, Number.NaN]);
});

test('no memory limit is the memory of the host, whether the source says so or knows of none', () => {
  for (const memoryLimit of [Number.POSITIVE_INFINITY, 8e9, 9e9]) {
    const { take, figure } = meter({ hostMemory: 8e9 });
    take(0, { memoryCharged: 4e9, memoryLimit });
    expect([figure('memoryLimit'), figure('memoryPercent')]).toEqual([8e9, 50]);
  }
  const elsewhere = meter();
  elsewhere.take(0, { memoryCharged: 4e9, memoryLimit: 8e9 });
  expect(elsewhere.figure('memoryPercent')).toBe(50);
});

test('a memory limit that is not told is not known, and none of 0 is one', () => {
  for (const memoryLimit of [Number.NaN, 0]) {
    const { take, figure } = meter({ hostMemory: 8e9 });
    take(0, { memoryCharged: 4e9, memoryLimit });
    expect([figure('memoryLimit'), figure('memoryPercent')]).toEqual([Number.NaN, Number.NaN]);
  }
});

test('CPU is held against the limit where there is one, else against one core', () => {
  const { take, figure } = meter();
  take(0, { cpuNs: 0, cpuLimit: 2 });
  take(1_000, { cpuNs: 1e9, cpuLimit: 2 });
  expect([figure('cpu'), figure('cpuOfLimit')]).toEqual([100, 50]);
  take(2_000, { cpuNs: 2e9, cpuLimit: Number.POSITIVE_INFINITY });
  expect(figure('cpuOfLimit')).toBe(100);
  take(3_000, { cpuNs: 6e9, cpuLimit: 2 * CORES });
  expect([figure('cpu'), figure('cpuOfLimit')]).toEqual([400, 100]);
});

test('throttling is a share of the periods between two readings', () => {
  const { take, figure } = meter();
  take(0, { cpuPeriods: 100, cpuThrottledPeriods: 90 });
  expect(figure('cpuThrottled')).toBeNaN();
  take(1_000, { cpuPeriods: 110, cpuThrottledPeriods: 95 });
  expect(figure('cpuThrottled')).toBe(0.5);
  take(2_000, { cpuPeriods: 110, cpuThrottledPeriods: 95 });
  expect(figure('cpuThrottled')).toBe(0);
});

test('a counter that cheap readings leave out keeps its rate, and has a time of its own', () => {
  const { take, figure, discards } = meter();
  take(0, { cpuNs: 0, cpuUserNs: 0, ioPressureUs: 0, cpuPeriods: 0, cpuThrottledPeriods: 0 });
  take(1_000, { cpuNs: 5e8, cpuUserNs: 4e8, ioPressureUs: 5e5, cpuPeriods: 10, cpuThrottledPeriods: 5 }, 'medium');
  const slow = () => [figure('cpuUser'), figure('ioPressure'), figure('cpuThrottled')];
  expect(slow()).toEqual([40, 0.5, 0.5]);
  for (const at of [2_000, 3_000, 4_000]) {
    take(at, { cpuNs: 5e8 * (at / 1_000) }, 'cheap');
    expect(figure('cpu')).toBe(50);
    expect(slow()).toEqual([40, 0.5, 0.5]);
  }
  take(5_000, { cpuNs: 25e8, cpuUserNs: 12e8, ioPressureUs: 5e5, cpuPeriods: 50, cpuThrottledPeriods: 15 }, 'medium');
  expect(slow()).toEqual([20, 0, 0.25]);
  expect(discards).toEqual({ resets: 0, gaps: 0, impossible: 0 });
});

test('after a gap no rate is shown before its counter was read twice', () => {
  const { take, figure, discards } = meter();
  const all = (at: number) => ({
    cpuNs: at * 1e5,
    cpuSystemNs: at * 1e5,
    cpuPeriods: at / 100,
    cpuThrottledPeriods: 0,
  });
  const cheap = (at: number) => ({ cpuNs: at * 1e5 });
  const slow = () => [figure('cpuSystem'), figure('cpuThrottled')];
  take(0, all(0));
  take(1_000, all(1_000), 'medium');
  expect(slow()).toEqual([10, 0]);
  const woken = 1_000 + LONGEST_MS + 1;
  take(woken, cheap(woken), 'cheap');
  expect([figure('cpu'), ...slow()]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  take(woken + 1_000, all(woken + 1_000), 'medium');
  expect(slow()).toEqual([Number.NaN, Number.NaN]);
  expect(figure('cpu')).toBeCloseTo(10);
  take(woken + 2_000, cheap(woken + 2_000), 'cheap');
  take(woken + 3_000, all(woken + 3_000), 'medium');
  expect(figure('cpuSystem')).toBeCloseTo(10);
  expect(figure('cpuThrottled')).toBe(0);
  expect(discards).toEqual({ resets: 0, gaps: 1, impossible: 0 });
});

test('traffic of a sleeper keeps its rate until it is read again, and is then over all the time since', () => {
  const { take, figure, discards } = meter();
  const traffic = () => [figure('networkRx'), figure('diskWrite')];
  take(0, { cpuNs: 0, networkRxBytes: 0, diskWriteBytes: 0 });
  take(1_000, { cpuNs: 1e8, networkRxBytes: 100, diskWriteBytes: 10 }, 'medium');
  take(2_000, { cpuNs: 1e8 }, 'cheap');
  expect(traffic()).toEqual([0, 0]);
  for (const at of [3_000, 4_000, 5_000]) take(at, { cpuNs: 1e8 }, 'asleep');
  expect([figure('cpu'), ...traffic()]).toEqual([0, 0, 0]);
  take(6_000, { cpuNs: 2e8, networkRxBytes: 8_100, diskWriteBytes: 410 }, 'cheap');
  expect([figure('cpu'), ...traffic()]).toEqual([10, 2_000, 100]);
  take(7_000, { cpuNs: 2e8 }, 'asleep');
  take(7_000 + LONGEST_MS + 1, { cpuNs: 2e8 }, 'asleep');
  expect(traffic()).toEqual([Number.NaN, Number.NaN]);
  take(60_000, { cpuNs: 3e8, networkRxBytes: 99_100, diskWriteBytes: 99_410 }, 'cheap');
  expect(traffic()).toEqual([Number.NaN, Number.NaN]);
  take(61_000, { cpuNs: 4e8, networkRxBytes: 99_150, diskWriteBytes: 99_410 }, 'cheap');
  expect(traffic()).toEqual([50, 0]);
  expect(discards).toEqual({ resets: 0, gaps: 1, impossible: 0 });
});

test('a level that only full readings have stays what it was', () => {
  const { take, figure } = meter();
  take(0, { memoryCharged: 300, memoryInactiveFile: 100 });
  take(1_000, { memoryCharged: 310 }, 'cheap');
  expect(figure('memory')).toBe(210);
  take(5_000, { memoryCharged: 310, memoryInactiveFile: 10 });
  expect(figure('memory')).toBe(300);
});

test('a counter that was not read because nothing ran stands still', () => {
  const { take, figure } = meter();
  take(0, { cpuNs: 0, diskReadBytes: 0 });
  take(1_000, { cpuNs: 1e8, diskReadBytes: 5_000 });
  expect(figure('diskRead')).toBe(5_000);
  take(2_000, { cpuNs: 1e8 }, 'cheap');
  expect(figure('diskRead')).toBe(0);
});

test('what a full reading does not tell is not known any more', () => {
  const { take, figure } = meter();
  take(0, { cpuNs: 0, memoryCharged: 300 });
  take(1_000, { cpuNs: 1e8, memoryCharged: 300 });
  take(2_000, { memoryCharged: 300 });
  expect(figure('cpu')).toBeNaN();
  expect(figure('memory')).toBe(300);
  take(3_000, { cpuNs: 9e8, memoryCharged: 300 });
  expect(figure('cpu')).toBeNaN();
});

test('a counter that begins anew is counted, not shown, and is the next baseline', () => {
  const { take, figure, discards } = meter();
  take(0, { networkRxBytes: 5e6, cpuNs: 0 });
  take(1_000, { networkRxBytes: 100, cpuNs: 1e8 });
  expect(figure('networkRx')).toBeNaN();
  expect(figure('cpu')).toBeCloseTo(10);
  take(2_000, { networkRxBytes: 600, cpuNs: 2e8 });
  expect(figure('networkRx')).toBe(500);
  expect(discards).toEqual({ resets: 1, gaps: 0, impossible: 0 });
});

test('a machine that slept leaves a gap: no rate over it, counted once', () => {
  const { take, figure, discards } = meter();
  take(0, { cpuNs: 0, networkRxBytes: 0 });
  take(10_000, { cpuNs: 1e9, networkRxBytes: 10 });
  take(10_000 + LONGEST_MS + 1, { cpuNs: 9e9, networkRxBytes: 1e9 });
  expect(figure('cpu')).toBeNaN();
  expect(figure('networkRx')).toBeNaN();
  expect(discards).toEqual({ resets: 0, gaps: 1, impossible: 0 });
});

test.each<[string, UsageField, number]>([
  ['more CPU than there are processors', 'cpuNs', CORES * 1.2e9],
  ['more traffic than any link', 'networkTxBytes', 1.3e11],
  ['more waiting than time', 'ioPressureUs', 1.2e6],
  ['no number', 'cpuNs', Number.POSITIVE_INFINITY],
])('%s is counted, not shown', (_what, field, step) => {
  const { take, figure, discards } = meter();
  take(0, { [field]: 0 });
  take(1_000, { [field]: step });
  expect(figure('cpu')).toBeNaN();
  expect(figure('networkTx')).toBeNaN();
  expect(figure('ioPressure')).toBeNaN();
  expect(discards).toEqual({ resets: 0, gaps: 0, impossible: 1 });
});

const anyValue = fc.oneof(
  fc.double({ noNaN: false }),
  fc.integer({ min: 0, max: 2 ** 50 }),
  fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY, -1),
);
const anyReading = fc.record({
  elapsed: fc.oneof(fc.integer({ min: 50, max: 100_000 }), fc.constant(1_000)),
  scope: fc.constantFrom<UsageScope>('cheap', 'medium', 'full'),
  values: fc.record(
    Object.fromEntries(Object.keys(USAGE).map((field) => [field, anyValue])) as Record<UsageField, typeof anyValue>,
    { requiredKeys: [] },
  ),
});

test('whatever is read, no rate is negative or more than the machine can do', () => {
  fc.assert(
    fc.property(fc.array(anyReading, { maxLength: 12 }), (readings) => {
      const { take, figure } = meter();
      let at = 0;
      for (const { elapsed, scope, values } of readings) {
        at += elapsed;
        take(at, values, scope);
        for (const name of ['cpu', 'cpuUser', 'cpuSystem'] as const) {
          if (!Number.isNaN(figure(name))) expect(figure(name)).toBeLessThanOrEqual(CORES * 160);
        }
        for (const name of ['networkRx', 'networkTx', 'diskRead', 'diskWrite'] as const) {
          if (!Number.isNaN(figure(name))) expect(figure(name)).toBeLessThanOrEqual(1.6e11);
        }
        for (const name of ['cpuThrottled', 'cpuPressure', 'memoryPressure', 'ioPressure'] as const) {
          if (!Number.isNaN(figure(name))) expect(figure(name)).toBeLessThanOrEqual(1);
        }
        for (const name of FIGURE_FIELDS.filter((field) => !field.startsWith('memory') && field !== 'pids')) {
          expect(figure(name) < 0).toBe(false);
        }
      }
    }),
  );
});

test('honest counters read at any times give their true rate', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: CORES, noNaN: true }),
      fc.array(fc.integer({ min: 100, max: LONGEST_MS }), { minLength: 1, maxLength: 10 }),
      (share, gaps) => {
        const { take, figure, discards } = meter();
        let at = 0;
        take(at, { cpuNs: 0, cpuUserNs: 0 });
        let isKnown = false;
        for (const gap of gaps) {
          at += gap;
          const cpuNs = share * at * 1e6;
          isKnown ||= gap % 2 === 0;
          take(at, { cpuNs, cpuUserNs: cpuNs / 2 }, gap % 2 === 0 ? 'medium' : 'cheap');
          expect(figure('cpu')).toBeCloseTo(share * 100, 3);
          if (isKnown) expect(figure('cpuUser')).toBeCloseTo(share * 50, 3);
          else expect(figure('cpuUser')).toBeNaN();
        }
        expect(discards).toEqual({ resets: 0, gaps: 0, impossible: 0 });
      },
    ),
  );
});
