import { damaged } from '../chunk/byte-reader.ts';
import type { RollupColumn } from './rollup.ts';

/** Figures of the windows that have a value, in whole steps of their metric. */
export interface MetricSteps {
  readonly count: Float64Array;
  readonly min: Float64Array;
  /** `max - min`. */
  readonly range: Float64Array;
  readonly last: Float64Array;
  readonly sum: Float64Array;
}

export function stepsOf({ stepsPerUnit, count, min, max, last, sum }: RollupColumn): MetricSteps {
  const toSteps = (values: Float64Array) =>
    values.filter((_, row) => count[row] !== 0).map((value) => Math.round(value * stepsPerUnit));
  const lowest = toSteps(min);
  return {
    count: count.filter((samples) => samples !== 0),
    min: lowest,
    range: toSteps(max).map((value, index) => value - (lowest[index] as number)),
    last: toSteps(last),
    sum: toSteps(sum),
  };
}

/** Columns of all windows again, in units of the metric. */
export function valuesOf(
  { min, range, last, sum }: MetricSteps,
  count: Float64Array,
  stepsPerUnit: number,
): Pick<RollupColumn, 'sum' | 'min' | 'max' | 'last'> {
  const values = {
    sum: new Float64Array(count.length),
    min: new Float64Array(count.length).fill(Number.NaN),
    max: new Float64Array(count.length).fill(Number.NaN),
    last: new Float64Array(count.length).fill(Number.NaN),
  };
  let index = 0;
  for (let row = 0; row < count.length; row += 1) {
    if (count[row] === 0) continue;
    const low = min[index] as number;
    if (!((range[index] as number) >= 0)) throw damaged('a highest value in it is below the lowest');
    values.sum[row] = (sum[index] as number) / stepsPerUnit;
    values.min[row] = low / stepsPerUnit;
    values.max[row] = (low + (range[index] as number)) / stepsPerUnit;
    values.last[row] = (last[index] as number) / stepsPerUnit;
    index += 1;
  }
  return values;
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

/** The steps again from count, lowest value, range, and the surplus. */
export function stepsFrom(ranges: Pick<MetricSteps, 'count' | 'min' | 'range'>, surplus: Surplus): MetricSteps {
  const { count, min, range } = ranges;
  const expected = new SumExpectation();
  const [last, sum] = [min.slice(), new Float64Array(min.length)];
  let place = 0;
  for (let index = 0; index < min.length; index += 1) {
    const low = min[index] as number;
    sum[index] = (count[index] as number) * low;
    if (range[index] === 0) continue;
    const most = (count[index] as number) * (range[index] as number);
    const aboveLow = (surplus.sum[place] as number) + expected.of(most);
    expected.learn(aboveLow, most);
    last[index] = low + (surplus.last[place] as number);
    sum[index] = (sum[index] as number) + aboveLow;
    place += 1;
  }
  return { ...ranges, last, sum };
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
