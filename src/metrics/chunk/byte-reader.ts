import { TidewatchError } from '../../model/errors.ts';

/** Seven bits each of a number of at most 53 bits. */
const LONGEST_COUNT = 8;

/** Reads what a `ByteWriter` wrote. Throws `chunk_damaged` where the bytes end too soon. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes[this.#step(1)] as number;
  }

  count(): number {
    let value = 0;
    for (let place = 0; place < LONGEST_COUNT; place += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * place);
      if (byte < 0x80) return value;
    }
    throw damaged('a number in it has no end');
  }

  double(): number {
    const at = this.#step(8);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getFloat64(at, true);
  }

  all(length: number): Uint8Array {
    const from = this.#step(length);
    return this.#bytes.subarray(from, from + length);
  }

  rest(): Uint8Array {
    return this.all(this.left);
  }

  #step(length: number): number {
    if (length > this.left) throw damaged(`it ends ${length - this.left} bytes too soon`);
    this.#at += length;
    return this.#at - length;
  }
}

/** `what`: what is wrong with the chunk, after "it". */
export function damaged(what: string): TidewatchError {
  return new TidewatchError('chunk_damaged', `a chunk of stored figures is damaged: ${what}`);
}
