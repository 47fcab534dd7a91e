import { BinList } from './bin-list.ts';
import type { RollupAccumulator, RollupColumn } from './rollup.ts';

/** Puts the rollups of one metric into columns, window by window. */
export class RollupColumnBuilder {
  readonly #column: Omit<RollupColumn, 'sketches'>;
  readonly #ends: Uint32Array;
  readonly #bins: BinList;
  #rows = 0;

  constructor(rows: number, stepsPerUnit: number) {
    const column = () => new Float64Array(rows);
    this.#column = {
      stepsPerUnit,
      ...{ count: column(), sum: column(), min: column(), max: column(), last: column(), observedMs: column() },
    };
    this.#ends = new Uint32Array(rows);
    this.#bins = new BinList(4 * rows);
  }

  push(rollup: RollupAccumulator): void {
    const row = this.#rows;
    this.#column.count[row] = rollup.count;
    this.#column.sum[row] = rollup.sum;
    this.#column.min[row] = rollup.min;
    this.#column.max[row] = rollup.max;
    this.#column.last[row] = rollup.last;
    this.#column.observedMs[row] = rollup.observedMs;
    rollup.sketch.appendTo(this.#bins);
    this.#ends[row] = this.#bins.length;
    this.#rows += 1;
  }

  /** After the last row. */
  finish(): RollupColumn {
    const sketches = { ends: this.#ends, ...this.#bins.taken() };
    return { ...this.#column, sketches: () => sketches };
  }
}
