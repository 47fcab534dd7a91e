import type { CancelTimer, Clock } from '../../runtime/clock.ts';

/** Work that gathers what comes, and is done for all of it together. */
export interface PacedFlush {
  /** There is something: it is done in the next turn of the loop, or after the pause. */
  request(): void;
  close(): void;
}

/** No pause is longer, however long the work took. */
const PAUSE_MOST_MS = 10;

/**
 * A burst becomes one piece of work, done in the next turn. Work for thousands of clients takes some milliseconds: then a
 * pause of that length follows, so that a stream of single events takes no more than half of the loop.
 */
export function pacedFlush(clock: Clock, work: () => void): PacedFlush {
  let isDue = false;
  let isClosed = false;
  let restUntil = Number.NEGATIVE_INFINITY;
  let cancel: CancelTimer = () => {};

  function run(): void {
    isDue = false;
    if (isClosed) return;
    const begun = clock.monotonic();
    work();
    const took = clock.monotonic() - begun;
    restUntil = begun + took + Math.min(took, PAUSE_MOST_MS);
  }

  return {
    request() {
      if (isDue) return;
      isDue = true;
      const pause = restUntil - clock.monotonic();
      if (pause >= 1) cancel = clock.setTimer(pause, run);
      else void clock.yieldTurn().then(run);
    },
    close() {
      isClosed = true;
      cancel();
    },
  };
}
