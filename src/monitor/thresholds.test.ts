import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rulesOf, rulesWithLabels, thresholdLabels } from './threshold-rules.ts';
import { Thresholds } from './thresholds.ts';

test('by default CPU at 80 % and memory at 85 %, cleared at nine tenths, for half a minute', () => {
  const rules = rulesOf({});
  expect(rules).toEqual([
    { metric: 'cpu', raise: 80, clear: 72, forMs: 30_000 },
    { metric: 'memory', raise: 85, clear: 76.5, forMs: 30_000 },
  ]);
  expect(rulesOf({ cpu: 'off', pids: { raise: 100, clear: 50, for: '1m' } })).toEqual([
    rules[1],
    { metric: 'pids', raise: 100, clear: 50, forMs: 60_000 },
  ]);
});

test.each([
  { cpu: -1 },
  { memory: 101 },
  { cpuThrottled: 90 },
  { cpu: { raise: 80, clear: 90 } },
  { cpu: { raise: 80, for: 'long' } },
  { luck: 1 },
])('%j is refused', (settings) => {
  expect(() => rulesOf(settings as never)).toThrow(/^thresholds/);
});

test('labels are read whatever their spelling, and bounded', () => {
  const problems: string[] = [];
  const rules = rulesOf({ cpu: 'off', memory: 'off' });
  const own = rulesWithLabels(
    rules,
    {
      'tidewatch.threshold.network-rx': '1000',
      'tidewatch.threshold.cpupressure': '0.5',
      'tidewatch.threshold.memory': '90 %',
      'tidewatch.threshold.pids': '-3',
      'tidewatch.threshold.ioPressure': '1e99',
      'tidewatch.threshold.memoryPressure': '50',
      'tidewatch.workspace': 'x',
    },
    (problem) => problems.push(problem),
  );
  expect(own.map(({ metric, raise }) => [metric, raise])).toEqual([
    ['networkRx', 1_000],
    ['cpuPressure', 0.5],
    ['memory', 90],
  ]);
  expect(problems).toHaveLength(3);
  expect(rulesWithLabels(rules, { other: '1' }, () => {})).toBe(rules);
  expect(thresholdLabels({ other: '1' })).toBe('');
});

const looks = fc.array(
  fc.record({
    value: fc.oneof(fc.constant(Number.NaN), fc.integer({ min: 0, max: 120 })),
    afterMs: fc.integer({ min: 100, max: 40_000 }),
  }),
  { maxLength: 60 },
);

test('every threshold that is told is cleared once before it is told again, and only after its duration', () => {
  fc.assert(
    fc.property(looks, (steps) => {
      const thresholds = new Thresholds(rulesOf({ memory: 'off' }));
      const told: string[] = [];
      let at = 0;
      let lowestSince = { at: 0, isAbove: false };
      const sink = {
        onExceeded: () => {
          expect(lowestSince.isAbove && at - lowestSince.at >= 30_000).toBe(true);
          told.push('exceeded');
        },
        onCleared: () => void told.push('cleared'),
      };
      for (const { value, afterMs } of steps) {
        at += afterMs;
        if (!Number.isNaN(value) && value > 80 !== lowestSince.isAbove) lowestSince = { at, isAbove: value > 80 };
        thresholds.look(
          { value: () => value, containerId: () => null },
          { at, longestMs: Number.POSITIVE_INFINITY },
          sink,
        );
      }
      expect(thresholds.raised).toEqual(told.at(-1) === 'exceeded' ? ['cpu'] : []);
      thresholds.end(at, sink);
      expect(told.every((one, index) => one === (index % 2 === 0 ? 'exceeded' : 'cleared'))).toBe(true);
      expect(told.length % 2).toBe(0);
    }),
  );
});

test('a time without readings is neither above nor below: machine asleep, daemon stopped, source silent', () => {
  const thresholds = new Thresholds(rulesOf({ cpu: 'off' }));
  const told: string[] = [];
  const sink = { onExceeded: () => void told.push('exceeded'), onCleared: () => void told.push('cleared') };
  let value = 0;
  const look = (at: number, now: number) => {
    value = now;
    thresholds.look({ value: () => value, containerId: () => null }, { at, longestMs: 15_000 }, sink);
  };
  look(0, 99);
  look(60_000, 99);
  look(70_000, 99);
  expect(told).toEqual([]);
  // Not known is not read either.
  for (const at of [80_000, 90_000, 100_000]) look(at, Number.NaN);
  look(110_000, 99);
  expect(told).toEqual([]);
  for (const at of [120_000, 130_000, 140_000]) look(at, 99);
  expect(told).toEqual(['exceeded']);
  look(150_000, 10);
  look(250_000, 10);
  expect(told).toEqual(['exceeded']);
  for (const at of [260_000, 270_000, 280_000]) look(at, 10);
  expect(told).toEqual(['exceeded', 'cleared']);
});
