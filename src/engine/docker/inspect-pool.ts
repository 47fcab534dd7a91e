/** One hung container must not hold up the rest, and the rest must not flood the engine. */
const AT_ONCE = 4;

/** Runs a few calls at once, the others in the order in which they came. */
export class InspectPool {
  #running = 0;
  readonly #waiting = new Set<() => void>();

  async run<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) await this.#turn(signal);
    this.#running += 1;
    try {
      return await call();
    } finally {
      this.#running -= 1;
      const [next] = this.#waiting;
      next?.();
    }
  }

  /** Waits for a free place; an aborted call goes on at once and fails by its own signal. */
  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        this.#waiting.delete(go);
        signal?.removeEventListener('abort', go);
        resolve();
      };
      this.#waiting.add(go);
      signal?.addEventListener('abort', go, { once: true });
    });
  }
}
