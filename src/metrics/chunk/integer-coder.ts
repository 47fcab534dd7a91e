import { BitDecoder } from './bit-decoder.ts';
import { BitEncoder } from './bit-encoder.ts';
import { BitModel } from './bit-model.ts';

/**
 * A number is written as: whether it is 0; how many bits it has; its sign; the bits below the highest, the first four of
 * them as a habit of numbers of that size, the rest as they are. What is usual is learnt in the light of the size before.
 */
const SIZES = 54;
const SIZE_BITS = 6;
const SIZE_CONTEXTS = 1 + 2 ** SIZE_BITS;
const HABIT_BITS = 4;
const HABITS = 2 ** HABIT_BITS;
const AT_SIGNS = SIZES * SIZE_CONTEXTS;
const AT_HABITS = AT_SIGNS + 3 * SIZES;
const CONTEXTS = AT_HABITS + SIZES * HABITS;

const HALF = 2 ** 31;
const HALF_BITS = 31;

/** What was written before decides what is expected next. */
class Past {
  readonly model = new BitModel(CONTEXTS);
  size = 0;
  /** 0 after a zero, 1 after a positive number, 2 after a negative one. */
  sign = 0;

  reset(): void {
    this.model.reset();
    this.size = 0;
    this.sign = 0;
  }
}

/** Bits of a whole number of 0 to 2^53. */
function sizeOf(value: number): number {
  return value < HALF ? 32 - Math.clz32(value) : HALF_BITS + 32 - Math.clz32(Math.floor(value / HALF));
}

/** Writes streams of whole numbers of at most 53 bits. */
export class IntegerEncoder {
  readonly #bits = new BitEncoder();
  readonly #past = new Past();

  begin(): void {
    this.#bits.begin();
    this.#past.reset();
  }

  write(value: number): void {
    const magnitude = Math.abs(value);
    const size = sizeOf(magnitude);
    const past = this.#past;
    this.#writeSize(size, past.size * SIZE_CONTEXTS);
    if (size > 0) {
      const isNegative = value < 0 ? 1 : 0;
      this.#bits.bit(past.model, AT_SIGNS + 3 * size - 3 + past.sign, isNegative);
      past.sign = 1 + isNegative;
      this.#writeBelowHighest(magnitude, size);
    } else past.sign = 0;
    past.size = size;
  }

  /** Valid until the next {@link begin}. */
  finish(): Uint8Array {
    return this.#bits.finish();
  }

  #writeSize(size: number, contexts: number): void {
    const { model } = this.#past;
    this.#bits.bit(model, contexts, size === 0 ? 1 : 0);
    if (size === 0) return;
    let node = 1;
    for (let place = SIZE_BITS - 1; place >= 0; place -= 1) {
      const bit = (size >>> place) & 1;
      this.#bits.bit(model, contexts + node, bit);
      node = 2 * node + bit;
    }
  }

  #writeBelowHighest(magnitude: number, size: number): void {
    const { model } = this.#past;
    const contexts = AT_HABITS + (size - 1) * HABITS;
    const high = Math.floor(magnitude / HALF);
    const low = magnitude - high * HALF;
    let left = size - 1;
    let node = 1;
    for (const end = Math.max(0, left - HABIT_BITS); left > end; ) {
      left -= 1;
      const bit = left < HALF_BITS ? (low >>> left) & 1 : (high >>> (left - HALF_BITS)) & 1;
      this.#bits.bit(model, contexts + node, bit);
      node = 2 * node + bit;
    }
    if (left > HALF_BITS) this.#bits.plain(high, left - HALF_BITS);
    if (left > 0) this.#bits.plain(low, Math.min(left, HALF_BITS));
  }
}

/** Reads them again. Of bytes that no encoder wrote it gives numbers that mean nothing, and always ends. */
export class IntegerDecoder {
  readonly #bits = new BitDecoder();
  readonly #past = new Past();

  begin(bytes: Uint8Array): void {
    this.#bits.begin(bytes);
    this.#past.reset();
  }

  read(): number {
    const past = this.#past;
    const size = this.#readSize(past.size * SIZE_CONTEXTS);
    past.size = size;
    if (size === 0) {
      past.sign = 0;
      return 0;
    }
    const isNegative = this.#bits.bit(past.model, AT_SIGNS + 3 * size - 3 + past.sign);
    past.sign = 1 + isNegative;
    const magnitude = this.#readBelowHighest(size);
    return isNegative === 1 ? -magnitude : magnitude;
  }

  #readSize(contexts: number): number {
    const { model } = this.#past;
    if (this.#bits.bit(model, contexts) === 1) return 0;
    let node = 1;
    for (let place = 0; place < SIZE_BITS; place += 1) node = 2 * node + this.#bits.bit(model, contexts + node);
    const size = node - 2 ** SIZE_BITS;
    return size < 1 ? 1 : size < SIZES ? size : SIZES - 1;
  }

  #readBelowHighest(size: number): number {
    const { model } = this.#past;
    const contexts = AT_HABITS + (size - 1) * HABITS;
    let left = size - 1;
    let node = 1;
    for (const end = Math.max(0, left - HABIT_BITS); left > end; left -= 1) {
      node = 2 * node + this.#bits.bit(model, contexts + node);
    }
    // The node is the highest bit and those that were read: what follows is appended to it.
    let value = node;
    if (left > HALF_BITS) {
      value = value * 2 ** (left - HALF_BITS) + this.#bits.plain(left - HALF_BITS);
      left = HALF_BITS;
    }
    return left > 0 ? value * 2 ** left + this.#bits.plain(left) : value;
  }
}
