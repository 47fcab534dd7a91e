import type { BinList } from './bin-list.ts';
import { BINS, binOf, middleOf } from './sketch-bins.ts';

const FIRST_CAPACITY = 64;
/** Fewer bins are put in order by hand. */
const FEW = 24;

/**
 * How values (0 and above) are distributed: how many lie in each bin of sketch-bins.ts. Knows any quantile within 1 %. Sketches
 * add up: in whatever order and grouping, the same bins result. Room: 22 KB from the first value on, as every bin has its place.
 */
export class QuantileSketch {
  /** Of each bin there is; doubles hold whole numbers up to 2^53. */
  #weightOf = new Float64Array(0);
  /** Bins in use. */
  #used = new Uint16Array(0);
  #length = 0;
  #isSorted = true;

  /** Bins in use, ascending, and the weight in each. */
  get bins(): Uint16Array {
    this.#sort();
    return this.#used.slice(0, this.#length);
  }

  get weights(): Float64Array {
    return Float64Array.from(this.bins, (bin) => this.#weightOf[bin] as number);
  }

  /** Values in it. */
  get count(): number {
    let count = 0;
    for (let index = 0; index < this.#length; index += 1)
      count += this.#weightOf[this.#used[index] as number] as number;
    return count;
  }

  /** Forgets all values. */
  clear(): void {
    for (let index = 0; index < this.#length; index += 1) this.#weightOf[this.#used[index] as number] = 0;
    this.#length = 0;
    this.#isSorted = true;
  }

  /** `weight`: how often the value is added. What is below 0 counts as 0. */
  add(value: number, weight = 1): void {
    this.addBin(binOf(value), weight);
  }

  /** `weight` above 0. */
  addBin(bin: number, weight: number): void {
    if (this.#length === this.#used.length) this.#widen();
    const before = this.#weightOf[bin] as number;
    this.#weightOf[bin] = before + weight;
    if (before !== 0) return;
    if (this.#length > 0 && bin < (this.#used[this.#length - 1] as number)) this.#isSorted = false;
    this.#used[this.#length] = bin;
    this.#length += 1;
  }

  merge(other: QuantileSketch): void {
    const { bins, weights } = other;
    for (let index = 0; index < bins.length; index += 1) this.addBin(bins[index] as number, weights[index] as number);
  }

  /** Puts its bins, ascending, behind those of a list. */
  appendTo(list: BinList): void {
    this.#sort();
    for (let index = 0; index < this.#length; index += 1) {
      const bin = this.#used[index] as number;
      list.push(bin, this.#weightOf[bin] as number);
    }
  }

  /**
   * The value of rank `q * (count - 1)`, rounded down, in the order of size; `q` from 0 to 1. It differs from the true one by 1 % at
   * most. `NaN` when there is no value.
   */
  quantile(q: number): number {
    this.#sort();
    const rank = Math.floor(Math.min(Math.max(q, 0), 1) * (this.count - 1));
    let below = 0;
    for (let index = 0; index < this.#length; index += 1) {
      const bin = this.#used[index] as number;
      below += this.#weightOf[bin] as number;
      if (below > rank) return middleOf(bin);
    }
    return Number.NaN;
  }

  #sort(): void {
    if (this.#isSorted) return;
    this.#isSorted = true;
    const used = this.#used;
    if (this.#length > FEW) {
      used.subarray(0, this.#length).sort();
      return;
    }
    for (let next = 1; next < this.#length; next += 1) {
      const bin = used[next] as number;
      let place = next;
      for (; place > 0 && (used[place - 1] as number) > bin; place -= 1) used[place] = used[place - 1] as number;
      used[place] = bin;
    }
  }

  #widen(): void {
    if (this.#weightOf.length === 0) this.#weightOf = new Float64Array(BINS);
    const used = new Uint16Array(Math.max(FIRST_CAPACITY, 2 * this.#used.length));
    used.set(this.#used);
    this.#used = used;
  }
}
