import { BitEncoder, inContext, plain } from './bit-encoder.ts';
import {
  FIRST_STATES,
  habitsOf,
  plainBitsOf,
  signAfter,
  startOfWay,
  stepOfWay,
  treeAfter,
} from './integer-contexts.ts';

const HALF = 2 ** 31;
const HALF_BITS = 31;

/** Decisions are collected first and written then: two short loops take less time than a long one. */
const DECISIONS = 4_096;
/** A number takes fewer. */
const MOST_OF_ONE = 32;

/** Bits of which nothing is known are written so many at a time. */
const PLAIN_BITS = 16;

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

  /** Writes the first `count` numbers. */
  write(numbers: Float64Array, count: number): void {
    const decisions = this.#decisions;
    // What is known to be a small integer the engine keeps as one.
    let length = this.#length | 0;
    let sizeBefore = this.#size | 0;
    let sign = this.#sign | 0;
    for (let index = 0; index < count; index += 1) {
      if (length > DECISIONS - MOST_OF_ONE) {
        this.#bits.write(decisions, length);
        length = 0;
      }
      const value = numbers[index] as number;
      const magnitude = Math.abs(value);
      const size = sizeOf(magnitude);
      const tree = inContext(treeAfter(sizeBefore), 0);
      const end = startOfWay(size + 1);
      for (let step = startOfWay(size); step < end; step += 1) {
        decisions[length] = tree + stepOfWay(step);
        length += 1;
      }
      sizeBefore = size;
      if (size === 0) {
        sign = 0;
        continue;
      }
      const isNegative = value < 0 ? 1 : 0;
      decisions[length] = inContext(signAfter(sign), isNegative);
      sign = 1 + isNegative;
      length = pushBelowHighest(magnitude, decisions, length + 1);
    }
    this.#length = length;
    this.#size = sizeBefore;
    this.#sign = sign;
  }

  /** Valid until the next {@link begin}. */
  finish(): Uint8Array {
    this.#bits.write(this.#decisions, this.#length);
    return this.#bits.finish();
  }
}

/** Adds the decisions for what is below the highest bit behind the first `length` ones; gives how many there are then. */
function pushBelowHighest(magnitude: number, decisions: Int32Array, length: number): number {
  const size = sizeOf(magnitude);
  let end = length;
  let left = plainBitsOf(size);
  const highest = shifted(magnitude, left);
  const habits = habitsOf(size);
  for (let place = size - 2 - left; place >= 0; place -= 1) {
    decisions[end] = inContext(habits + (highest >>> (place + 1)), (highest >>> place) & 1);
    end += 1;
  }
  while (left > 0) {
    const count = Math.min(left, PLAIN_BITS);
    left -= count;
    decisions[end] = plain(shifted(magnitude, left), count);
    end += 1;
  }
  return end;
}

/** Bits of a whole number of 0 to 2^53. */
function sizeOf(value: number): number {
  return value < HALF ? 32 - Math.clz32(value) : HALF_BITS + 32 - Math.clz32(Math.floor(value / HALF));
}

function shifted(value: number, bits: number): number {
  return value < HALF ? value >>> bits : Math.floor(value / 2 ** bits);
}
