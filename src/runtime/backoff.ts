/** How long to wait between attempts. */
export interface BackoffOptions {
  /** First delay, ms. */
  readonly initialMs: number;
  /** Longest delay, ms. */
  readonly maxMs: number;
  /** Random number in [0, 1); `Math.random` unless a test says otherwise. */
  readonly random?: () => number;
}

/** Growing delays with jitter for one thing that is tried again and again. */
export interface Backoff {
  /** Delay before the next attempt, ms. */
  next(): number;
  /** The next delay is the first one again. */
  reset(): void;
  /** How many delays were given since the last reset. */
  readonly attempts: number;
}

/**
 * Exponential backoff, doubling, with "equal jitter": half of the delay is fixed, half is random, so that many clients
 * do not come back in one instant and none comes back at once.
 */
export function createBackoff({ initialMs, maxMs, random = Math.random }: BackoffOptions): Backoff {
  let attempts = 0;
  return {
    next() {
      const ceiling = Math.min(maxMs, initialMs * 2 ** Math.min(attempts, 30));
      attempts += 1;
      return ceiling / 2 + (random() * ceiling) / 2;
    },
    reset() {
      attempts = 0;
    },
    get attempts() {
      return attempts;
    },
  };
}
