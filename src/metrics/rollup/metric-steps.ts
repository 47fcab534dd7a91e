import type { RollupColumn } from './rollup.ts';

/** What a sum is expected by, of the windows that have a value, in whole steps of their metric. */
export interface StepRanges {
  readonly count: Float64Array;
  readonly min: Float64Array;
  /** `max - min`. */
  readonly range: Float64Array;
}

export interface MetricSteps extends StepRanges {
  readonly last: Float64Array;
  readonly sum: Float64Array;
}

export function stepsOf({ stepsPerUnit, count, min, max, last, sum }: RollupColumn): MetricSteps {
  const filled = countFilled(count);
  const column = () => new Float64Array(filled);
  const steps = { count: column(), min: column(), range: column(), last: column(), sum: column() };
  let index = 0;
  for (let row = 0; row < count.length; row += 1) {
    if (count[row] === 0) continue;
    const low = Math.round((min[row] as number) * stepsPerUnit);
    steps.count[index] = count[row] as number;
    steps.min[index] = low;
    steps.range[index] = Math.round((max[row] as number) * stepsPerUnit) - low;
    steps.last[index] = Math.round((last[row] as number) * stepsPerUnit);
    steps.sum[index] = Math.round((sum[row] as number) * stepsPerUnit);
    index += 1;
  }
  return steps;
}

/** Windows that have a value. */
export function countFilled(count: Float64Array): number {
  let filled = 0;
  for (let row = 0; row < count.length; row += 1) if (count[row] !== 0) filled += 1;
  return filled;
}

/** What the windows whose values differ have above their lowest: their last values, and their sums less those expected. */
export interface Surplus {
  readonly last: Float64Array;
  readonly sum: Float64Array;
}

export function surplusOf({ count, min, range, last, sum }: MetricSteps): Surplus {
  const expected = new SumExpectation();
  const surplus = { last: new Float64Array(range.length), sum: new Float64Array(range.length) };
  let place = 0;
  for (let index = 0; index < range.length; index += 1) {
    if (range[index] === 0) continue;
    const low = min[index] as number;
    const most = (count[index] as number) * (range[index] as number);
    const aboveLow = (sum[index] as number) - (count[index] as number) * low;
    surplus.last[place] = (last[index] as number) - low;
    surplus.sum[place] = aboveLow - expected.of(most);
    expected.learn(aboveLow, most);
    place += 1;
  }
  return { last: surplus.last.subarray(0, place), sum: surplus.sum.subarray(0, place) };
}

/** The last values again, in steps; `null`: all are the lowest. */
export function lastSteps({ min, range }: StepRanges, surplus: Float64Array | null): Float64Array {
  if (surplus === null) return min;
  const last = min.slice();
  let place = 0;
  for (let index = 0; index < min.length; index += 1) {
    if (range[index] === 0) continue;
    last[index] = (min[index] as number) + (surplus[place] as number);
    place += 1;
  }
  return last;
}

/** The sums again, in steps; `null`: all are as expected. */
export function sumSteps({ count, min, range }: StepRanges, surplus: Float64Array | null): Float64Array {
  const expected = new SumExpectation();
  const sum = new Float64Array(min.length);
  let place = 0;
  for (let index = 0; index < min.length; index += 1) {
    const ofLow = (count[index] as number) * (min[index] as number);
    sum[index] = ofLow;
    if (range[index] === 0) continue;
    const most = (count[index] as number) * (range[index] as number);
    const aboveLow = (surplus === null ? 0 : (surplus[place] as number)) + expected.of(most);
    expected.learn(aboveLow, most);
    sum[index] = ofLow + aboveLow;
    place += 1;
  }
  return sum;
}

/** The mean of a window lies where that of the window before lay between its lowest and its highest value. */
class SumExpectation {
  #share = 0.5;

  of(most: number): number {
    return Math.round(this.#share * most);
  }

  learn(aboveLow: number, most: number): void {
    this.#share = aboveLow / most;
  }
}
