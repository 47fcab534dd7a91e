import { damaged } from './byte-reader.ts';
import type { IntegerDecoder } from './integer-decoder.ts';
import type { IntegerEncoder } from './integer-encoder.ts';

/** Writes where values are missing: the lengths of runs, in turn of values that are there (maybe none) and of gaps. */
export function writeGaps(values: Float64Array, count: number, encoder: IntegerEncoder): void {
  const run = new Float64Array(1);
  let isGap = false;
  let from = 0;
  for (let index = 0; index <= count; index += 1) {
    if (index < count && Number.isNaN(values[index]) === isGap) continue;
    run[0] = index - from;
    encoder.write(run, 1);
    from = index;
    isGap = !isGap;
  }
}

/** For each place 1 where a value is, 0 where none is. Throws `chunk_damaged`. */
export function readGaps(count: number, decoder: IntegerDecoder): Uint8Array {
  const isHeld = new Uint8Array(count);
  const run = new Float64Array(1);
  let isGap = false;
  for (let from = 0; from < count; isGap = !isGap) {
    decoder.read(run);
    const length = run[0] as number;
    // Only the first run may be empty: others would never come to an end.
    if (length < 0 || from + length > count || (length === 0 && (isGap || from > 0))) {
      throw damaged('its gaps do not fit into it');
    }
    if (!isGap) isHeld.fill(1, from, from + length);
    from += length;
  }
  return isHeld;
}
