import { crc32 } from 'node:zlib';
import { TidewatchError } from '../../model/errors.ts';
import { ByteReader, damaged } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

const CHECKSUM_BYTES = 4;

/** What was written, with a checksum behind it. Its first byte is the version of its format. */
export function seal(writer: ByteWriter): Uint8Array {
  writer.word(crc32(writer.written()));
  return writer.written().slice();
}

/**
 * Reads behind the version what {@link seal} gave. Throws `chunk_damaged` when a byte is not as it was written, `store_newer`
 * for a later version than the one given.
 */
export function readSealed(bytes: Uint8Array, newest: number): ByteReader {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < 1) throw damaged(`${bytes.length} bytes are none`);
  const packed = bytes.subarray(0, end);
  const checksum = new DataView(bytes.buffer, bytes.byteOffset + end).getUint32(0, true);
  if (crc32(packed) !== checksum) throw damaged('its checksum is another one');
  const reader = new ByteReader(packed);
  const version = reader.byte();
  if (version > newest) {
    throw new TidewatchError('store_newer', `a chunk of stored figures has format ${version}, which is not known here`);
  }
  return reader;
}
