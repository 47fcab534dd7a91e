const LEAST_CAPACITY = 16;

/** Bins and their weights, one behind the other; grows. */
export class BinList {
  length = 0;
  #bins: Uint16Array;
  #weights: Float64Array;

  /** `capacity`: what is expected. */
  constructor(capacity: number) {
    const first = Math.max(capacity, LEAST_CAPACITY);
    this.#bins = new Uint16Array(first);
    this.#weights = new Float64Array(first);
  }

  push(bin: number, weight: number): void {
    if (this.length === this.#bins.length) this.#widen();
    this.#bins[this.length] = bin;
    this.#weights[this.length] = weight;
    this.length += 1;
  }

  /** All that was added; the list is not to be used again. */
  taken(): { readonly bins: Uint16Array; readonly weights: Float64Array } {
    return { bins: this.#bins.subarray(0, this.length), weights: this.#weights.subarray(0, this.length) };
  }

  #widen(): void {
    const [bins, weights] = [this.#bins, this.#weights];
    this.#bins = new Uint16Array(2 * bins.length);
    this.#weights = new Float64Array(2 * weights.length);
    this.#bins.set(bins);
    this.#weights.set(weights);
  }
}
