import { isNarrow, learn, shareOf, WHOLE } from './bit-model.ts';
import {
  FIRST_STATES,
  habitsOf,
  isLeaf,
  lastHabitOf,
  plainBitsOf,
  signAfter,
  sizeAt,
  stepFrom,
  treeAfter,
} from './integer-contexts.ts';

const FIRST_CAPACITY = 4_096;
/** Read behind the end of a stream, again and again where it was cut. */
const ZEROS = 8;
const FIRST_BYTES = 3;
/** So many bits of which nothing is known are read at a time. */
const PLAIN_BITS = 16;

/**
 * Reads what an `IntegerEncoder` wrote, with a model that learns as that of the encoder did. Of bytes that no encoder wrote it gives
 * numbers that mean nothing, and always ends.
 */
export class IntegerDecoder {
  readonly #states = FIRST_STATES.slice();
  /** The stream with zeros behind it. */
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #last = 0;
  #at = 0;
  #range = WHOLE;
  /** How far the number that the stream is lies above the lowest that stands for what was read. */
  #above = 0;
  /** Of the number before. */
  #size = 0;
  #sign = 0;

  begin(bytes: Uint8Array): void {
    const length = bytes.length + ZEROS;
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(2 * length);
    this.#bytes.set(bytes);
    this.#bytes.fill(0, bytes.length, length);
    this.#last = length - 2;
    this.#states.set(FIRST_STATES);
    this.#range = WHOLE;
    this.#above = (this.#bytes[0] as number) >>> 1;
    for (this.#at = 0; this.#at < FIRST_BYTES; this.#at += 1) {
      this.#above = (this.#above << 8) | byteAt(this.#bytes, this.#at);
    }
    this.#size = 0;
    this.#sign = 0;
  }

  /** Reads as many numbers as there is room for. */
  // biome-ignore lint/complexity/noExcessiveLinesPerFunction: it takes twice as long with the coder's state in fields or a function for each bit
  read(numbers: Float64Array): void {
    const states = this.#states;
    const bytes = this.#bytes;
    // What is known to be a small integer the engine keeps as one.
    const last = this.#last | 0;
    let range = this.#range | 0;
    let above = this.#above | 0;
    let at = this.#at | 0;
    let size = this.#size | 0;
    let sign = this.#sign | 0;
    for (let index = 0; index < numbers.length; index += 1) {
      const tree = treeAfter(size);
      let node = 0;
      do {
        const state = states[tree + node] as number;
        const share = shareOf(range, state);
        // Most steps are foreseen by the processor, signs and habits are not: those are read without a branch.
        if (above < share) {
          states[tree + node] = learn(state, -1);
          range = share;
          node = stepFrom(node, 1);
        } else {
          states[tree + node] = learn(state, 0);
          range = (range - share) | 0;
          above = (above - share) | 0;
          node = stepFrom(node, 0);
        }
        if (isNarrow(range)) {
          range <<= 8;
          above = (above << 8) | byteAt(bytes, at);
          if (at < last) at += 1;
        }
      } while (!isLeaf(node));
      size = sizeAt(node);
      if (size === 0) {
        sign = 0;
        numbers[index] = 0;
        continue;
      }
      const habits = habitsOf(size);
      const end = lastHabitOf(size);
      let isNegative = 0;
      node = 0;
      for (let context = signAfter(sign); ; context = habits + node) {
        const state = states[context] as number;
        const share = shareOf(range, state);
        const mask = (above - share) >> 31;
        states[context] = learn(state, mask);
        range = (share & mask) | ((range - share) & ~mask);
        above = (above - (share & ~mask)) | 0;
        if (isNarrow(range)) {
          range <<= 8;
          above = (above << 8) | byteAt(bytes, at);
          if (at < last) at += 1;
        }
        if (node === 0) {
          isNegative = mask;
          node = 1;
        } else node = 2 * node - mask;
        if (node >= end) break;
      }
      sign = 1 - isNegative;
      let value = node;
      for (let left = plainBitsOf(size); left > 0; left -= PLAIN_BITS) {
        const count = Math.min(left, PLAIN_BITS);
        range >>= count;
        const part = (above / range) | 0;
        above = (above - Math.imul(part, range)) | 0;
        value = value * (1 << count) + part;
        for (; isNarrow(range); range <<= 8) {
          above = (above << 8) | byteAt(bytes, at);
          if (at < last) at += 1;
        }
      }
      numbers[index] = value * (1 + 2 * isNegative);
    }
    this.#range = range;
    this.#above = above;
    this.#at = at;
    this.#size = size;
    this.#sign = sign;
  }
}

/** 31 bits are no whole bytes: the lowest bit of each byte goes before the others of the next one. */
function byteAt(bytes: Uint8Array, at: number): number {
  return (((bytes[at] as number) & 1) << 7) | ((bytes[at + 1] as number) >>> 1);
}
