import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SampleColumns } from '../head/sample-columns.ts';
import { LONGEST_COVER } from './cover.ts';
import { rollUpRows, rollUpSamples } from './roll-up.ts';
import { quantileOf, RollupAccumulator, type RollupRows } from './rollup.ts';
import { packRollups } from './rollup-block.ts';
import { dayWindows, HOURS, MINUTES, type Windows } from './windows.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = Date.UTC(2026, 2, 28);

/** One metric in hundredths, `NaN` where nothing is known. */
function samplesOf(...samples: readonly (readonly [at: number, value: number])[]): SampleColumns {
  return {
    count: samples.length,
    at: Float64Array.from(samples, ([at]) => START + at),
    values: [Float64Array.from(samples, ([, value]) => value)],
  };
}

function rolled(samples: SampleColumns, hours: number, windows: Windows = MINUTES): RollupRows {
  return rollUpSamples(samples, { windows, range: { from: START, to: START + hours * HOUR_MS }, stepsPerUnit: [100] });
}

function rowsOf({ starts, metrics: [column] }: RollupRows) {
  return [...starts].map((start, row) => ({
    at: start - START,
    ...{ count: column?.count[row], sum: column?.sum[row], min: column?.min[row], max: column?.max[row] },
    ...{ last: column?.last[row], observedMs: column?.observedMs[row] },
  }));
}

/** Every ten seconds, from some seconds before to some after. */
const steady = (from: number, to: number) =>
  samplesOf(...Array.from({ length: (to - from) / 10_000 }, (_, index) => [from + index * 10_000, index] as const));

const anySamples = fc
  .array(fc.tuple(fc.integer({ min: 100, max: 200_000 }), fc.nat(2 ** 40), fc.boolean()), {
    minLength: 1,
    maxLength: 200,
  })
  .map((taken) => {
    let at = -60_000;
    return samplesOf(
      ...taken.map(([distance, steps, isKnown]) => {
        at += distance;
        return [at, isKnown ? steps / 100 : Number.NaN] as const;
      }),
    );
  });

describe('rolling up samples', () => {
  it('keeps what was lowest, highest and last', () => {
    const rows = rolled(samplesOf([0, 0.1], [10_000, 0.2], [20_000, 0.3], [60_000, 5]), 1);
    expect(rowsOf(rows)).toEqual([
      { at: 0, count: 3, sum: 0.6, min: 0.1, max: 0.3, last: 0.3, observedMs: 60_000 },
      { at: 60_000, count: 1, sum: 5, min: 5, max: 5, last: 5, observedMs: 0 },
    ]);
  });

  it('observes whole minutes where samples cross their borders, also those of the range', () => {
    const rows = rowsOf(rolled(steady(-7_000, HOUR_MS + 13_000), 1));
    expect(rows).toHaveLength(60);
    expect(rows.every(({ observedMs, count }) => observedMs === MINUTE_MS && count === 6)).toBe(true);
  });

  it('observes only what lies between samples when there are none outside', () => {
    const rows = rowsOf(rolled(steady(5_000, HOUR_MS + 5_000), 1));
    expect(rows[0]?.observedMs).toBe(55_000);
    expect(rows[59]?.observedMs).toBe(55_000);
  });

  it('observes nothing in a gap', () => {
    const gap = LONGEST_COVER.leastMs + 1;
    const rows = rowsOf(rolled(samplesOf([0, 1], [10_000, 1], [20_000, 1], [20_000 + gap, 1]), 1));
    expect(rows.map(({ at, observedMs }) => [at, observedMs])).toEqual([
      [0, 20_000],
      [MINUTE_MS, 0],
    ]);
  });

  it('observes a window without a sample when one covers it', () => {
    const rows = rowsOf(rolled(samplesOf([50_000, 1], [50_000 + 80_000, 2]), 1));
    expect(rows).toMatchObject([
      { at: 0, count: 1, observedMs: 10_000 },
      { at: MINUTE_MS, count: 0, sum: 0, min: Number.NaN, last: Number.NaN, observedMs: MINUTE_MS },
      { at: 2 * MINUTE_MS, count: 1, observedMs: 10_000 },
    ]);
  });

  it('takes distances that are usual for no gaps', () => {
    const rows = rowsOf(rolled(samplesOf([0, 1], [200_000, 1], [400_000, 1], [600_000, 1]), 1));
    expect(rows.reduce((sum, { observedMs }) => sum + (observedMs ?? 0), 0)).toBe(600_000);
  });

  it('does not count what is not known', () => {
    const rows = rowsOf(rolled(samplesOf([0, 1], [10_000, Number.NaN], [20_000, 3]), 1));
    expect(rows).toMatchObject([{ count: 2, sum: 4, last: 3, observedMs: 10_000 }]);
    expect(rolled(samplesOf(), 1).starts).toHaveLength(0);
  });

  it('agrees with sums that are made the plain way', () => {
    fc.assert(
      fc.property(anySamples, (samples) => {
        for (const { at, count, sum, min, max, last } of rowsOf(rolled(samples, 1))) {
          const values = [...(samples.values[0] ?? [])].filter(
            (value, index) => !Number.isNaN(value) && MINUTES.startOf(samples.at[index] as number) === START + at,
          );
          const none = values.length === 0;
          expect({ count, min, max, last }).toEqual({
            count: values.length,
            min: none ? Number.NaN : Math.min(...values),
            max: none ? Number.NaN : Math.max(...values),
            last: none ? Number.NaN : values.at(-1),
          });
          expect(sum).toBe(values.reduce((total, value) => total + Math.round(value * 100), 0) / 100);
        }
      }),
    );
  });
});

describe('rolling up rollups', () => {
  it('gives the same bytes as rolling up the samples', () => {
    fc.assert(
      fc.property(anySamples, (samples) => {
        const zone = dayWindows('Asia/Kathmandu');
        const minutes = rolled(samples, 12);
        const hours = rollUpRows(minutes, HOURS);
        expect(packRollups(hours)).toEqual(packRollups(rolled(samples, 12, HOURS)));
        expect(packRollups(rollUpRows(minutes, zone))).toEqual(packRollups(rolled(samples, 12, zone)));
      }),
    );
  });

  it('is the same however the time is cut', () => {
    fc.assert(
      fc.property(anySamples, (samples) => {
        const whole = rolled(samples, 12, dayWindows('UTC'));
        const accumulator = new RollupAccumulator(100);
        const minutes = rolled(samples, 12);
        const [column] = minutes.metrics;
        for (let row = 0; row < minutes.starts.length; row += 1) accumulator.addRow(column!, row);
        const { count, sum, observedMs } = accumulator;
        expect([count, sum, observedMs]).toEqual(
          whole.starts.length === 0
            ? [0, 0, 0]
            : [whole.metrics[0]?.count[0], whole.metrics[0]?.sum[0], whole.metrics[0]?.observedMs[0]],
        );
      }),
    );
  });

  it('has days of 23 hours', () => {
    const samples = steady(0, 3 * 24 * HOUR_MS);
    const days = rollUpRows(rolled(samples, 72), dayWindows('Europe/Berlin'));
    expect(rowsOf(days).map(({ observedMs }) => (observedMs ?? 0) / HOUR_MS)).toEqual([
      23,
      23,
      24,
      expect.closeTo(2, 1),
    ]);
  });
});

describe('a quantile of a rollup', () => {
  it('lies between the lowest and the highest value', () => {
    const accumulator = new RollupAccumulator(100);
    expect(quantileOf(accumulator, 0.5)).toBeNaN();
    accumulator.addSamples(Float64Array.of(1.01, Number.NaN, 50, 99.99), 0, 4);
    expect(quantileOf(accumulator, 0)).toBeGreaterThanOrEqual(1.01);
    expect(quantileOf(accumulator, 1)).toBeLessThanOrEqual(99.99);
    expect(Math.abs(quantileOf(accumulator, 0.5) - 50)).toBeLessThanOrEqual(0.5);
  });
});
