import { BINS, binOf, middleOf } from './sketch-bins.ts';

const FIRST_CAPACITY = 8;

/**
 * How values (0 and above) are distributed: how many lie in each bin of sketch-bins.ts. Knows any quantile within 1 %. Sketches
 * add up: in whatever order and grouping, the same bins result. Room: 12 bytes for each bin in use, 2,800 of them at most.
 */
export class QuantileSketch {
  #length = 0;
  /** Ascending. */
  #bins: Uint16Array;
  /** Doubles: whole numbers up to 2^53. */
  #weights: Float64Array;

  constructor(capacity = FIRST_CAPACITY) {
    this.#bins = new Uint16Array(capacity);
    this.#weights = new Float64Array(capacity);
  }

  /** Bins in use, ascending, and the weight in each. Valid until the sketch is changed. */
  get bins(): Uint16Array {
    return this.#bins.subarray(0, this.#length);
  }

  get weights(): Float64Array {
    return this.#weights.subarray(0, this.#length);
  }

  /** Values in it. */
  get count(): number {
    let count = 0;
    for (let index = 0; index < this.#length; index += 1) count += this.#weights[index] as number;
    return count;
  }

  /** Forgets all values. */
  clear(): void {
    this.#length = 0;
  }

  /** `weight`: how often the value is added. What is below 0 counts as 0. */
  add(value: number, weight = 1): void {
    this.addBin(binOf(value), weight);
  }

  addBin(bin: number, weight: number): void {
    const place = this.#placeOf(bin);
    if (place < this.#length && this.#bins[place] === bin) {
      this.#weights[place] = (this.#weights[place] as number) + weight;
      return;
    }
    if (this.#length === this.#bins.length) this.#widen();
    // Most sketches are of a few bins: for those a loop is faster than copyWithin.
    for (let index = this.#length; index > place; index -= 1) {
      this.#bins[index] = this.#bins[index - 1] as number;
      this.#weights[index] = this.#weights[index - 1] as number;
    }
    this.#bins[place] = bin;
    this.#weights[place] = weight;
    this.#length += 1;
  }

  merge(other: QuantileSketch): void {
    const { bins, weights } = other;
    for (let index = 0; index < bins.length; index += 1) this.addBin(bins[index] as number, weights[index] as number);
  }

  /**
   * The value of rank `q * (count - 1)`, rounded down, in the order of size; `q` from 0 to 1. It differs from the true one by 1 % at
   * most. `NaN` when there is no value.
   */
  quantile(q: number): number {
    const rank = Math.floor(Math.min(Math.max(q, 0), 1) * (this.count - 1));
    let below = 0;
    for (let index = 0; index < this.#length; index += 1) {
      below += this.#weights[index] as number;
      if (below > rank) return middleOf(this.#bins[index] as number);
    }
    return Number.NaN;
  }

  /** Where a bin is, or would be. */
  #placeOf(bin: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bins[middle] as number) < bin) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #widen(): void {
    const capacity = Math.min(2 * this.#length, BINS);
    const [bins, weights] = [this.#bins, this.#weights];
    this.#bins = new Uint16Array(capacity);
    this.#weights = new Float64Array(capacity);
    this.#bins.set(bins);
    this.#weights.set(weights);
  }
}
