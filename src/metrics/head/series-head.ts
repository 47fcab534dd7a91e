import { packChunk } from '../chunk/chunk.ts';
import { firstFrom, joinSamples, openSamples, type SampleColumns } from './sample-columns.ts';

/** Rows that wait to be packed: fewer are packed badly, more take more room than packed ones. */
const WAITING_ROWS = 24;

/** So many small chunks in a row are packed anew as one: larger ones take less room for each sample. */
const MERGED_CHUNKS = 5;
const SMALL_ROWS = WAITING_ROWS * MERGED_CHUNKS;

/** One packed part: where it lies in the bytes of the head, and what is in it. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly bytes: number;
}

export type Appended = 'kept' | 'duplicate' | 'too late';

/** The newest samples of one workspace, most of them packed. Readable at any time; what is older goes to the store. */
export class SeriesHead {
  readonly #metrics: number;
  readonly #all: readonly number[];
  /** Column by column: instants, then each metric; in the order of the instants. */
  readonly #rows: Float64Array;
  #waiting = 0;
  /** Of the packed parts, one behind the other. */
  #packed: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  #parts: Part[] = [];
  /** Earlier samples are refused: they are in the store. */
  #floor = Number.NEGATIVE_INFINITY;

  constructor(metrics: number) {
    this.#metrics = metrics;
    this.#all = everyMetric(metrics);
    this.#rows = new Float64Array((metrics + 1) * WAITING_ROWS);
  }

  /** Instants of the oldest and the newest sample, epoch ms; `NaN` without any. */
  get span(): { readonly from: number; readonly to: number } {
    let from = this.#waiting > 0 ? (this.#rows[0] as number) : Number.NaN;
    let to = this.#waiting > 0 ? (this.#rows[this.#waiting - 1] as number) : Number.NaN;
    for (const part of this.#parts) {
      if (!(part.from >= from)) from = part.from;
      if (!(part.to <= to)) to = part.to;
    }
    return { from, to };
  }

  get count(): number {
    return this.#parts.reduce((sum, { count }) => sum + count, this.#waiting);
  }

  /** Bytes of the packed parts. */
  get packedBytes(): number {
    return this.#packed.length;
  }

  /** Takes one value per metric at an instant (whole epoch ms), which may be earlier than others. */
  append(at: number, values: Float64Array): Appended {
    if (at < this.#floor) return 'too late';
    const last = this.#waiting > 0 ? (this.#rows[this.#waiting - 1] as number) : Number.NEGATIVE_INFINITY;
    if (at <= last || this.#parts.some(({ to }) => at <= to)) {
      if (this.#has(at)) return 'duplicate';
    }
    if (this.#waiting === WAITING_ROWS) this.#packWaiting();
    this.#insert(at > last ? this.#waiting : firstFrom(this.#rows, this.#waiting, at), at, values);
    return 'kept';
  }

  /** Samples in the range: epoch ms, `from` inclusive, `to` exclusive. Only of some metrics, in their order, where asked so. */
  read(from: number, to: number, metrics: readonly number[] = this.#all): SampleColumns {
    const waiting = this.#waitingColumns();
    const values = metrics.map((metric) => waiting.values[metric] as Float64Array);
    return joinSamples([...this.#open({ from, to, metrics }), { ...waiting, values }], from, to);
  }

  /** Lets go of what is before an instant: it is in the store. Later arrivals of that time are refused, if `isFinal`. */
  forget(before: number, isFinal: boolean): void {
    if (isFinal) this.#floor = Math.max(this.#floor, before);
    if (!(this.span.from < before)) return;
    const rest = this.read(before, Number.POSITIVE_INFINITY);
    this.#parts = [];
    this.#packed = new Uint8Array(0);
    this.#waiting = 0;
    this.#fill(rest);
  }

  #fill({ count, at, values }: SampleColumns): void {
    let next = 0;
    for (; count - next > WAITING_ROWS; ) {
      const rows = Math.min(count - next, SMALL_ROWS);
      this.#addPart(
        [at, ...values].map((column) => column.subarray(next, next + rows)),
        rows,
      );
      next += rows;
    }
    const row = new Float64Array(this.#metrics);
    for (; next < count; next += 1) {
      for (let metric = 0; metric < this.#metrics; metric += 1)
        row[metric] = (values[metric] as Float64Array)[next] as number;
      this.#insert(this.#waiting, at[next] as number, row);
    }
  }

  #insert(place: number, at: number, values: Float64Array): void {
    const rows = this.#rows;
    for (let column = 0; column <= this.#metrics; column += 1) {
      const begin = column * WAITING_ROWS;
      if (place < this.#waiting) rows.copyWithin(begin + place + 1, begin + place, begin + this.#waiting);
      // Adding 0 makes 0 of -0, as packing does.
      rows[begin + place] = column === 0 ? at : (values[column - 1] as number) + 0;
    }
    this.#waiting += 1;
  }

  #has(at: number): boolean {
    const { count, at: instants } = this.read(at, at + 1, []);
    return count > 0 && instants[0] === at;
  }

  #waitingColumns(): SampleColumns {
    const column = (index: number) => this.#rows.subarray(index * WAITING_ROWS, index * WAITING_ROWS + this.#waiting);
    return {
      count: this.#waiting,
      at: column(0),
      values: Array.from({ length: this.#metrics }, (_, metric) => column(metric + 1)),
    };
  }

  /** The parts that reach into a range. */
  #open({ from, to, metrics }: { from: number; to: number; metrics: readonly number[] }): SampleColumns[] {
    const opened: SampleColumns[] = [];
    let begin = 0;
    for (const part of this.#parts) {
      if (part.from < to && part.to >= from) {
        opened.push(openSamples(this.#packed.subarray(begin, begin + part.bytes), metrics));
      }
      begin += part.bytes;
    }
    return opened;
  }

  #packWaiting(): void {
    const { count, at, values } = this.#waitingColumns();
    this.#addPart([at, ...values], count);
    this.#waiting = 0;
    const small = this.#parts.slice(-MERGED_CHUNKS);
    if (small.length < MERGED_CHUNKS || small.some(({ count: rows }) => rows >= SMALL_ROWS)) return;
    this.#mergeLast(small);
  }

  #mergeLast(small: readonly Part[]): void {
    const bytes = small.reduce((sum, part) => sum + part.bytes, 0);
    const begin = this.#packed.length - bytes;
    let next = begin;
    const opened = small.map((part) => {
      next += part.bytes;
      return openSamples(this.#packed.subarray(next - part.bytes, next), this.#all);
    });
    const { count, at, values } = joinSamples(opened, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    this.#parts = this.#parts.slice(0, -small.length);
    this.#packed = this.#packed.subarray(0, begin);
    this.#addPart([at, ...values], count);
  }

  #addPart(columns: readonly Float64Array[], count: number): void {
    const chunk = packChunk(columns, count);
    const packed = new Uint8Array(this.#packed.length + chunk.length);
    packed.set(this.#packed);
    packed.set(chunk, this.#packed.length);
    this.#packed = packed;
    const [at] = columns as readonly [Float64Array];
    this.#parts.push({ from: at[0] as number, to: at[count - 1] as number, count, bytes: chunk.length });
  }
}

const every: number[][] = [];

/** `[0, 1, 2, …]`: one list for all heads. */
function everyMetric(metrics: number): readonly number[] {
  every[metrics] ??= Array.from({ length: metrics }, (_, metric) => metric);
  return every[metrics];
}
