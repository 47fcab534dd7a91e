import { firstFrom, type SampleColumns } from '../head/sample-columns.ts';
import { coverOf } from './cover.ts';
import { QuantileSketch } from './quantile-sketch.ts';
import { RollupAccumulator, type RollupColumn, type RollupRows } from './rollup.ts';
import { RollupColumnBuilder } from './rollup-column-builder.ts';
import type { Window, Windows } from './windows.ts';

/** Metrics are rolled up one after the other: it serves them all. */
const sketch = new QuantileSketch();

export interface RollUpParts {
  readonly windows: Windows;
  /** What is rolled up, whole windows: epoch ms, from inclusive, to exclusive. */
  readonly range: Window;
  /** For each metric: its values are multiples of 1 / this. */
  readonly stepsPerUnit: readonly number[];
}

/**
 * Rolls up the samples in a range. Those up to `LONGEST_COVER.mostMs` (cover.ts) before and after it are to be given as well: the time
 * between the last sample before and the first one in it is observed by the latter, and likewise at the end.
 */
export function rollUpSamples(samples: SampleColumns, { windows, range, stepsPerUnit }: RollUpParts): RollupRows {
  const cover = coverOf(samples, range, windows);
  const first = firstFrom(samples.at, samples.count, range.from);
  const metrics = samples.values.map((values, metric) => {
    const accumulator = new RollupAccumulator(stepsPerUnit[metric] ?? 1, sketch);
    const builder = new RollupColumnBuilder(cover.starts.length, accumulator.stepsPerUnit);
    let sample = first;
    let piece = 0;
    for (let row = 0; row < cover.starts.length; row += 1) {
      accumulator.clear();
      const end = cover.sampleEnds[row] as number;
      if (end > sample) accumulator.addSamples(values, sample, end);
      sample = Math.max(sample, end);
      for (; cover.pieceRows[piece] === row; piece += 1) {
        const isKnown = Number.isFinite(values[cover.pieceSamples[piece] as number]);
        if (isKnown) accumulator.observedMs += cover.piecesMs[piece] as number;
      }
      builder.push(accumulator);
    }
    return builder.finish();
  });
  return { starts: Float64Array.from(cover.starts), metrics };
}

/** Rolls up rollups over wider windows, of which each consists of whole ones of the rows. */
export function rollUpRows({ starts, metrics }: RollupRows, windows: Windows): RollupRows {
  const wider: number[] = [];
  const ends: number[] = [];
  for (let row = 0; row < starts.length; row += 1) {
    const start = windows.startOf(starts[row] as number);
    if (wider.at(-1) !== start) {
      wider.push(start);
      ends.push(row);
    }
    ends[ends.length - 1] = row + 1;
  }
  return { starts: Float64Array.from(wider), metrics: metrics.map((column) => rollUpColumn(column, ends)) };
}

function rollUpColumn(column: RollupColumn, ends: readonly number[]): RollupColumn {
  const accumulator = new RollupAccumulator(column.stepsPerUnit, sketch);
  const builder = new RollupColumnBuilder(ends.length, column.stepsPerUnit);
  let row = 0;
  for (const end of ends) {
    accumulator.clear();
    for (; row < end; row += 1) accumulator.addRow(column, row);
    builder.push(accumulator);
  }
  return builder.finish();
}
