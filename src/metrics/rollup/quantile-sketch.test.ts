import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuantileSketch } from './quantile-sketch.ts';
import { BINS, binOf, LARGEST, middleOf, RELATIVE_ERROR, SMALLEST } from './sketch-bins.ts';

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

const parts = (sketch: QuantileSketch) => [[...sketch.bins], [...sketch.weights]];

/** What metrics are: ratios, percents, bytes; narrow and wide. */
const value = fc.oneof(
  fc.constant(0),
  fc.nat(10_000).map((steps) => steps / 10_000),
  fc.nat(100_000).map((steps) => steps / 100),
  fc.maxSafeNat(),
  fc.double({ min: SMALLEST, max: LARGEST, noNaN: true }),
);
const values = fc.oneof(
  fc.array(value, { minLength: 1, maxLength: 300 }),
  fc.array(fc.integer({ min: 900, max: 1_100 }), { minLength: 1, maxLength: 300 }),
);

describe('bins', () => {
  it('have a middle from which their values differ by 1 % at most', () => {
    fc.assert(
      fc.property(value, (one) => {
        expect(Math.abs(middleOf(binOf(one)) - one)).toBeLessThanOrEqual(RELATIVE_ERROR * one * (1 + 1e-9));
      }),
      { numRuns: 5_000 },
    );
  });

  it('ascend with the values, and end', () => {
    fc.assert(fc.property(value, value, (a, b) => a > b || binOf(a) <= binOf(b)));
    expect([-1, 0, SMALLEST / 2, Number.NaN].map(binOf)).toEqual([0, 0, 0, 0]);
    expect(binOf(SMALLEST)).toBe(1);
    expect(binOf(Number.POSITIVE_INFINITY)).toBe(BINS - 1);
    expect(binOf(LARGEST)).toBeLessThan(BINS);
    for (let bin = 1; bin < BINS; bin += 1) expect(binOf(middleOf(bin))).toBe(bin);
  });
});

describe('a quantile sketch', () => {
  it.each([0, 0.5, 0.95, 0.99, 1])('knows quantile %d within 1 %', (q) => {
    fc.assert(
      fc.property(values, (taken) => {
        const exact = taken.toSorted((a, b) => a - b)[Math.floor(q * (taken.length - 1))] as number;
        const error = Math.abs(sketchOf(taken).quantile(q) - exact);
        expect(error).toBeLessThanOrEqual(RELATIVE_ERROR * exact * (1 + 1e-9));
      }),
      { numRuns: 500 },
    );
  });

  it('is the same whether values are added or sketches merged, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 5 }), (groups) => {
        const all = sketchOf(groups.flat());
        for (const order of [groups, groups.toReversed()]) {
          const merged = new QuantileSketch();
          for (const group of order) merged.merge(sketchOf(group));
          expect(parts(merged)).toEqual(parts(all));
        }
      }),
    );
  });

  it('counts a value by its weight', () => {
    const sketch = new QuantileSketch();
    sketch.add(5, 99);
    sketch.add(1_000);
    expect(sketch.count).toBe(100);
    expect(sketch.quantile(0.98)).toBeCloseTo(5, 0);
    expect(sketch.quantile(1)).toBeGreaterThan(989);
  });

  it('has no quantile without values', () => {
    const sketch = sketchOf([1, 2, 3]);
    sketch.clear();
    expect(sketch.quantile(0.5)).toBeNaN();
    expect(sketch.count).toBe(0);
  });
});
