import { readFileSync } from 'node:fs';

/** Longest times for which the event loop did not turn, ms. */
export interface LoopBlocks {
  /** By the clock on the wall. */
  readonly wallMs: number;
  /** The same without the time in which the thread was ready to run and waited for a core that others used. */
  readonly ownMs: number;
  /** What the thread worked in one turn. */
  readonly cpuMs: number;
}

const TICK_MS = 1;

/** Watches the event loop until it is stopped. */
export function watchLoop(): { stop(): LoopBlocks } {
  const most = { wallMs: 0, ownMs: 0, cpuMs: 0 };
  let before = { at: performance.now(), ...threadTimes() };
  const tick = () => {
    const now = { at: performance.now(), ...threadTimes() };
    const wallMs = Math.max(0, now.at - before.at - TICK_MS);
    most.wallMs = Math.max(most.wallMs, wallMs);
    most.ownMs = Math.max(most.ownMs, wallMs - (now.waitedMs - before.waitedMs));
    most.cpuMs = Math.max(most.cpuMs, now.workedMs - before.workedMs);
    before = now;
  };
  const timer = setInterval(tick, TICK_MS);
  return {
    stop() {
      tick();
      clearInterval(timer);
      return most;
    },
  };
}

/** How long this thread has worked, and been ready to work without a core, as Linux counts it; 0 elsewhere. */
function threadTimes(): { workedMs: number; waitedMs: number } {
  try {
    const [worked, waited] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
    return { workedMs: Number(worked) / 1e6, waitedMs: Number(waited) / 1e6 };
  } catch {
    return { workedMs: 0, waitedMs: 0 };
  }
}
