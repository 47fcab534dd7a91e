import { firstFrom, type SampleColumns } from '../head/sample-columns.ts';
import { HOURS, type Window, type Windows } from './windows.ts';

/**
 * A sample covers the time since the one before it, unless that is longer ago than `intervals` times the usual distance of samples in
 * that hour, but at least `leastMs`, at most `mostMs`: then there is a gap between them. The least is one and a half times the longest
 * distance at which idle workspaces are read by default (6 x 10 s), so that those are not full of gaps.
 */
export const LONGEST_COVER = Object.freeze({ intervals: 3, leastMs: 90_000, mostMs: 600_000 });

/** Which windows there is something of, and what: their samples, and the pieces of them that samples cover. */
export interface Cover {
  /** Where the windows begin, ascending. */
  readonly starts: readonly number[];
  /** Where the samples of each window end. */
  readonly sampleEnds: readonly number[];
  /** For each piece, ascending: the window it lies in, the sample that covers it, its length in ms. */
  readonly pieceRows: readonly number[];
  readonly pieceSamples: readonly number[];
  readonly piecesMs: readonly number[];
}

/** Only of windows in the range; the samples next to it cover parts of them. */
export function coverOf(samples: SampleColumns, range: Window, windows: Windows): Cover {
  const { at, count } = samples;
  const first = firstFrom(at, count, range.from);
  const end = firstFrom(at, count, range.to);
  const near = {
    from: Math.max(first - 1, firstFrom(at, count, range.from - LONGEST_COVER.mostMs)),
    to: Math.min(end + 1, firstFrom(at, count, range.to + LONGEST_COVER.mostMs)),
  };
  const rule = new CoverRule(at.subarray(0, count));
  const rows = new CoveredRows(windows);
  for (let sample = near.from; sample < near.to; sample += 1) {
    const instant = at[sample] as number;
    const before = sample > near.from ? (at[sample - 1] as number) : instant;
    const covered = { from: Math.max(before, range.from), to: Math.min(instant, range.to) };
    if (rule.isNear(before, instant)) rows.addPieces(sample, covered);
    else if (instant - before <= LONGEST_COVER.mostMs) {
      for (const piece of rule.pieces(before, instant)) {
        rows.addPieces(sample, { from: Math.max(piece.from, covered.from), to: Math.min(piece.to, covered.to) });
      }
    }
    if (sample >= first && sample < end) rows.addSample(instant, sample);
  }
  return rows;
}

/** Of each sample (epoch ms, ascending) the time since the one before that it covers, ms: 0 after a gap, and of the first one. */
export function coveredTimes(at: Float64Array): Float64Array {
  const rule = new CoverRule(at);
  const times = new Float64Array(at.length);
  for (let index = 1; index < at.length; index += 1) {
    const before = at[index - 1] as number;
    const instant = at[index] as number;
    if (rule.isNear(before, instant) || rule.isCovered(instant - before, HOURS.startOf(instant))) {
      times[index] = instant - before;
    }
  }
  return times;
}

/** What is a gap, by the hour: so an hour has the same ones by itself and in the middle of others. */
class CoverRule {
  readonly #at: Float64Array;
  #hour = Number.NaN;
  #longest = 0;

  constructor(at: Float64Array) {
    this.#at = at;
  }

  /** Most are: whatever is usual, there is no gap. */
  isNear(before: number, instant: number): boolean {
    return instant - before <= LONGEST_COVER.leastMs;
  }

  isCovered(distance: number, hour: number): boolean {
    return distance <= LONGEST_COVER.mostMs && distance <= this.#longestIn(hour);
  }

  /** The parts of the time between two samples that the later one covers, cut where hours begin. */
  *pieces(before: number, instant: number): Generator<Window> {
    for (let from = before; from < instant; ) {
      const to = Math.min(instant, HOURS.endOf(from));
      if (this.isCovered(instant - before, HOURS.startOf(from))) yield { from, to };
      from = to;
    }
  }

  #longestIn(hour: number): number {
    if (hour === this.#hour) return this.#longest;
    const at = this.#at;
    const first = firstFrom(at, at.length, hour - LONGEST_COVER.mostMs);
    const end = firstFrom(at, at.length, HOURS.endOf(hour) + LONGEST_COVER.mostMs);
    const distances = new Float64Array(Math.max(0, end - first - 1));
    for (let index = 0; index < distances.length; index += 1) {
      distances[index] = (at[first + index + 1] as number) - (at[first + index] as number);
    }
    distances.sort();
    const usual = distances[(distances.length - 1) >> 1] ?? 0;
    this.#hour = hour;
    this.#longest = Math.max(LONGEST_COVER.intervals * usual, LONGEST_COVER.leastMs);
    return this.#longest;
  }
}

class CoveredRows implements Cover {
  readonly starts: number[] = [];
  readonly sampleEnds: number[] = [];
  readonly pieceRows: number[] = [];
  readonly pieceSamples: number[] = [];
  readonly piecesMs: number[] = [];
  readonly #windows: Windows;
  #window: Window = { from: 0, to: 0 };

  constructor(windows: Windows) {
    this.#windows = windows;
  }

  addSample(at: number, sample: number): void {
    this.sampleEnds[this.#rowOf(at)] = sample + 1;
  }

  addPieces(sample: number, { from, to }: Window): void {
    for (let at = from; at < to; ) {
      this.pieceRows.push(this.#rowOf(at));
      const end = Math.min(this.#window.to, to);
      this.pieceSamples.push(sample);
      this.piecesMs.push(end - at);
      at = end;
    }
  }

  /** Instants come in order. */
  #rowOf(at: number): number {
    if (this.starts.length === 0 || at >= this.#window.to) {
      this.#window = { from: this.#windows.startOf(at), to: this.#windows.endOf(at) };
      this.starts.push(this.#window.from);
      this.sampleEnds.push(this.sampleEnds.at(-1) ?? 0);
    }
    return this.starts.length - 1;
  }
}
