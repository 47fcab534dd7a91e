/** How long to try. */
export interface EventuallyOptions {
  /** Give up after so many ms (default 20 s: generous, the machine may be loaded). */
  readonly within?: number;
  /** Wait so many ms between two tries (default 25). */
  readonly every?: number;
}

/**
 * Tries until `attempt` neither throws nor rejects, and gives what it gave. When the time is over, rejects with the last
 * failure. This is the only way a test waits for the world to change.
 */
export async function eventually<T>(attempt: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const until = performance.now() + (options.within ?? 20_000);
  for (;;) {
    try {
      return await attempt();
    } catch (failure) {
      if (performance.now() > until) throw failure;
      await new Promise((resolve) => setTimeout(resolve, options.every ?? 25));
    }
  }
}
