import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carryCovered, downsample, downsampleRollups, equalEdges } from './downsample.ts';

const GAP = 60_000;
const column = (...samples: readonly (readonly [number, number])[]) => ({
  at: Float64Array.from(samples, ([at]) => at),
  values: Float64Array.from(samples, ([, value]) => value),
});
/** Samples that are further apart leave a gap. */
const within = ({ at, values }: ReturnType<typeof column>, maxGapMs: number) => ({
  at,
  values,
  covered: at.map((instant, index) => {
    const since = instant - (at[index - 1] ?? Number.NEGATIVE_INFINITY);
    return since <= maxGapMs ? since : 0;
  }),
});
const edges = (...[from, stepMs, count]: [number, number, number]) => equalEdges({ from, stepMs, count });

describe('samples thinned to buckets', () => {
  it('keep average, smallest, largest and count of each bucket', () => {
    const thinned = downsample(within(column([0, 1], [10, 3], [20, 8], [30, 2]), GAP), edges(0, 20, 2));
    expect(thinned).toEqual({
      at: Float64Array.of(0, 20),
      avg: Float64Array.of(2, 5),
      min: Float64Array.of(1, 2),
      max: Float64Array.of(3, 8),
      count: Float64Array.of(2, 2),
    });
  });

  it('weigh by the time since the sample before', () => {
    const { avg } = downsample(within(column([0, 0], [10, 0], [40, 4]), GAP), edges(0, 100, 1));
    // 10 ms of 0 (time until the next), 10 ms of 0, 30 ms of 4.
    expect(avg[0]).toBe((30 * 4) / 50);
  });

  it('weigh a sample after a gap by the time until the next, and lone samples alike', () => {
    expect(downsample(within(column([0, 1], [500, 2], [520, 4]), 100), edges(0, 1_000, 1)).avg[0]).toBeCloseTo(
      121 / 41,
      12,
    );
    expect(downsample(within(column([0, 1], [500, 2], [900, 6]), 100), edges(0, 1_000, 1)).avg[0]).toBe(3);
  });

  it('show a gap as a bucket without figures', () => {
    const { avg, min, max, count } = downsample(
      within(column([5, 1], [15, Number.NaN], [35, 2]), GAP),
      edges(0, 10, 4),
    );
    expect([...avg]).toEqual([1, Number.NaN, Number.NaN, 2]);
    expect([...min]).toEqual([1, Number.NaN, Number.NaN, 2]);
    expect([...max]).toEqual([1, Number.NaN, Number.NaN, 2]);
    expect([...count]).toEqual([1, 0, 0, 1]);
  });

  it('leave out what lies before the first edge or at the last', () => {
    expect([...downsample(within(column([9, 1], [10, 2], [20, 3]), GAP), edges(10, 10, 1)).max]).toEqual([2]);
  });
});

const sample = fc.tuple(
  fc.nat(1_000),
  fc.oneof({ weight: 5, arbitrary: fc.double({ noNaN: true, min: -1e12, max: 1e12 }) }, fc.constant(Number.NaN)),
);
const samples = fc.array(sample, { maxLength: 200 }).map((steps) => {
  let at = 0;
  const placed = steps.map(([step, value]): [number, number] => {
    at += step + 1;
    return [at, value];
  });
  return column(...placed);
});
const grid = fc.record({ from: fc.nat(100), stepMs: fc.integer({ min: 1, max: 5_000 }), count: fc.nat(50) });

describe('any samples', () => {
  it('lose no peak, no low and no count, and gaps stay', () => {
    fc.assert(
      fc.property(samples, grid, (taken, { from, stepMs, count }) => {
        const thinned = downsample(within(taken, 500), edges(from, stepMs, count));
        expect(thinned.at).toHaveLength(count);
        for (let bucket = 0; bucket < count; bucket += 1) {
          const inside = [...taken.values].filter((value, index) => {
            const place = Math.floor(((taken.at[index] as number) - from) / stepMs);
            return place === bucket && !Number.isNaN(value);
          });
          expect(thinned.count[bucket]).toBe(inside.length);
          expect(thinned.max[bucket]).toBe(inside.length === 0 ? Number.NaN : Math.max(...inside));
          expect(thinned.min[bucket]).toBe(inside.length === 0 ? Number.NaN : Math.min(...inside));
          const isBetween =
            thinned.avg[bucket]! >= thinned.min[bucket]! && thinned.avg[bucket]! <= thinned.max[bucket]!;
          expect(isBetween).toBe(inside.length > 0);
        }
      }),
    );
  });

  it('give the same from rollups of their buckets, but for the weights of the average', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 9 }), (taken, width, times) => {
        const fine = downsample(within(taken, 1e9), edges(0, width, 45));
        const sum = fine.avg.map((avg, index) => avg * (fine.count[index] as number));
        const again = downsampleRollups(
          [{ at: fine.at, column: { ...fine, sum, observedMs: fine.count } }],
          edges(0, width * times, 5),
        );
        const direct = downsample(within(taken, 1e9), edges(0, width * times, 5));
        const upTo = Math.min(5, Math.floor(45 / times));
        expect(again.min.subarray(0, upTo)).toEqual(direct.min.subarray(0, upTo));
        expect(again.max.subarray(0, upTo)).toEqual(direct.max.subarray(0, upTo));
        expect(again.count.subarray(0, upTo)).toEqual(direct.count.subarray(0, upTo));
      }),
    );
  });
});

it('the average of rollups weighs every sample alike', () => {
  const column = {
    sum: Float64Array.of(30, 0, 8),
    count: Float64Array.of(3, 0, 1),
    min: Float64Array.of(2, Number.NaN, 8),
    max: Float64Array.of(20, Number.NaN, 8),
    observedMs: Float64Array.of(60, 0, 60),
  };
  const { avg, min, max, count } = downsampleRollups([{ at: Float64Array.of(0, 60, 120), column }], edges(0, 180, 1));
  expect([avg[0], min[0], max[0], count[0]]).toEqual([9.5, 2, 20, 4]);
});

it('a bucket that no sample lies in has the value of the sample that covers it, a gap has none', () => {
  const samples = within(column([10, 1], [40, 4], [200, 9], [215, Number.NaN], [240, 3]), 50);
  const edges = equalEdges({ from: 0, stepMs: 10, count: 26 });
  const buckets = downsample(samples, edges);
  carryCovered(samples, buckets, edges);
  const filled = Array.from(buckets.max, (value, index) => (Number.isNaN(value) ? null : [index * 10, value])).filter(
    Boolean,
  );
  expect(filled).toEqual([
    [10, 1],
    [20, 4],
    [30, 4],
    [40, 4],
    [200, 9],
    [220, 3],
    [230, 3],
    [240, 3],
  ]);
});

it('a bucket of windows without a sample has what the sample that covers them has, a gap has nothing', () => {
  const column = {
    sum: Float64Array.of(4, 0, 0, 6, 0, 9),
    count: Float64Array.of(1, 0, 0, 2, 0, 1),
    min: Float64Array.of(4, Number.NaN, Number.NaN, 2, Number.NaN, 9),
    max: Float64Array.of(4, Number.NaN, Number.NaN, 4, Number.NaN, 9),
    observedMs: Float64Array.of(60, 60, 60, 60, 0, 10),
  };
  const at = Float64Array.of(0, 60, 120, 180, 240, 300);
  const { avg, min, max, count } = downsampleRollups([{ at, column }], edges(0, 60, 6));
  expect([...avg]).toEqual([4, 3, 3, 3, Number.NaN, 9]);
  expect([...min]).toEqual([4, 2, 2, 2, Number.NaN, 9]);
  expect([...max]).toEqual([4, 4, 4, 4, Number.NaN, 9]);
  expect([...count]).toEqual([1, 0, 0, 2, 0, 1]);
});
