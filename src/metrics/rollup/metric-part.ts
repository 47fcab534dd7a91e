import type { ByteWriter } from '../chunk/byte-writer.ts';
import { writeBlockColumn } from './block-column.ts';
import { stepsOf, surplusOf } from './metric-steps.ts';
import type { RollupColumn } from './rollup.ts';
import { binOf } from './sketch-bins.ts';
import { type SketchEnds, toStreams } from './sketch-streams.ts';

/** Of each window the highest count and the longest observed time of all metrics. */
export interface Shared {
  readonly count: Float64Array;
  readonly observedMs: Float64Array;
}

/** Places of the columns of a part. One that holds nothing but zeros is left out. */
export const COLUMN = { count: 0, observedMs: 1, min: 2, range: 3, last: 4, sum: 5, weights: 6, gaps: 7 } as const;
/** Those before the sketches, in their order. */
export const FIGURE_COLUMNS = [0, 1, 2, 3, 4, 5] as const;

/**
 * Writes the rollups of a metric: nothing when it has no value in any window; else the steps in 1, which columns follow, and these. They
 * hold, in steps: what count and observed time lack of the highest; `min`; `max - min`; of windows in which these differ `last - min`, and
 * what the sum has more than is expected. Windows without a value are left out of all but the first two.
 */
export function writeMetric(column: RollupColumn, shared: Shared, writer: ByteWriter): void {
  const { stepsPerUnit, count, observedMs } = column;
  if (isZero(count) && isZero(observedMs)) return;
  const { min, range, ...others } = stepsOf(column);
  const { last, sum } = surplusOf({ min, range, ...others });
  const { weights, gaps } = toStreams(column.sketches(), endsOf(column));
  const lacking = [subtract(shared.count, count), subtract(shared.observedMs, observedMs)];
  const columns = [...lacking, min, range, last, sum, weights, gaps];
  writer.count(stepsPerUnit);
  writer.byte(columns.reduce((mask, values, place) => (isZero(values) ? mask : mask | (1 << place)), 0));
  for (const [place, values] of columns.entries()) {
    if (isZero(values)) continue;
    if (place >= COLUMN.weights) writer.count(values.length);
    writeBlockColumn(values, values.length, writer);
  }
}

/** What sketches begin and end with, by the figures of their windows. */
export function endsOf({ count, min, max }: Pick<RollupColumn, 'count' | 'min' | 'max'>): SketchEnds {
  return { counts: count, lowest: binsOf(min), highest: binsOf(max) };
}

function binsOf(values: Float64Array): Uint16Array {
  const bins = new Uint16Array(values.length);
  for (let row = 0; row < values.length; row += 1) bins[row] = binOf(values[row] as number);
  return bins;
}

/** What each row lacks of the highest. */
export function subtract(highest: Float64Array, values: Float64Array): Float64Array {
  const lacking = new Float64Array(highest.length);
  for (let row = 0; row < lacking.length; row += 1) lacking[row] = (highest[row] as number) - (values[row] as number);
  return lacking;
}

function isZero(values: Float64Array): boolean {
  for (let index = 0; index < values.length; index += 1) if (values[index] !== 0) return false;
  return true;
}
