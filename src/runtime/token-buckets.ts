import type { Clock } from './clock.ts';

export interface TokenBucketOptions {
  /** Tokens in a full bucket: so many may be taken at once. */
  readonly capacity: number;
  /** One more is there after so long. */
  readonly refillMs: number;
  /** Buckets that are remembered; beyond it those that were used longest ago are full again. */
  readonly most: number;
}

/** Shares of a token that are lost when durations are added up as floating-point numbers. */
const ROUNDING = 1e-6;

/**
 * Token buckets by key, as one number each: the instant when it will be full again (the generic cell rate algorithm of ATM,
 * ITU-T I.371). A bucket that is full is not remembered.
 */
export class TokenBuckets {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #options: TokenBucketOptions;
  readonly #capacityMs: number;
  /** The one that was used longest ago first. */
  readonly #fullAt = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>, options: TokenBucketOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#capacityMs = options.capacity * options.refillMs;
  }

  /** Takes a token. Gives how many whole ones are left; −1: there was none. */
  take(key: string): number {
    const { refillMs } = this.#options;
    const now = this.#clock.monotonic();
    const fullAt = this.#fullAtOf(key, now) + refillMs;
    const left = Math.floor((now + this.#capacityMs - fullAt) / refillMs + ROUNDING);
    if (left < 0) return -1;
    if (!this.#fullAt.delete(key)) this.#forget(now);
    this.#fullAt.set(key, fullAt);
    return left;
  }

  /** How long until there is a token, ms; 0: there is one. */
  waitOf(key: string): number {
    const { refillMs } = this.#options;
    const waitMs = this.fullIn(key) + refillMs - this.#capacityMs;
    return waitMs > refillMs * ROUNDING ? waitMs : 0;
  }

  /** How long until the bucket is full, ms. */
  fullIn(key: string): number {
    const now = this.#clock.monotonic();
    return this.#fullAtOf(key, now) - now;
  }

  /** Buckets that are remembered. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** Never later than that of an empty bucket: a clock that stepped back costs nobody more than one filling. */
  #fullAtOf(key: string, now: number): number {
    const fullAt = this.#fullAt.get(key);
    if (fullAt === undefined || fullAt < now) return now;
    const latest = now + this.#capacityMs;
    if (fullAt <= latest) return fullAt;
    this.#fullAt.set(key, latest);
    return latest;
  }

  /** Room for one more. Two for each that comes, so that what expired goes without a timer. */
  #forget(now: number): void {
    let looked = 0;
    for (const [key, fullAt] of this.#fullAt) {
      const isFull = fullAt <= now;
      if (looked === 2 || !(isFull || this.#fullAt.size >= this.#options.most)) return;
      this.#fullAt.delete(key);
      looked += 1;
    }
  }
}
