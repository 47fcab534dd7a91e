import { ByteReader } from '../chunk/byte-reader.ts';
import { ByteWriter } from '../chunk/byte-writer.ts';
import { readColumn, writeColumn } from '../chunk/column.ts';

const columnWriter = new ByteWriter();

/** Writes a column as in a chunk, behind its length in bytes. */
export function writeBlockColumn(values: Float64Array, count: number, writer: ByteWriter): void {
  columnWriter.begin();
  writeColumn(values, count, columnWriter);
  const written = columnWriter.written();
  writer.count(written.length);
  writer.all(written);
}

/** Its bytes, to be read later or never. Throws `chunk_damaged`. */
export function sliceBlockColumn(reader: ByteReader): Uint8Array {
  return reader.all(reader.count());
}

/** Reads it again. Throws `chunk_damaged`. */
export function readBlockColumn(reader: ByteReader, count: number): Float64Array {
  return readSlicedColumn(sliceBlockColumn(reader), count);
}

export function readSlicedColumn(bytes: Uint8Array, count: number): Float64Array {
  return readColumn(new ByteReader(bytes), count);
}
