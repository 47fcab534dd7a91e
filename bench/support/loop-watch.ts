import { readFileSync } from 'node:fs';

/** Longest times for which the event loop did not turn, ms. */
export interface LoopBlocks {
  /** By the clock on the wall. */
  readonly wallMs: number;
  /** The same without the time in which the thread waited for a core that other processes used. */
  readonly ownMs: number;
}

const TICK_MS = 1;

/** Watches the event loop until it is stopped. */
export function watchLoop(): { stop(): LoopBlocks } {
  let wallMs = 0;
  let ownMs = 0;
  let tickedAt = performance.now();
  let waitedMs = waitedForCoreMs();
  const tick = () => {
    const now = performance.now();
    const waited = waitedForCoreMs();
    const blocked = Math.max(0, now - tickedAt - TICK_MS);
    wallMs = Math.max(wallMs, blocked);
    ownMs = Math.max(ownMs, blocked - (waited - waitedMs));
    tickedAt = now;
    waitedMs = waited;
  };
  const timer = setInterval(tick, TICK_MS);
  return {
    stop() {
      tick();
      clearInterval(timer);
      return { wallMs, ownMs };
    },
  };
}

/** How long this thread has been ready to run without a core, as Linux counts it; 0 elsewhere. */
function waitedForCoreMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
