import { ByteReader, damaged } from '../chunk/byte-reader.ts';
import { readBlockColumn, readSlicedColumn, sliceBlockColumn } from './block-column.ts';
import { COLUMN, endsOf, FIGURE_COLUMNS, subtract } from './metric-part.ts';
import { countFilled, lastSteps, type StepRanges, sumSteps } from './metric-steps.ts';
import type { RollupColumn, Sketches } from './rollup.ts';
import { fromStreams, MOST_BINS } from './sketch-streams.ts';

/** Of each window the highest count and the longest observed time of all metrics, read when they are asked for. */
export class StoredShared {
  readonly rows: number;
  readonly #bytes: { readonly count: Uint8Array; readonly observedMs: Uint8Array };
  #count: Float64Array | undefined;
  #observedMs: Float64Array | undefined;

  constructor(rows: number, count: Uint8Array, observedMs: Uint8Array) {
    this.rows = rows;
    this.#bytes = { count, observedMs };
  }

  get count(): Float64Array {
    this.#count ??= checkedCounts(readSlicedColumn(this.#bytes.count, this.rows));
    return this.#count;
  }

  get observedMs(): Float64Array {
    this.#observedMs ??= readSlicedColumn(this.#bytes.observedMs, this.rows);
    return this.#observedMs;
  }
}

/** The part of a metric in a block. A figure is read when it is first asked for, then kept. Throws `chunk_damaged`, also then. */
export class StoredColumn implements RollupColumn {
  readonly stepsPerUnit: number;
  readonly #shared: StoredShared;
  readonly #isEmpty: boolean;
  readonly #mask: number;
  /** By place; `null` where all is 0. */
  readonly #columns: readonly (Uint8Array | null)[];
  readonly #sketchBytes: Uint8Array;
  #ranges: StepRanges | undefined;
  #varied = 0;
  #count: Float64Array | undefined;
  #observedMs: Float64Array | undefined;
  #min: Float64Array | undefined;
  #max: Float64Array | undefined;
  #last: Float64Array | undefined;
  #sum: Float64Array | undefined;
  #sketches: Sketches | undefined;

  constructor(part: Uint8Array, shared: StoredShared) {
    const reader = new ByteReader(part);
    this.#shared = shared;
    this.#isEmpty = reader.left === 0;
    this.stepsPerUnit = this.#isEmpty ? 1 : reader.count();
    if (this.stepsPerUnit === 0) throw damaged('its steps are none');
    this.#mask = this.#isEmpty ? 0 : reader.byte();
    this.#columns = FIGURE_COLUMNS.map((place) => (this.#has(place) ? sliceBlockColumn(reader) : null));
    this.#sketchBytes = reader.rest();
  }

  get count(): Float64Array {
    if (this.#count !== undefined) return this.#count;
    if (this.#isEmpty) this.#count = new Float64Array(this.#shared.rows);
    else {
      const lacking = this.#read(COLUMN.count, this.#shared.rows);
      this.#count = lacking === null ? this.#shared.count : checkedCounts(subtract(this.#shared.count, lacking));
    }
    return this.#count;
  }

  get observedMs(): Float64Array {
    if (this.#observedMs !== undefined) return this.#observedMs;
    if (this.#isEmpty) this.#observedMs = new Float64Array(this.#shared.rows);
    else {
      const lacking = this.#read(COLUMN.observedMs, this.#shared.rows);
      this.#observedMs = lacking === null ? this.#shared.observedMs : subtract(this.#shared.observedMs, lacking);
    }
    return this.#observedMs;
  }

  get min(): Float64Array {
    this.#min ??= this.#spread(this.#stepRanges().min, Number.NaN);
    return this.#min;
  }

  get max(): Float64Array {
    if (this.#max !== undefined) return this.#max;
    const { min, range } = this.#stepRanges();
    const high = new Float64Array(min.length);
    for (let index = 0; index < min.length; index += 1) high[index] = (min[index] as number) + (range[index] as number);
    this.#max = this.#spread(high, Number.NaN);
    return this.#max;
  }

  get last(): Float64Array {
    if (this.#last !== undefined) return this.#last;
    const ranges = this.#stepRanges();
    this.#last = this.#spread(lastSteps(ranges, this.#read(COLUMN.last, this.#varied)), Number.NaN);
    return this.#last;
  }

  get sum(): Float64Array {
    if (this.#sum !== undefined) return this.#sum;
    const ranges = this.#stepRanges();
    this.#sum = this.#spread(sumSteps(ranges, this.#read(COLUMN.sum, this.#varied)), 0);
    return this.#sum;
  }

  sketches(): Sketches {
    if (this.#sketches !== undefined) return this.#sketches;
    const reader = new ByteReader(this.#sketchBytes);
    const weights = this.#has(COLUMN.weights) ? readNumbers(reader) : null;
    const gaps = this.#has(COLUMN.gaps) ? readNumbers(reader) : null;
    this.#sketches = fromStreams({ weights, gaps }, endsOf(this));
    return this.#sketches;
  }

  #has(place: number): boolean {
    return (this.#mask & (1 << place)) !== 0;
  }

  #read(place: number, count: number): Float64Array | null {
    const bytes = this.#columns[place] ?? null;
    return bytes === null ? null : readSlicedColumn(bytes, count);
  }

  #stepRanges(): StepRanges {
    if (this.#ranges !== undefined) return this.#ranges;
    const filled = countFilled(this.count);
    const min = this.#read(COLUMN.min, filled) ?? new Float64Array(filled);
    const range = this.#read(COLUMN.range, filled) ?? new Float64Array(filled);
    for (let index = 0; index < filled; index += 1) {
      if (!((range[index] as number) >= 0)) throw damaged('a highest value in it is below the lowest');
    }
    this.#varied = countFilled(range);
    this.#ranges = { count: filled === this.count.length ? this.count : this.count.filter(Boolean), min, range };
    return this.#ranges;
  }

  /** To the windows that have a value, in units of the metric. */
  #spread(steps: Float64Array, without: number): Float64Array {
    const { count, stepsPerUnit } = this;
    const isWhole = steps.length === count.length;
    if (isWhole && stepsPerUnit === 1) return steps;
    const values = new Float64Array(count.length);
    let index = 0;
    for (let row = 0; row < count.length; row += 1) {
      if (!isWhole && count[row] === 0) values[row] = without;
      else {
        values[row] = (steps[index] as number) / stepsPerUnit;
        index += 1;
      }
    }
    return values;
  }
}

function readNumbers(reader: ByteReader): Float64Array {
  const length = reader.count();
  if (length > MOST_BINS) throw damaged(`it has ${length} bins`);
  return readBlockColumn(reader, length);
}

function checkedCounts(counts: Float64Array): Float64Array {
  for (let row = 0; row < counts.length; row += 1) {
    const count = counts[row] as number;
    if (!(count >= 0 && count % 1 === 0)) throw damaged('it counts what cannot be');
  }
  return counts;
}
