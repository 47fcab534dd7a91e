import { QuantileSketch } from './quantile-sketch.ts';
import { binOf } from './sketch-bins.ts';

/** What a metric was in a window. Without a sample `count` and `sum` are 0, and `min`, `max`, `last` are `NaN`. */
export interface Rollup {
  /** Samples whose value is known. */
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** The latest value in the window. */
  readonly last: number;
  /** Time of the window that samples cover, ms: what is missing are gaps. */
  readonly observedMs: number;
  readonly sketch: QuantileSketch;
}

/** Rollups of one metric over several windows, one column for each figure. */
export interface RollupColumn {
  /** All values are multiples of 1 / this. */
  readonly stepsPerUnit: number;
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
  readonly observedMs: Float64Array;
  /** Seldom needed, and the larger part; the same ones each time. Throws `chunk_damaged` when it is read from a block. */
  sketches(): Sketches;
}

/** The bins of several sketches, one sketch after the other. */
export interface Sketches {
  /** Where the bins of each sketch end. */
  readonly ends: Uint32Array;
  readonly bins: Uint16Array;
  readonly weights: Float64Array;
}

/** Rollups of all metrics over the same windows, in their order. A window without a sample that lies in it or covers it has no row. */
export interface RollupRows {
  /** Where each window begins, epoch ms. */
  readonly starts: Float64Array;
  readonly metrics: readonly RollupColumn[];
}

/** What is known of a metric in a window; `sketches` are its quantiles. */
export type RollupFigure = Exclude<keyof RollupColumn, 'stepsPerUnit'>;

/** The value below which a share `q` (0 to 1) of the samples lies, within 1 %. `NaN` without samples. */
export function quantileOf({ sketch, min, max }: Rollup, q: number): number {
  return Math.min(Math.max(sketch.quantile(q), min), max);
}

/**
 * Puts a rollup together from samples, or from rollups of parts of its window; both in the order of time. Values are counted in whole
 * steps of their metric, so a sum is exact up to 2^53 steps, and the same however its window was cut into parts; above that it
 * depends on the parts, and stays the same for the same ones.
 */
export class RollupAccumulator implements Rollup {
  count = 0;
  observedMs = 0;
  readonly sketch: QuantileSketch;
  readonly stepsPerUnit: number;
  #sum = 0;
  #min = Number.NaN;
  #max = Number.NaN;
  #last = Number.NaN;

  /** A sketch that others used before may be given; it is cleared. */
  constructor(stepsPerUnit: number, sketch: QuantileSketch = new QuantileSketch()) {
    this.stepsPerUnit = stepsPerUnit;
    this.sketch = sketch;
    sketch.clear();
  }

  get sum(): number {
    return this.#sum / this.stepsPerUnit;
  }

  get min(): number {
    return this.#min / this.stepsPerUnit;
  }

  get max(): number {
    return this.#max / this.stepsPerUnit;
  }

  get last(): number {
    return this.#last / this.stepsPerUnit;
  }

  clear(): void {
    this.count = 0;
    this.observedMs = 0;
    this.#sum = 0;
    this.#min = Number.NaN;
    this.#max = Number.NaN;
    this.#last = Number.NaN;
    this.sketch.clear();
  }

  /** Those from one place to another; values that are not finite are not known. */
  addSamples(values: Float64Array, from: number, to: number): void {
    const { sketch, stepsPerUnit } = this;
    let [count, sum, low, high, last] = [this.count, this.#sum, this.#min, this.#max, this.#last];
    let bin = -1;
    for (let index = from; index < to; index += 1) {
      const value = values[index] as number;
      if (!Number.isFinite(value)) continue;
      const steps = Math.round(value * stepsPerUnit);
      // Many values are those of the sample before: their bin need not be found again.
      if (bin < 0 || steps !== last) bin = binOf(steps / stepsPerUnit);
      sketch.addBin(bin, 1);
      if (!(steps >= low)) low = steps;
      if (!(steps <= high)) high = steps;
      sum += steps;
      last = steps;
      count += 1;
    }
    this.count = count;
    this.#sum = sum;
    this.#min = low;
    this.#max = high;
    this.#last = last;
  }

  addRow(column: RollupColumn, row: number): void {
    this.addFigures(column, row);
    if (column.count[row] === 0) return;
    this.#last = this.#stepsOf(column.last, row);
    const { ends, bins, weights } = column.sketches();
    const end = ends[row] as number;
    for (let index = row === 0 ? 0 : (ends[row - 1] as number); index < end; index += 1) {
      this.sketch.addBin(bins[index] as number, weights[index] as number);
    }
  }

  /** The same without the quantiles and the last value, which take most of the time. */
  addFigures(column: RollupColumn, row: number): void {
    this.observedMs += column.observedMs[row] as number;
    const count = column.count[row] as number;
    if (count === 0) return;
    const low = this.#stepsOf(column.min, row);
    const high = this.#stepsOf(column.max, row);
    if (!(low >= this.#min)) this.#min = low;
    if (!(high <= this.#max)) this.#max = high;
    this.#sum += this.#stepsOf(column.sum, row);
    this.count += count;
  }

  #stepsOf(values: Float64Array, row: number): number {
    return Math.round((values[row] as number) * this.stepsPerUnit);
  }
}
