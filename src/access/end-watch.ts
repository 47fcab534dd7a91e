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
  #cancelTimer: CancelTimer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back once: at the instant, or when one of the keys is ended. Gives how to stop waiting. */
  wait(waiting: Waiting): () => void {
    this.#waiting.add(waiting);
    this.#arm();
    return () => this.#waiting.delete(waiting);
  }

  /** Ends everything that waits for this key. */
  end(key: string): void {
    for (const waiting of this.#waiting) if (waiting.keys.includes(key)) this.#call(waiting);
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#waiting.clear();
  }

  #call(waiting: Waiting): void {
    if (this.#waiting.delete(waiting)) waiting.callback();
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const ends = [...this.#waiting].flatMap(({ endsAt }) => (endsAt === null ? [] : [endsAt]));
    if (ends.length === 0) return;
    const soonest = ends.reduce((a, b) => Math.min(a, b));
    const delay = Math.min(LOOK_MS, Math.max(0, soonest - this.#clock.now()));
    this.#cancelTimer = this.#clock.setTimer(delay, () => this.#look());
  }

  #look(): void {
    const now = this.#clock.now();
    for (const waiting of this.#waiting) {
      if (waiting.endsAt !== null && waiting.endsAt <= now) this.#call(waiting);
    }
    this.#arm();
  }
}
