import { BinList } from './bin-list.ts';
import type { RollupAccumulator, RollupColumn, Sketches } from './rollup.ts';

/** Columns are built one after the other: it serves them all. */
const list = new BinList();

/** Puts the rollups of one metric into columns, window by window. One is built at a time. */
export class RollupColumnBuilder {
  readonly #figures: Figures;
  #row = 0;

  constructor(rows: number, stepsPerUnit: number) {
    this.#figures = new Figures(rows, stepsPerUnit);
    list.clear();
  }

  push(rollup: RollupAccumulator): void {
    const figures = this.#figures;
    const row = this.#row;
    figures.count[row] = rollup.count;
    figures.sum[row] = rollup.sum;
    figures.min[row] = rollup.min;
    figures.max[row] = rollup.max;
    figures.last[row] = rollup.last;
    figures.observedMs[row] = rollup.observedMs;
    rollup.sketch.appendTo(list);
    figures.ends[row] = list.length;
    this.#row += 1;
  }

  /** After the last row. */
  finish(): RollupColumn {
    this.#figures.take(list);
    return this.#figures;
  }
}

/** All in one piece of memory: to ask for many small ones takes longer than to fill them. */
class Figures implements RollupColumn {
  readonly stepsPerUnit: number;
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
  readonly observedMs: Float64Array;
  readonly ends: Uint32Array;
  #sketches: Sketches | undefined;

  constructor(rows: number, stepsPerUnit: number) {
    const memory = new ArrayBuffer((6 * Float64Array.BYTES_PER_ELEMENT + Uint32Array.BYTES_PER_ELEMENT) * rows);
    const bytes = Float64Array.BYTES_PER_ELEMENT * rows;
    this.stepsPerUnit = stepsPerUnit;
    this.count = new Float64Array(memory, 0, rows);
    this.sum = new Float64Array(memory, bytes, rows);
    this.min = new Float64Array(memory, 2 * bytes, rows);
    this.max = new Float64Array(memory, 3 * bytes, rows);
    this.last = new Float64Array(memory, 4 * bytes, rows);
    this.observedMs = new Float64Array(memory, 5 * bytes, rows);
    this.ends = new Uint32Array(memory, 6 * bytes, rows);
  }

  take(bins: BinList): void {
    this.#sketches = { ends: this.ends, ...bins.taken() };
  }

  sketches(): Sketches {
    if (this.#sketches === undefined) throw new TypeError('a column was asked for before it was built');
    return this.#sketches;
  }
}
