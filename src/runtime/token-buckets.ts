import type { Clock } from './clock.ts';

export interface TokenBucketOptions {
  /** Tokens in a full bucket: so many may be taken at once. */
  readonly capacity: number;
  /** One more is there after so long. */
  readonly refillMs: number;
  /** Buckets that are remembered at most: what was not used lately gives way to new ones, and is full then. */
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
  /** Two generations, as moving a key to the end of a Map on each use would cost ten times as much. */
  #recent = new Map<string, number>();
  #before: ReadonlyMap<string, number> = new Map();
  #turnedAt: number;

  constructor(clock: Pick<Clock, 'monotonic'>, options: TokenBucketOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#capacityMs = options.capacity * options.refillMs;
    this.#turnedAt = clock.monotonic();
  }

  /** Takes a token. Gives how many whole ones are left; −1: there was none. */
  take(key: string): number {
    const { refillMs } = this.#options;
    const now = this.#clock.monotonic();
    this.#turn(now);
    const fullAt = this.#fullAtOf(key, now) + refillMs;
    const left = Math.floor((now + this.#capacityMs - fullAt) / refillMs + ROUNDING);
    if (left < 0) return -1;
    this.#recent.set(key, fullAt);
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

  /** Buckets that are remembered, at most. */
  get size(): number {
    return this.#recent.size + this.#before.size;
  }

  /** Never later than that of an empty bucket: a clock that stepped back costs nobody more than one filling. */
  #fullAtOf(key: string, now: number): number {
    const fullAt = this.#recent.get(key) ?? this.#before.get(key);
    if (fullAt === undefined || fullAt < now) return now;
    const latest = now + this.#capacityMs;
    if (fullAt <= latest) return fullAt;
    this.#recent.set(key, latest);
    return latest;
  }

  /**
   * Forgets what was not used for as long as it takes to fill, so that it is full; earlier only when there are too many. No timer:
   * what nobody adds to does not grow.
   */
  #turn(now: number): void {
    const isFresh = now >= this.#turnedAt && now - this.#turnedAt < this.#capacityMs;
    if (isFresh && this.#recent.size < this.#options.most / 2) return;
    this.#before = this.#recent;
    this.#recent = new Map();
    this.#turnedAt = now;
  }
}
