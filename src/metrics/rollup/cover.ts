import { firstFrom, type SampleColumns } from '../head/sample-columns.ts';
import { type Window, type Windows, windowsOver } from './windows.ts';

/**
 * A sample covers the time since the one before it, unless that is longer ago than `intervals` times the usual distance of samples, but
 * at least `leastMs`, at most `mostMs`: then there is a gap between them. The least is one and a half times the longest distance
 * at which idle workspaces are read by default (6 x 10 s), so that those are not full of gaps.
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
  const longest = longestCover(at.subarray(near.from, near.to));
  const rows = new CoveredRows();
  for (let sample = near.from; sample < near.to; sample += 1) {
    const instant = at[sample] as number;
    const before = sample > near.from ? (at[sample - 1] as number) : instant;
    if (before < instant && instant - before <= longest) {
      const covered = { from: Math.max(before, range.from), to: Math.min(instant, range.to) };
      for (const { from, to } of windowsOver(windows, covered)) {
        rows.addPiece(from, sample, Math.min(to, covered.to) - Math.max(from, covered.from));
      }
    }
    if (sample >= first && sample < end) rows.addSample(windows.startOf(instant), sample);
  }
  return rows;
}

class CoveredRows implements Cover {
  readonly starts: number[] = [];
  readonly sampleEnds: number[] = [];
  readonly pieceRows: number[] = [];
  readonly pieceSamples: number[] = [];
  readonly piecesMs: number[] = [];

  addSample(start: number, sample: number): void {
    this.sampleEnds[this.#rowOf(start)] = sample + 1;
  }

  addPiece(start: number, sample: number, ms: number): void {
    this.pieceRows.push(this.#rowOf(start));
    this.pieceSamples.push(sample);
    this.piecesMs.push(ms);
  }

  #rowOf(start: number): number {
    if (this.starts.at(-1) !== start) {
      this.starts.push(start);
      this.sampleEnds.push(this.sampleEnds.at(-1) ?? 0);
    }
    return this.starts.length - 1;
  }
}

function longestCover(at: Float64Array): number {
  const distances = new Float64Array(Math.max(0, at.length - 1));
  for (let index = 0; index < distances.length; index += 1) {
    distances[index] = (at[index + 1] as number) - (at[index] as number);
  }
  distances.sort();
  const usual = distances[(distances.length - 1) >> 1] ?? 0;
  return Math.min(Math.max(LONGEST_COVER.intervals * usual, LONGEST_COVER.leastMs), LONGEST_COVER.mostMs);
}
