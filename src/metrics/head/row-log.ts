import { ByteReader } from '../chunk/byte-reader.ts';
import { ByteWriter } from '../chunk/byte-writer.ts';
import { firstFrom, type SampleColumns } from './sample-columns.ts';
import { readRow, writeRow } from './sample-row.ts';

const NO_BYTES = new Uint8Array(0);

/** Rows are written one after the other: it serves all logs. */
const writer = new ByteWriter();

/** Samples in the order of their instants, row by row in few bytes. Cheap to add to at the end. */
export class RowLog {
  readonly #stepsPerUnit: readonly number[];
  #bytes: Uint8Array<ArrayBufferLike> = NO_BYTES;
  #length = 0;
  #count = 0;
  #from = Number.NaN;
  /** Its instant, then its values. */
  readonly #last: Float64Array;

  /** `stepsPerUnit`: of each metric; what is a whole number of steps takes least room. */
  constructor(stepsPerUnit: readonly number[]) {
    this.#stepsPerUnit = stepsPerUnit;
    this.#last = new Float64Array(stepsPerUnit.length + 1);
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#length;
  }

  /** Instant of the first row; `NaN` without any. */
  get from(): number {
    return this.#from;
  }

  /** Instant of the last row; `NaN` without any. */
  get to(): number {
    return this.#count > 0 ? (this.#last[0] as number) : Number.NaN;
  }

  /** Adds a row at the end, or where it belongs: then all is written anew. */
  add(at: number, values: Float64Array): void {
    if (at < this.to) this.#insert(at, values);
    else this.#append(at, values);
  }

  /** All rows, of some metrics. */
  read(metrics: readonly number[]): SampleColumns {
    const reader = new ByteReader(this.#bytes.subarray(0, this.#length));
    const before = new Float64Array(this.#last.length);
    const layout = { stepsPerUnit: this.#stepsPerUnit, before, place: 0 };
    const at = new Float64Array(this.#count);
    const values = metrics.map(() => new Float64Array(this.#count));
    for (let row = 0; row < this.#count; row += 1) {
      readRow(reader, layout);
      at[row] = before[0] as number;
      for (let index = 0; index < metrics.length; index += 1) {
        (values[index] as Float64Array)[row] = before[1 + (metrics[index] as number)] as number;
      }
    }
    return { count: this.#count, at, values };
  }

  clear(): void {
    this.#length = 0;
    this.#count = 0;
    this.#from = Number.NaN;
    this.#last.fill(0);
  }

  #append(at: number, values: Float64Array): void {
    writer.begin();
    writeRow(writer, { stepsPerUnit: this.#stepsPerUnit, before: this.#last, place: 0 }, { at, values });
    const row = writer.written();
    this.#reserve(row.length);
    this.#bytes.set(row, this.#length);
    this.#length += row.length;
    if (this.#count === 0) this.#from = at;
    this.#count += 1;
  }

  #insert(at: number, values: Float64Array): void {
    const rows = this.read(this.#stepsPerUnit.map((_, metric) => metric));
    const place = firstFrom(rows.at, rows.count, at);
    this.clear();
    for (let row = 0; row < rows.count; row += 1) {
      if (row === place) this.#append(at, values);
      this.#append(
        rows.at[row] as number,
        Float64Array.from(rows.values, (column) => column[row] as number),
      );
    }
  }

  /** A quarter more than is needed: there are as many logs as workspaces. */
  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.ceil(1.25 * (this.#length + more)));
    wider.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wider;
  }
}
