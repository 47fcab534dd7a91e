import { damaged } from '../chunk/byte-reader.ts';
import { ByteWriter } from '../chunk/byte-writer.ts';
import { MOST_COLUMNS, MOST_SAMPLES } from '../chunk/chunk.ts';
import { readSealed, seal } from '../chunk/sealed-bytes.ts';
import { readBlockColumn, sliceBlockColumn, writeBlockColumn } from './block-column.ts';
import { writeMetric } from './metric-part.ts';
import type { RollupColumn, RollupRows } from './rollup.ts';
import { StoredColumn, StoredShared } from './stored-column.ts';

/** Version of the format (docs/reference/rollup-format.md): the first byte of every block of rollups. */
export const ROLLUP_VERSION = 1;

const writer = new ByteWriter();
const partWriter = new ByteWriter();

/** Rollups of several windows, of which any metric can be read alone. */
export interface RollupBlock {
  /** Where each window begins, epoch ms. */
  readonly starts: Float64Array;
  readonly metrics: number;
  /** The same one each time. A figure of it is read when it is first asked for, which throws `chunk_damaged`. */
  metric(index: number): RollupColumn;
}

/** Packs rollups. Throws RangeError for more than 65,536 windows, 256 metrics, or 700,000 bins of a metric. */
export function packRollups({ starts, metrics }: RollupRows): Uint8Array {
  if (starts.length > MOST_SAMPLES || metrics.length > MOST_COLUMNS) {
    throw new RangeError(`a block takes ${MOST_COLUMNS} metrics of ${MOST_SAMPLES} windows at most`);
  }
  const shared = {
    count: highestOf(metrics, 'count', starts.length),
    observedMs: highestOf(metrics, 'observedMs', starts.length),
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
  const starts = readBlockColumn(reader, rows);
  const shared = new StoredShared(rows, sliceBlockColumn(reader), sliceBlockColumn(reader));
  const parts = Array.from({ length: within(reader.count(), MOST_COLUMNS) }, () => reader.all(reader.count()));
  const columns: StoredColumn[] = [];
  return {
    starts,
    metrics: parts.length,
    metric(index) {
      const part = parts[index];
      if (part === undefined) throw new RangeError(`there is no metric ${index} in a block of ${parts.length}`);
      columns[index] ??= new StoredColumn(part, shared);
      return columns[index];
    },
  };
}

/** Most metrics have a value in every sample: what these have in common is written once. */
function highestOf(metrics: readonly RollupColumn[], figure: 'count' | 'observedMs', length: number): Float64Array {
  const highest = new Float64Array(length);
  for (const metric of metrics) {
    const values = metric[figure];
    for (let row = 0; row < length; row += 1) {
      if ((values[row] as number) > (highest[row] as number)) highest[row] = values[row] as number;
    }
  }
  return highest;
}

function within(value: number, most: number): number {
  if (value > most) throw damaged(`${value} is more than the ${most} that can be in one`);
  return value;
}
