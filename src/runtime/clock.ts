/** Stops a timer; calling it again does nothing. */
export type CancelTimer = () => void;

/** The only way the code reads time or waits. Tests pass a {@link FakeClock}. */
export interface Clock {
  /** Wall clock, epoch ms. May step; use it for instants only. */
  now(): number;
  /** Monotonic ms, fractional. Use it for durations. */
  monotonic(): number;
  /** Runs `task` once after `delayMs`. The timer does not keep the process alive. */
  setTimer(delayMs: number, task: () => void): CancelTimer;
  /** Resolves after `delayMs`, or at once when the signal aborts (never rejects: a woken loop looks at its signal). */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Resolves in the next turn of the event loop, after pending I/O. */
  yieldTurn(): Promise<void>;
}

// setTimeout fires at once beyond 2^31-1 ms (24.8 days).
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, task) {
    const timer = setTimeout(task, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
  sleep(delayMs, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = systemClock.setTimer(delayMs, wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  },
  yieldTurn: () => new Promise((resolve) => setImmediate(resolve)),
};
