import type { Sketches } from './rollup.ts';

const FIRST_CAPACITY = 1_024;

/** Bins of sketches and their weights, one sketch behind the other. Used again and again. */
export class BinList {
  length = 0;
  #bins = new Uint16Array(FIRST_CAPACITY);
  #weights = new Float64Array(FIRST_CAPACITY);

  clear(): void {
    this.length = 0;
  }

  push(bin: number, weight: number): void {
    if (this.length === this.#bins.length) this.#reserve(1);
    this.#bins[this.length] = bin;
    this.#weights[this.length] = weight;
    this.length += 1;
  }

  /** Those from one place to another. */
  pushAll({ bins, weights }: Pick<Sketches, 'bins' | 'weights'>, from: number, to: number): void {
    if (this.length + to - from > this.#bins.length) this.#reserve(to - from);
    for (let index = from; index < to; index += 1) {
      this.#bins[this.length] = bins[index] as number;
      this.#weights[this.length] = weights[index] as number;
      this.length += 1;
    }
  }

  /** A copy of what was added. */
  taken(): { readonly bins: Uint16Array; readonly weights: Float64Array } {
    return { bins: this.#bins.slice(0, this.length), weights: this.#weights.slice(0, this.length) };
  }

  #reserve(more: number): void {
    const capacity = 2 * (this.#bins.length + more);
    const [bins, weights] = [this.#bins, this.#weights];
    this.#bins = new Uint16Array(capacity);
    this.#weights = new Float64Array(capacity);
    this.#bins.set(bins);
    this.#weights.set(weights);
  }
}
