import type { BitModel } from './bit-model.ts';

/** Arithmetic coding in 31 bits: every number stays a small integer of the machine. */
export const WHOLE = 0x7fffffff;
/** The eight highest of the 31 bits: once both ends of the interval agree in them they are settled. */
export const TOP_BYTE = 0x7f800000;
export const TOP_SHIFT = 23;

/** What a stream's last number may be rounded up to, coarsest first: the fewer bytes name it. */
const ROUNDINGS = [2 ** 31, 2 ** 23, 2 ** 15, 2 ** 7];

const FIRST_CAPACITY = 4_096;

/** Writes bits at their cost: the better one was expected, the less room it takes. One is used again and again. */
export class BitEncoder {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = 0;
  /** The interval of all numbers that stand for the bits written so far. */
  #low = 0;
  #high = WHOLE;

  begin(): void {
    this.#length = 0;
    this.#low = 0;
    this.#high = WHOLE;
  }

  /** A bit (0 or 1) of which the model knows something. */
  bit(model: BitModel, context: number, bit: number): void {
    const middle = split(this.#low, this.#high, model.probabilities[context] as number);
    if (bit === 1) this.#high = middle;
    else this.#low = middle + 1;
    model.learn(context, bit);
    if (((this.#low ^ this.#high) & TOP_BYTE) === 0) this.#shift();
  }

  /** The lowest `count` bits of a number below 2^31, of which nothing is known. */
  plain(value: number, count: number): void {
    for (let place = count - 1; place >= 0; place -= 1) {
      const middle = this.#low + ((this.#high - this.#low) >>> 1);
      if (((value >>> place) & 1) === 1) this.#high = middle;
      else this.#low = middle + 1;
      if (((this.#low ^ this.#high) & TOP_BYTE) === 0) this.#shift();
    }
  }

  /** Ends the stream; gives its bytes, valid until the next {@link begin}. Behind them the decoder reads zeros. */
  finish(): Uint8Array {
    const last = this.#shortestNumber();
    for (const shift of [TOP_SHIFT, 15, 7]) this.#push((last >>> shift) & 0xff);
    this.#push((last << 1) & 0xff);
    let end = this.#length;
    while (end > 0 && this.#bytes[end - 1] === 0) end -= 1;
    return this.#bytes.subarray(0, end);
  }

  #shortestNumber(): number {
    for (const step of ROUNDINGS) {
      const rounded = Math.ceil(this.#low / step) * step;
      if (rounded <= this.#high) return rounded;
    }
    return this.#low;
  }

  #shift(): void {
    do {
      this.#push(this.#high >>> TOP_SHIFT);
      this.#low = (this.#low << 8) & WHOLE;
      this.#high = ((this.#high << 8) & WHOLE) | 0xff;
    } while (((this.#low ^ this.#high) & TOP_BYTE) === 0);
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const wider = new Uint8Array(2 * this.#length);
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }
}

/** Where the interval is cut: the numbers up to here stand for the bit 1. */
export function split(low: number, high: number, probability: number): number {
  return low + ((high - low) >>> 12) * (probability >>> 4);
}
