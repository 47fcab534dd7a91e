import type { Clock } from '../../runtime/clock.ts';

/** Messages a client may send at once; then so many a second. A program needs a few in an hour. */
const BURST = 40;
const PER_SECOND = 10;

/** Counts what a client sends: a bucket that is refilled as time goes. */
export class MessageLimit {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #left = BURST;
  #countedAt: number;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#countedAt = clock.monotonic();
  }

  /** Takes one; `false`: there were too many. */
  take(): boolean {
    const now = this.#clock.monotonic();
    this.#left = Math.min(BURST, this.#left + ((now - this.#countedAt) / 1000) * PER_SECOND);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
