import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twoSidedP } from './normal.ts';
import { thinToMedians } from './thin-to-medians.ts';
import { type Trend, trendOf } from './trend.ts';

const DAY = 86_400_000;
const START = 1_790_000_000_000;

/** Mulberry32, and normal deviates of it (Box and Muller): the same series in every run. */
function random(seed: number): { uniform(): number; normal(): number } {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()) };
}
type Random = ReturnType<typeof random>;

const instants = (count: number, days: number) =>
  Float64Array.from({ length: count }, (_, i) => START + (i * days * DAY) / count);
const noise = ({ normal }: Random, at: Float64Array) => at.map(() => normal());
const autoregressive =
  (phi: number) =>
  ({ normal }: Random, at: Float64Array) => {
    let value = normal() / Math.sqrt(1 - Math.min(phi, 0.99) ** 2);
    return at.map(() => {
      value = phi * value + normal();
      return value;
    });
  };
const daily =
  (size: number) =>
  ({ uniform, normal }: Random, at: Float64Array) => {
    const phase = uniform() * 2 * Math.PI;
    return at.map((instant) => size * Math.sin((2 * Math.PI * instant) / DAY + phase) + normal());
  };
const rise =
  (change: number, of = noise) =>
  (source: Random, at: Float64Array) =>
    of(source, at).map((value, index) => value + (change * index) / at.length);
const spoilt = (of: typeof noise, ratio: number) => (source: Random, at: Float64Array) =>
  of(source, at).map((value) => (source.uniform() < ratio ? value + 1_000 * source.uniform() : value));
const step =
  (size: number, of = noise) =>
  (source: Random, at: Float64Array) =>
    of(source, at).map((value, index) => (index < at.length * 0.6 ? value : value + size));

function trends(make: typeof noise, { count = 200, days = 1, runs = 50 } = {}): Trend[] {
  const at = instants(count, days);
  return Array.from({ length: runs }, (_, run) => trendOf(at, make(random(run * 7_919 + count), at), 0)!);
}
const share = (found: readonly Trend[], is: (trend: Trend) => boolean) => found.filter(is).length / found.length;
const moves = ({ direction }: Trend) => direction !== 'steady';

describe('no trend is told', () => {
  it.each([
    ['noise', noise, 200, 1, 0.08],
    ['noise of more values than are looked at one by one', noise, 2_000, 1, 0.1],
    ['first-order noise of more', autoregressive(0.8), 2_000, 1, 0.15],
    ['noise, few values', noise, 30, 1, 0.08],
    ['first-order noise of 0.5', autoregressive(0.5), 200, 1, 0.12],
    ['first-order noise of 0.8', autoregressive(0.8), 200, 1, 0.15],
    ['first-order noise of 0.95', autoregressive(0.95), 200, 1, 0.15],
    ['a random walk', autoregressive(1), 200, 1, 0.15],
    ['a random walk of a week', autoregressive(1), 200, 7, 0.15],
    ['a season of a week', daily(5), 200, 7, 0.12],
    ['a weak season of a week', daily(1), 200, 7, 0.12],
    ['noise with outliers', spoilt(noise, 0.2), 200, 1, 0.1],
  ] as const)('of %s', (...[, make, count, days, most]) => {
    expect(share(trends(make, { count, days }), moves)).toBeLessThanOrEqual(most);
  });
});

describe('a trend is found', () => {
  it.each([
    ['of one deviation in 300 values', rise(1), 300, 0.95],
    ['of two deviations in 100 values', rise(2), 100, 0.95],
    ['of four in first-order noise', rise(4, autoregressive(0.5)), 100, 0.9],
    ['under outliers', spoilt(rise(3), 0.2), 200, 0.95],
  ] as const)('%s', (...[, make, count, least]) => {
    expect(share(trends(make, { count }), ({ direction }) => direction === 'rising')).toBeGreaterThanOrEqual(least);
  });

  it('over a daily season', () => {
    const found = trends(rise(3, daily(5)), { count: 300, days: 7 });
    expect(share(found, ({ direction }) => direction === 'rising')).toBeGreaterThanOrEqual(0.95);
  });

  it('with an interval that holds the true slope as often as it says', () => {
    const found = trends(rise(2), { count: 200 });
    const holds = share(found, ({ slopeLowPerDay, slopeHighPerDay }) => slopeLowPerDay <= 2 && slopeHighPerDay >= 2);
    expect(holds).toBeGreaterThanOrEqual(0.9);
  });

  it('of a straight line exactly', () => {
    const at = instants(100, 2);
    const line = trendOf(
      at,
      at.map((instant) => 50 - (3 * (instant - START)) / DAY),
    )!;
    expect(line.direction).toBe('falling');
    expect(line.slopePerDay).toBeCloseTo(-3, 6);
    expect(line.intercept).toBeCloseTo(50, 6);
    expect(line.change).toBeCloseTo(-3 * 2 * 0.99, 6);
    expect(line.changePoint).toBeNull();
    expect(line).toMatchObject({ from: at[0], to: at[99], count: 100 });
  });
});

it('outliers move the slope by little', () => {
  const at = instants(200, 1);
  const slopes = Array.from(
    { length: 20 },
    (_, run) => trendOf(at, spoilt(rise(10), 0.2)(random(run), at))!.slopePerDay,
  );
  for (const slope of slopes) expect(Math.abs(slope - 10)).toBeLessThan(2);
});

it('a change that is too small to matter is steady, however certain', () => {
  const at = instants(200, 1);
  const values = at.map((_, index) => 1_000 + index / 100);
  expect(trendOf(at, values)?.direction).toBe('steady');
  expect(trendOf(at, values)?.pValue).toBeLessThan(1e-6);
  expect(trendOf(at, values, 1)?.direction).toBe('rising');
});

describe('a change point', () => {
  it('is found with its instant and levels', () => {
    const found = trends(step(3), { count: 200 });
    expect(share(found, ({ changePoint }) => changePoint !== null)).toBeGreaterThanOrEqual(0.95);
    const { changePoint } = found[0]!;
    expect(Math.abs(changePoint!.at - instants(200, 1)[120]!)).toBeLessThan(DAY / 40);
    expect(changePoint!.before).toBeCloseTo(0, 0);
    expect(changePoint!.after).toBeCloseTo(3, 0);
  });

  it('is not told of noise, of a line or of a random walk', () => {
    for (const make of [noise, rise(5), autoregressive(0.5), autoregressive(1)]) {
      expect(share(trends(make, { count: 200 }), ({ changePoint }) => changePoint !== null)).toBeLessThanOrEqual(0.12);
    }
  });
});

it('too few values tell nothing, and equal ones tell steady', () => {
  expect(trendOf(instants(9, 1), new Float64Array(9))).toBeNull();
  expect(trendOf(instants(50, 1), new Float64Array(50).fill(Number.NaN))).toBeNull();
  expect(trendOf(instants(50, 1), new Float64Array(50).fill(7))).toMatchObject({
    direction: 'steady',
    slopePerDay: 0,
    intercept: 7,
    pValue: 1,
    changePoint: null,
  });
});

it('every series has finite figures, is told alike twice, and mirrored in the mirror', () => {
  const value = fc.oneof(
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    fc.integer({ min: 0, max: 3 }),
    fc.constant(Number.NaN),
  );
  fc.assert(
    fc.property(fc.array(value, { minLength: 10, maxLength: 80 }), fc.integer({ min: 1, max: 40 }), (list, days) => {
      const at = instants(list.length, days);
      const values = Float64Array.from(list);
      const trend = trendOf(at, values);
      expect(trendOf(at, values)).toEqual(trend);
      if (trend === null) return;
      const { slopePerDay, slopeLowPerDay, slopeHighPerDay, intercept, change, pValue } = trend;
      for (const figure of [slopePerDay, slopeLowPerDay, slopeHighPerDay, intercept, change])
        expect(Number.isFinite(figure)).toBe(true);
      expect(slopeLowPerDay).toBeLessThanOrEqual(slopePerDay);
      expect(slopeHighPerDay).toBeGreaterThanOrEqual(slopePerDay);
      expect(pValue).toBeGreaterThanOrEqual(0);
      expect(pValue).toBeLessThanOrEqual(1);
      const mirrored = { rising: 'falling', falling: 'rising', steady: 'steady' }[trend.direction];
      expect(
        trendOf(
          at,
          values.map((each) => -each),
        )?.direction,
      ).toBe(mirrored);
    }),
    { numRuns: 40 },
  );
});

it('normal probabilities are those of the tables', () => {
  expect(twoSidedP(0)).toBeCloseTo(1, 6);
  expect(twoSidedP(1.959963984540054)).toBeCloseTo(0.05, 7);
  expect(twoSidedP(-2.5758293035489)).toBeCloseTo(0.01, 7);
  expect(twoSidedP(40)).toBeLessThan(1e-300);
});

it('a long series is thinned to medians of equal spans', () => {
  const at = Float64Array.of(0, 1, 2, 3, 4, 50, 51, 100);
  const thinned = thinToMedians(at, Float64Array.of(1, 9, 2, 3, 2, 8, 6, 5), 4);
  expect([...thinned.at]).toEqual([2, 50.5, 100]);
  expect([...thinned.values]).toEqual([2, 7, 5]);
});
