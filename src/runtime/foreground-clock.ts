import type { Clock } from './clock.ts';

/**
 * Waiting that keeps the process alive, and works in a browser: for programs that have nothing else to wait for than their
 * next attempt. {@link systemClock}'s timers do not keep a process alive, so such a program would end in the middle.
 */
export const foregroundClock: Pick<Clock, 'sleep'> = {
  sleep(delayMs, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.max(0, delayMs));
      signal?.addEventListener('abort', wake, { once: true });
    });
  },
};
