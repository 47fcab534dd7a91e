import { ByteReader, damaged } from '../chunk/byte-reader.ts';
import { ByteWriter } from '../chunk/byte-writer.ts';
import { MOST_COLUMNS, MOST_SAMPLES } from '../chunk/chunk.ts';
import { readSealed, seal } from '../chunk/sealed-bytes.ts';
import { readBlockColumn, writeBlockColumn } from './block-column.ts';
import { readMetric, type Shared, writeMetric } from './metric-part.ts';
import type { RollupColumn, RollupRows } from './rollup.ts';

/** Version of the format (docs/reference/rollup-format.md): the first byte of every block of rollups. */
export const ROLLUP_VERSION = 1;

const writer = new ByteWriter();
const partWriter = new ByteWriter();

/** Rollups of several windows, of which any metric can be read alone. */
export interface RollupBlock {
  /** Where each window begins, epoch ms. */
  readonly starts: Float64Array;
  readonly metrics: number;
  /** Throws `chunk_damaged`. */
  metric(index: number): RollupColumn;
}

/** Packs rollups. Throws RangeError for more than 65,536 windows, 256 metrics, or 700,000 bins of a metric. */
export function packRollups({ starts, metrics }: RollupRows): Uint8Array {
  if (starts.length > MOST_SAMPLES || metrics.length > MOST_COLUMNS) {
    throw new RangeError(`a block takes ${MOST_COLUMNS} metrics of ${MOST_SAMPLES} windows at most`);
  }
  const shared = {
    count: highestOf(
      metrics.map(({ count }) => count),
      starts.length,
    ),
    observedMs: highestOf(
      metrics.map(({ observedMs }) => observedMs),
      starts.length,
    ),
  };
  writer.begin();
  writer.byte(ROLLUP_VERSION);
  writer.count(starts.length);
  for (const column of [starts, shared.count, shared.observedMs]) writeBlockColumn(column, starts.length, writer);
  writer.count(metrics.length);
  for (const metric of metrics) {
    partWriter.begin();
    writeMetric(metric, shared, partWriter);
    writer.count(partWriter.written().length);
    writer.all(partWriter.written());
  }
  return seal(writer);
}

/** Opens a block. Throws `chunk_damaged` when a byte of it is not as it was written, `store_newer` for a later format. */
export function openRollups(bytes: Uint8Array): RollupBlock {
  const reader = readSealed(bytes, ROLLUP_VERSION);
  const rows = within(reader.count(), MOST_SAMPLES);
  const [starts, count, observedMs] = [1, 2, 3].map(() => readBlockColumn(reader, rows)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const shared: Shared = { count, observedMs };
  const parts = Array.from({ length: within(reader.count(), MOST_COLUMNS) }, () => reader.all(reader.count()));
  return {
    starts,
    metrics: parts.length,
    metric(index) {
      const part = parts[index];
      if (part === undefined) throw new RangeError(`there is no metric ${index} in a block of ${parts.length}`);
      return readMetric(new ByteReader(part), shared);
    },
  };
}

/** Most metrics have a value in every sample: what these have in common is written once. */
function highestOf(columns: readonly Float64Array[], length: number): Float64Array {
  return Float64Array.from({ length }, (_, row) =>
    columns.reduce((highest, column) => Math.max(highest, column[row] as number), 0),
  );
}

function within(value: number, most: number): number {
  if (value > most) throw damaged(`${value} is more than the ${most} that can be in one`);
  return value;
}
