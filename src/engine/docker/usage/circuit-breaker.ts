import { type Backoff, createBackoff } from '../../../runtime/backoff.ts';
import type { Clock } from '../../../runtime/clock.ts';

const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 60_000;

/** Keeps from asking for a while what failed several times in a row; the pause grows until one try succeeds. */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #pauses: Backoff;
  #failuresInRow = 0;
  #tryAgainAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#pauses = createBackoff({ initialMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS });
  }

  get failuresInRow(): number {
    return this.#failuresInRow;
  }

  /** It failed too often and no try has succeeded since. */
  get isOpen(): boolean {
    return this.#failuresInRow >= FAILURES_TO_OPEN;
  }

  /** How long nothing is to be tried, ms; 0 when a try is due or all is well. */
  get pauseMs(): number {
    return this.isOpen ? Math.max(0, this.#tryAgainAt - this.#clock.monotonic()) : 0;
  }

  failed(): void {
    this.#failuresInRow += 1;
    if (this.isOpen) this.#tryAgainAt = this.#clock.monotonic() + this.#pauses.next();
  }

  succeeded(): void {
    this.#failuresInRow = 0;
    this.#pauses.reset();
  }

  /** Ends the pause: something changed, a try is due. */
  hurry(): void {
    this.#tryAgainAt = this.#clock.monotonic();
  }
}
