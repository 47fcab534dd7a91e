import { split, TOP_BYTE, WHOLE } from './bit-encoder.ts';
import type { BitModel } from './bit-model.ts';

const FIRST_CAPACITY = 4_096;
/** Read behind the end of a stream, again and again where it was cut. */
const ZEROS = 8;

/** Reads what a `BitEncoder` wrote, with a model that learns as that of the encoder did. One is used again and again. */
export class BitDecoder {
  /** The stream with zeros behind it. */
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #last = 0;
  #at = 0;
  #low = 0;
  #high = WHOLE;
  #number = 0;

  begin(bytes: Uint8Array): void {
    const length = bytes.length + ZEROS;
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(2 * length);
    this.#bytes.set(bytes);
    this.#bytes.fill(0, bytes.length, length);
    this.#last = length - 1;
    this.#low = 0;
    this.#high = WHOLE;
    const [first, second, third, fourth] = this.#bytes as unknown as readonly [number, number, number, number];
    this.#number = ((first << 23) & WHOLE) | (second << 15) | (third << 7) | (fourth >>> 1);
    this.#at = 3;
  }

  bit(model: BitModel, context: number): number {
    const middle = split(this.#low, this.#high, model.probabilities[context] as number);
    const bit = this.#number <= middle ? 1 : 0;
    if (bit === 1) this.#high = middle;
    else this.#low = middle + 1;
    model.learn(context, bit);
    if (((this.#low ^ this.#high) & TOP_BYTE) === 0) this.#shift();
    return bit;
  }

  plain(count: number): number {
    let value = 0;
    for (let place = 0; place < count; place += 1) {
      const middle = this.#low + ((this.#high - this.#low) >>> 1);
      const bit = this.#number <= middle ? 1 : 0;
      if (bit === 1) this.#high = middle;
      else this.#low = middle + 1;
      value = (value << 1) | bit;
      if (((this.#low ^ this.#high) & TOP_BYTE) === 0) this.#shift();
    }
    return value;
  }

  /** 31 bits are no whole bytes: the lowest bit of each waits for the next shift. */
  #shift(): void {
    do {
      const waiting = (this.#bytes[this.#at] as number) & 1;
      if (this.#at < this.#last) this.#at += 1;
      this.#low = (this.#low << 8) & WHOLE;
      this.#high = ((this.#high << 8) & WHOLE) | 0xff;
      this.#number = ((this.#number << 8) & WHOLE) | (waiting << 7) | ((this.#bytes[this.#at] as number) >>> 1);
    } while (((this.#low ^ this.#high) & TOP_BYTE) === 0);
  }
}
