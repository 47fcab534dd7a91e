import { ByteReader, damaged } from '../chunk/byte-reader.ts';
import type { ByteWriter } from '../chunk/byte-writer.ts';
import { readBlockColumn, writeBlockColumn } from './block-column.ts';
import { stepsFrom, stepsOf, surplusOf, valuesOf } from './metric-steps.ts';
import type { RollupColumn, Sketches } from './rollup.ts';
import { binOf } from './sketch-bins.ts';
import { fromStreams, MOST_BINS, type SketchEnds, toStreams } from './sketch-streams.ts';

/** Of each window the highest count and the longest observed time of all metrics. */
export interface Shared {
  readonly count: Float64Array;
  readonly observedMs: Float64Array;
}

/** Places of the columns of a part. One that holds nothing but zeros is left out. */
const COUNT = 0;
const OBSERVED = 1;
const MIN = 2;
const RANGE = 3;
const LAST = 4;
const SUM = 5;
const WEIGHTS = 6;
const GAPS = 7;

/**
 * Writes the rollups of a metric: nothing when it has no value in any window; else the steps in 1, which columns follow, and these. They
 * hold, in steps: what count and observed time lack of the highest; `min`; `max - min`; of windows in which these differ `last - min`, and
 * what the sum has more than is expected. Windows without a value are left out of all but the first two.
 */
export function writeMetric(column: RollupColumn, shared: Shared, writer: ByteWriter): void {
  const { stepsPerUnit, count, observedMs } = column;
  if (isZero(count) && isZero(observedMs)) return;
  const steps = stepsOf(column);
  const surplus = surplusOf(steps);
  const { weights, gaps } = toStreams(column.sketches(), endsOf(column));
  const columns = [
    shared.count.map((highest, row) => highest - (count[row] as number)),
    shared.observedMs.map((longest, row) => longest - (observedMs[row] as number)),
    steps.min,
    steps.range,
    surplus.last,
    surplus.sum,
    weights,
    gaps,
  ];
  writer.count(stepsPerUnit);
  writer.byte(columns.reduce((mask, values, place) => (isZero(values) ? mask : mask | (1 << place)), 0));
  columns.forEach((values, place) => {
    if (isZero(values)) return;
    if (place === WEIGHTS || place === GAPS) writer.count(values.length);
    writeBlockColumn(values, values.length, writer);
  });
}

/** Reads them again. Throws `chunk_damaged`. */
export function readMetric(reader: ByteReader, shared: Shared): RollupColumn {
  const rows = shared.count.length;
  const isEmpty = reader.left === 0;
  const stepsPerUnit = isEmpty ? 1 : reader.count();
  const mask = isEmpty ? 0 : reader.byte();
  const take = (place: number, length: number) =>
    (mask & (1 << place)) === 0 ? new Float64Array(length) : readBlockColumn(reader, length);
  const count = isEmpty ? new Float64Array(rows) : subtract(shared.count, take(COUNT, rows));
  const observedMs = isEmpty ? new Float64Array(rows) : subtract(shared.observedMs, take(OBSERVED, rows));
  if (stepsPerUnit === 0 || !count.every((samples) => samples >= 0 && samples % 1 === 0)) {
    throw damaged('it counts what cannot be');
  }
  const filled = count.filter((samples) => samples !== 0);
  const ranges = { count: filled, min: take(MIN, filled.length), range: take(RANGE, filled.length) };
  const varied = ranges.range.reduce((sum, range) => (range === 0 ? sum : sum + 1), 0);
  const steps = stepsFrom(ranges, { last: take(LAST, varied), sum: take(SUM, varied) });
  const column = { stepsPerUnit, count, observedMs, ...valuesOf(steps, count, stepsPerUnit) };
  const rest = reader.rest();
  let sketches: Sketches | undefined;
  return {
    ...column,
    sketches() {
      sketches ??= readSketches(new ByteReader(rest), mask, endsOf(column));
      return sketches;
    },
  };
}

function readSketches(reader: ByteReader, mask: number, ends: SketchEnds): Sketches {
  const take = (place: number) => {
    if ((mask & (1 << place)) === 0) return null;
    const length = reader.count();
    if (length > MOST_BINS) throw damaged(`it has ${length} bins`);
    return readBlockColumn(reader, length);
  };
  return fromStreams({ weights: take(WEIGHTS), gaps: take(GAPS) }, ends);
}

function endsOf({ count, min, max }: Pick<RollupColumn, 'count' | 'min' | 'max'>): SketchEnds {
  return { counts: count, lowest: Uint16Array.from(min, binOf), highest: Uint16Array.from(max, binOf) };
}

function subtract(highest: Float64Array, lacking: Float64Array): Float64Array {
  return highest.map((value, row) => value - (lacking[row] as number));
}

function isZero(values: Float64Array): boolean {
  return values.every((value) => value === 0);
}
