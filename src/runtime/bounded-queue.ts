/**
 * First in, first out, with a longest length: when it is full, the oldest item makes room and is counted. The ring grows
 * as it fills, so that a thousand idle queues cost nothing.
 */
export class BoundedQueue<T> {
  readonly capacity: number;
  #ring: (T | undefined)[] = [];
  #head = 0;
  #size = 0;
  #dropped = 0;

  /** `capacity` is at least 1; what is less or no number counts as 1. */
  constructor(capacity: number) {
    this.capacity = Math.max(1, Math.floor(capacity) || 1);
  }

  get size(): number {
    return this.#size;
  }

  /** How many items had to make room since the beginning. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds an item; gives the oldest one when that had to make room. */
  push(item: T): T | undefined {
    let oldest: T | undefined;
    if (this.#size === this.capacity) {
      oldest = this.shift();
      this.#dropped += 1;
    }
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) % this.#ring.length] = item;
    this.#size += 1;
    return oldest;
  }

  /** Takes the oldest item. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#size -= 1;
    return item;
  }

  /** The item at a place, 0 being the oldest. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#size) return undefined;
    return this.#ring[(this.#head + index) % this.#ring.length];
  }

  /** Up to `count` items, oldest first, beginning at a place; they stay in the queue. */
  slice(count: number, from = 0): T[] {
    const items: T[] = [];
    const end = Math.min(this.#size, from + count);
    for (let index = from; index < end; index += 1) {
      items.push(this.#ring[(this.#head + index) % this.#ring.length] as T);
    }
    return items;
  }

  /** Removes the oldest `count` items; they do not count as dropped. */
  discard(count: number): void {
    if (count >= this.#size) this.clear();
    else for (let index = 0; index < count; index += 1) this.shift();
  }

  /** Removes everything; it does not count as dropped. */
  clear(): void {
    this.#ring = [];
    this.#head = 0;
    this.#size = 0;
  }

  #grow(): void {
    const length = Math.min(this.capacity, Math.max(16, this.#ring.length * 2));
    const ring = this.slice(this.#size) as (T | undefined)[];
    ring.length = length;
    this.#ring = ring;
    this.#head = 0;
  }
}
