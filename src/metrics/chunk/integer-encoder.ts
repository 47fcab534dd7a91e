import { BitEncoder, inContext, PLAIN_BITS, plain } from './bit-encoder.ts';
import { FIRST_STATES, habitsOf, plainBitsOf, signAfter, treeAfter, WAY_STARTS, WAYS } from './integer-contexts.ts';

const HALF = 2 ** 31;
const HALF_BITS = 31;

/** Decisions are collected first and written then: two short loops take less time than a long one. */
const DECISIONS = 4_096;
/** A number takes fewer. */
const MOST_OF_ONE = 32;

/** Writes streams of whole numbers of at most 53 bits. */
export class IntegerEncoder {
  readonly #bits = new BitEncoder(FIRST_STATES);
  readonly #decisions = new Int32Array(DECISIONS);
  #length = 0;
  /** Of the number before. */
  #size = 0;
  /** 0 after a zero, 1 after a positive number, 2 after a negative one. */
  #sign = 0;

  begin(): void {
    this.#bits.begin();
    this.#length = 0;
    this.#size = 0;
    this.#sign = 0;
  }

  write(value: number): void {
    const decisions = this.#decisions;
    if (this.#length > DECISIONS - MOST_OF_ONE) this.#flush();
    const magnitude = Math.abs(value);
    const size = sizeOf(magnitude);
    const tree = inContext(treeAfter(this.#size), 0);
    const end = WAY_STARTS[size + 1] as number;
    let length = this.#length;
    for (let step = WAY_STARTS[size] as number; step < end; step += 1) {
      decisions[length] = tree + (WAYS[step] as number);
      length += 1;
    }
    this.#size = size;
    this.#length = length;
    if (size === 0) this.#sign = 0;
    else {
      const isNegative = value < 0 ? 1 : 0;
      decisions[length] = inContext(signAfter(this.#sign), isNegative);
      this.#sign = 1 + isNegative;
      this.#length = length + 1;
      this.#writeBelowHighest(magnitude, size);
    }
  }

  /** Valid until the next {@link begin}. */
  finish(): Uint8Array {
    this.#flush();
    return this.#bits.finish();
  }

  #writeBelowHighest(magnitude: number, size: number): void {
    const decisions = this.#decisions;
    let length = this.#length;
    let left = plainBitsOf(size);
    const highest = shifted(magnitude, left);
    const contexts = habitsOf(size);
    for (let place = size - 2 - left; place >= 0; place -= 1) {
      decisions[length] = inContext(contexts + (highest >>> (place + 1)), (highest >>> place) & 1);
      length += 1;
    }
    while (left > 0) {
      const count = Math.min(left, PLAIN_BITS);
      left -= count;
      decisions[length] = plain(shifted(magnitude, left), count);
      length += 1;
    }
    this.#length = length;
  }

  #flush(): void {
    this.#bits.write(this.#decisions, this.#length);
    this.#length = 0;
  }
}

/** Bits of a whole number of 0 to 2^53. */
function sizeOf(value: number): number {
  return value < HALF ? 32 - Math.clz32(value) : HALF_BITS + 32 - Math.clz32(Math.floor(value / HALF));
}

function shifted(value: number, bits: number): number {
  return value < HALF ? value >>> bits : Math.floor(value / 2 ** bits);
}
