import type { CancelTimer, Clock } from '../runtime/clock.ts';

/** The wall clock may step: an end is looked for so often at least, while anybody waits for one. */
const LOOK_MS = 60_000;

interface Waiting {
  readonly keys: readonly string[];
  /** Epoch ms; `null`: only {@link EndWatch.end} ends it. */
  readonly endsAt: number | null;
  readonly callback: () => void;
}

/** Calls back who waits for a right to end, by itself or because it is revoked. */
export class EndWatch {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #cancelTimer: CancelTimer = () => {};
  /** When the timer is due, on the wall clock; while there is none, never. */
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back once: at the instant, or when one of the keys is ended. Gives how to stop waiting. */
  wait(waiting: Waiting): () => void {
    this.#waiting.add(waiting);
    // Thousands of streams come without one look at all of them for each.
    if (waiting.endsAt !== null && waiting.endsAt < this.#dueAt) this.#arm();
    return () => this.#waiting.delete(waiting);
  }

  /** Ends everything that waits for this key. */
  end(key: string): void {
    for (const waiting of this.#waiting) if (waiting.keys.includes(key)) this.#call(waiting);
  }

  close(): void {
    this.#cancelTimer();
    this.#waiting.clear();
  }

  #call(waiting: Waiting): void {
    if (this.#waiting.delete(waiting)) waiting.callback();
  }

  #arm(): void {
    this.#cancelTimer();
    let soonest = Number.POSITIVE_INFINITY;
    for (const { endsAt } of this.#waiting) if (endsAt !== null && endsAt < soonest) soonest = endsAt;
    const now = this.#clock.now();
    this.#dueAt = soonest === Number.POSITIVE_INFINITY ? soonest : Math.min(soonest, now + LOOK_MS);
    if (soonest === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#clock.setTimer(Math.max(0, this.#dueAt - now), () => this.#look());
  }

  #look(): void {
    const now = this.#clock.now();
    for (const waiting of this.#waiting) {
      if (waiting.endsAt !== null && waiting.endsAt <= now) this.#call(waiting);
    }
    this.#arm();
  }
}
