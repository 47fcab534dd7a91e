import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** Named teardown steps, run last in first out. */
export interface ShutdownStack {
  /** Adds a step; runs it at once if the stack is already closed. */
  push(name: string, step: () => void | Promise<void>): void;
  /** Runs all steps once; a step that throws or hangs past the deadline is logged and does not stop the others. */
  close(): Promise<void>;
}

/** Creates a stack whose steps share `deadlineMs` (10 s unless told). */
export function createShutdownStack(clock: Clock, logger: Logger, deadlineMs = 10_000): ShutdownStack {
  const steps: { name: string; step: () => void | Promise<void> }[] = [];
  let closing: Promise<void> | undefined;

  async function runStep(name: string, step: () => void | Promise<void>, until: number): Promise<void> {
    const timer = new AbortController();
    const work = Promise.resolve().then(step);
    const timeout = clock.sleep(Math.max(0, until - clock.monotonic()), timer.signal).then(() => 'late' as const);
    try {
      const outcome = await Promise.race([work, timeout]);
      if (outcome === 'late') {
        logger.error(`shutdown step "${name}" did not end in time; going on without it`);
        work.catch(() => {});
      }
    } catch (error) {
      logger.error(`shutdown step "${name}" failed`, { error });
    } finally {
      timer.abort();
    }
  }

  async function closeAll(): Promise<void> {
    const until = clock.monotonic() + deadlineMs;
    for (let last = steps.pop(); last; last = steps.pop()) await runStep(last.name, last.step, until);
  }

  return {
    push(name, step) {
      if (closing) void runStep(name, step, clock.monotonic() + deadlineMs);
      else steps.push({ name, step });
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
