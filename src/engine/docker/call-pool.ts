import { linkAbort } from './engine-call.ts';

/** Runs a few calls at once, the others in the order in which they came. */
export class CallPool {
  #free: number;
  readonly #waiting = new Set<() => void>();

  /** `atOnce`: one hung container must not hold up the rest, and the rest must not flood the engine. */
  constructor(atOnce: number) {
    this.#free = Math.max(1, atOnce);
  }

  /** Runs the call when there is a place for it; while it waits, an abort rejects with the signal's reason. */
  async run<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#place(signal);
    try {
      return await call();
    } finally {
      this.#leave();
    }
  }

  /** Waits for a place that somebody leaves. */
  #place(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const take = () => {
        unlink();
        resolve();
      };
      const unlink = linkAbort(signal, (reason) => {
        this.#waiting.delete(take);
        reject(reason);
      });
      this.#waiting.add(take);
    });
  }

  /** The place goes to who waits longest without becoming free in between: nobody can slip past. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
