import { ByteReader, damaged } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readColumn, writeColumn } from './column.ts';
import { readSealed, seal } from './sealed-bytes.ts';

/** Version of the format (docs/reference/chunk-format.md): the first byte of every chunk. */
export const CHUNK_VERSION = 1;

/** Samples and columns of one chunk at most: what is damaged must not ask for more memory than there is. */
export const MOST_SAMPLES = 65_536;
export const MOST_COLUMNS = 256;

const writer = new ByteWriter();
const columnWriter = new ByteWriter();

/** Samples of several figures that were taken together: columns of one length, of which any can be read alone. */
export interface Chunk {
  readonly count: number;
  readonly columns: number;
  /** Gives one column; `NaN` where there is no value. Throws `chunk_damaged`. */
  column(index: number): Float64Array;
}

/**
 * Packs the first `count` values of each column; `NaN` is a gap. Every value is kept exactly, but -0, which becomes 0.
 * Throws RangeError for more than 65,536 samples or 256 columns, or a column that is shorter.
 */
export function packChunk(columns: readonly Float64Array[], count: number): Uint8Array {
  if (count > MOST_SAMPLES || columns.length > MOST_COLUMNS || columns.some(({ length }) => length < count)) {
    throw new RangeError(`a chunk takes ${MOST_COLUMNS} columns of ${MOST_SAMPLES} values at most, all of one length`);
  }
  writer.begin();
  writer.byte(CHUNK_VERSION);
  writer.count(count);
  writer.count(columns.length);
  for (const values of columns) {
    columnWriter.begin();
    writeColumn(values, count, columnWriter);
    const written = columnWriter.written();
    writer.count(written.length);
    writer.all(written);
  }
  return seal(writer);
}

/** Opens a chunk. Throws `chunk_damaged` when a byte of it is not as it was written, `store_newer` for a later format. */
export function openChunk(bytes: Uint8Array): Chunk {
  const reader = readSealed(bytes, CHUNK_VERSION);
  const count = within(reader.count(), MOST_SAMPLES);
  const parts = Array.from({ length: within(reader.count(), MOST_COLUMNS) }, () => reader.all(reader.count()));
  return {
    count,
    columns: parts.length,
    column(index) {
      const part = parts[index];
      if (part === undefined) throw new RangeError(`there is no column ${index} in a chunk of ${parts.length}`);
      return readColumn(new ByteReader(part), count);
    },
  };
}

function within(value: number, most: number): number {
  if (value > most) throw damaged(`${value} is more than the ${most} that can be in one`);
  return value;
}
