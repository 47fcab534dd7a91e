import { STEPS_PER_UNIT } from '../../model/metric-catalogue.ts';
import { packChunk } from '../chunk/chunk.ts';
import { RowLog } from './row-log.ts';
import { joinSamples, openSamples, type SampleColumns } from './sample-columns.ts';

/** Rows that are packed together: fewer take more room for each, more are cut off later. */
const PART_ROWS = 120;

const FIRST_PHASES = PART_ROWS / 2;

/** Rows of many digits are packed sooner. */
const PART_BYTES = 3_072;

/** One packed part: where it lies in the bytes of the head, and what is in it. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly bytes: number;
}

/** The newest samples of one workspace, most of them packed. Readable at any time; what is older goes to the store. */
export class SeriesHead {
  readonly #all: readonly number[];
  /** The newest, which are packed when they are enough. */
  readonly #log: RowLog;
  /** Of the packed parts, one behind the other. */
  #packed: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  #parts: readonly Part[] = [];
  #heldFrom: number;
  /** Rows of the next part. */
  #partRows: number;

  /**
   * `heldFrom`: see there. `phase`: any whole number. Heads that begin together and have different ones do not pack together, which
   * would be a long turn of the event loop: their first parts are of different lengths.
   */
  constructor(metrics: number, heldFrom = Number.NEGATIVE_INFINITY, phase = 0) {
    const shape = shapeOf(metrics);
    this.#partRows = PART_ROWS - (phase % FIRST_PHASES);
    this.#all = shape.all;
    this.#log = new RowLog(shape.stepsPerUnit);
    this.#heldFrom = heldFrom;
  }

  /** From this instant on it holds every sample there is; of the time before maybe some (epoch ms). */
  get heldFrom(): number {
    return this.#heldFrom;
  }

  /** Instants of the oldest and the newest sample, epoch ms; `NaN` without any. */
  get span(): { readonly from: number; readonly to: number } {
    let { from, to } = this.#log;
    for (const part of this.#parts) {
      if (!(part.from >= from)) from = part.from;
      if (!(part.to <= to)) to = part.to;
    }
    return { from, to };
  }

  get count(): number {
    return this.#parts.reduce((sum, { count }) => sum + count, this.#log.count);
  }

  /** Bytes of all samples. */
  get bytes(): number {
    return this.#packed.length + this.#log.bytes;
  }

  /**
   * Takes one value per metric at an instant (whole epoch ms), which may be earlier than others. Gives whether it was taken: not when
   * that instant is there already.
   */
  append(at: number, values: Float64Array): boolean {
    if ((at <= this.#log.to || this.#parts.some(({ to }) => at <= to)) && this.#has(at)) return false;
    if (this.#log.count >= this.#partRows || this.#log.bytes >= PART_BYTES) this.#pack();
    this.#log.add(at, values);
    return true;
  }

  /** Samples in the range: epoch ms, `from` inclusive, `to` exclusive. Only of some metrics, in their order, where asked so. */
  read(from: number, to: number, metrics: readonly number[] = this.#all): SampleColumns {
    const opened: SampleColumns[] = [];
    let begin = 0;
    for (const part of this.#parts) {
      if (part.from < to && part.to >= from) {
        opened.push(openSamples(this.#packed.subarray(begin, begin + part.bytes), metrics));
      }
      begin += part.bytes;
    }
    return joinSamples([...opened, this.#log.read(metrics)], from, to);
  }

  /**
   * Lets go of the parts that end before an instant. The part it falls into stays as it is: to pack its rest anew would cost more
   * than the room it takes. Gives whether there was any.
   */
  forget(before: number): boolean {
    const isLogOver = this.#log.to < before;
    if (!isLogOver && this.#parts.every(({ to }) => to >= before)) return false;
    if (isLogOver) this.#log.clear();
    this.#dropParts(before);
    this.#heldFrom = Math.max(this.#heldFrom, before);
    return true;
  }

  #dropParts(before: number): void {
    const kept = this.#parts.filter(({ to }) => to >= before);
    const packed = new Uint8Array(kept.reduce((sum, { bytes }) => sum + bytes, 0));
    let begin = 0;
    let next = 0;
    for (const { to, bytes } of this.#parts) {
      if (to >= before) {
        packed.set(this.#packed.subarray(begin, begin + bytes), next);
        next += bytes;
      }
      begin += bytes;
    }
    this.#parts = kept;
    this.#packed = packed;
  }

  #has(at: number): boolean {
    const { count, at: instants } = this.read(at, at + 1, []);
    return count > 0 && instants[0] === at;
  }

  #pack(): void {
    const { count, at, values } = this.#log.read(this.#all);
    const chunk = packChunk([at, ...values], count);
    const packed = new Uint8Array(this.#packed.length + chunk.length);
    packed.set(this.#packed);
    packed.set(chunk, this.#packed.length);
    this.#packed = packed;
    this.#parts = [...this.#parts, { from: this.#log.from, to: this.#log.to, count, bytes: chunk.length }];
    this.#log.clear();
    this.#partRows = PART_ROWS;
  }
}

interface Shape {
  /** `[0, 1, 2, …]` */
  readonly all: readonly number[];
  readonly stepsPerUnit: readonly number[];
}

const shapes: Shape[] = [];

/** Lists that all heads of so many metrics share. */
function shapeOf(metrics: number): Shape {
  shapes[metrics] ??= {
    all: Array.from({ length: metrics }, (_, metric) => metric),
    stepsPerUnit: Array.from({ length: metrics }, (_, metric) => STEPS_PER_UNIT[metric] ?? 1),
  };
  return shapes[metrics];
}
