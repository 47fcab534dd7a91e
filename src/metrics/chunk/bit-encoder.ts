import { isNarrow, learn, shareOf, WHOLE } from './bit-model.ts';

const TOP_SHIFT = 23;

/** Of a number of which nothing is known the bits are below their count. */
const PLAIN_BITS = 16;
const PLAIN = 0xffff;
const IS_PLAIN = 1 << 31;

/** What a stream's last number may be rounded up to, coarsest first: the fewer bytes name it. */
const ROUNDINGS = [2 ** 31, 2 ** 23, 2 ** 15, 2 ** 7];

const FIRST_CAPACITY = 4_096;
/** So many bytes a decision takes at most, and the end of a stream. */
const LONGEST = 3;
const END_BYTES = 4;

/** The decision for a bit (0 or 1) of which its context knows something. */
export function inContext(context: number, bit: number): number {
  return 2 * context + bit;
}

/** The decision for the lowest `count` bits of a number, 16 at most, of which nothing is known. */
export function plain(value: number, count: number): number {
  return IS_PLAIN | (count << PLAIN_BITS) | (value & ((1 << count) - 1));
}

/** Writes decisions at their cost: the better one was expected, the less room it takes. One is used again and again. */
export class BitEncoder {
  readonly #firstStates: Uint32Array;
  readonly #states: Uint32Array;
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = 0;
  /** The numbers that stand for what was written so far: those from `low` on, `range` of them. */
  #low = 0;
  #range = WHOLE;

  /** `firstStates`: what is known in each context when a stream begins. */
  constructor(firstStates: Uint32Array) {
    this.#firstStates = firstStates;
    this.#states = firstStates.slice();
  }

  begin(): void {
    this.#states.set(this.#firstStates);
    this.#length = 0;
    this.#low = 0;
    this.#range = WHOLE;
  }

  /** The first `count` decisions; each is one of {@link inContext} or {@link plain}. */
  write(decisions: Int32Array, count: number): void {
    this.#reserve(LONGEST * count);
    const states = this.#states;
    const bytes = this.#bytes;
    // What is known to be a small integer is kept as one by the engine: without `| 0` all takes more than twice as long.
    let low = this.#low | 0;
    let range = this.#range | 0;
    let length = this.#length | 0;
    for (let index = 0; index < count; index += 1) {
      const decision = decisions[index] as number;
      if (decision >= 0) {
        const context = decision >>> 1;
        const mask = -(decision & 1);
        const state = states[context] as number;
        const share = shareOf(range, state);
        states[context] = learn(state, mask);
        low = (low + (share & ~mask)) | 0;
        range = (share & mask) | ((range - share) & ~mask);
      } else {
        range >>= (decision >>> PLAIN_BITS) & 31;
        low = (low + Math.imul(range, decision & PLAIN)) | 0;
      }
      if (low < 0) {
        carry(bytes, length);
        low &= WHOLE;
      }
      for (; isNarrow(range); range <<= 8) {
        bytes[length] = low >>> TOP_SHIFT;
        length += 1;
        low = (low << 8) & WHOLE;
      }
    }
    this.#low = low;
    this.#range = range;
    this.#length = length;
  }

  /** Ends the stream; gives its bytes, valid until the next {@link begin}. Behind them the decoder reads zeros. */
  finish(): Uint8Array {
    this.#reserve(END_BYTES);
    const last = this.#shortestNumber();
    if (last > WHOLE) carry(this.#bytes, this.#length);
    for (const shift of [TOP_SHIFT, 15, 7]) this.#push(last >>> shift);
    this.#push(last << 1);
    let end = this.#length;
    while (end > 0 && this.#bytes[end - 1] === 0) end -= 1;
    return this.#bytes.subarray(0, end);
  }

  #shortestNumber(): number {
    for (const step of ROUNDINGS) {
      const rounded = Math.ceil(this.#low / step) * step;
      if (rounded < this.#low + this.#range) return rounded;
    }
    return this.#low;
  }

  #push(byte: number): void {
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const wider = new Uint8Array(2 * (this.#length + more));
    wider.set(this.#bytes);
    this.#bytes = wider;
  }
}

/** Adds 1 to the number that the bytes up to there are. */
function carry(bytes: Uint8Array, length: number): void {
  let place = length - 1;
  for (; bytes[place] === 0xff; place -= 1) bytes[place] = 0;
  bytes[place] = (bytes[place] as number) + 1;
}
