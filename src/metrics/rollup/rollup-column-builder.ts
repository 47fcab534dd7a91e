import type { Rollup, RollupColumn, Sketches } from './rollup.ts';

const FIRST_BINS = 64;

/** Puts the rollups of one metric into columns, window by window. */
export class RollupColumnBuilder {
  readonly #column: Omit<RollupColumn, 'sketches'>;
  readonly #ends: Uint32Array;
  #bins = new Uint16Array(FIRST_BINS);
  #weights = new Float64Array(FIRST_BINS);
  #used = 0;
  #rows = 0;

  constructor(rows: number, stepsPerUnit: number) {
    const column = () => new Float64Array(rows);
    this.#column = {
      stepsPerUnit,
      ...{ count: column(), sum: column(), min: column(), max: column(), last: column(), observedMs: column() },
    };
    this.#ends = new Uint32Array(rows);
  }

  push({ count, sum, min, max, last, observedMs, sketch }: Rollup): void {
    const row = this.#rows;
    this.#column.count[row] = count;
    this.#column.sum[row] = sum;
    this.#column.min[row] = min;
    this.#column.max[row] = max;
    this.#column.last[row] = last;
    this.#column.observedMs[row] = observedMs;
    const { bins, weights } = sketch;
    this.#reserve(bins.length);
    this.#bins.set(bins, this.#used);
    this.#weights.set(weights, this.#used);
    this.#used += bins.length;
    this.#ends[row] = this.#used;
    this.#rows += 1;
  }

  /** After the last row. */
  finish(): RollupColumn {
    const sketches: Sketches = {
      ends: this.#ends,
      bins: this.#bins.subarray(0, this.#used),
      weights: this.#weights.subarray(0, this.#used),
    };
    return { ...this.#column, sketches: () => sketches };
  }

  #reserve(more: number): void {
    if (this.#used + more <= this.#bins.length) return;
    const [bins, weights] = [this.#bins, this.#weights];
    this.#bins = new Uint16Array(2 * (this.#used + more));
    this.#weights = new Float64Array(2 * (this.#used + more));
    this.#bins.set(bins);
    this.#weights.set(weights);
  }
}
