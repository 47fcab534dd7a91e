import type { Clock } from '../runtime/clock.ts';

/** How long one kind of work may hold the event loop. */
export interface TurnBudget {
  /** The turn's time is used up: stop now; `resume` is called in the next turn. */
  spent(): boolean;
}

/**
 * Gives `limitMs` of every turn of the event loop, counted from the first question in it. Chains of microtasks count as
 * one turn: that is what they are to sockets and timers.
 */
export function createTurnBudget(clock: Clock, limitMs: number, resume: () => void): TurnBudget {
  let openedAt: number | undefined;
  let wanted = false;
  function nextTurn(): void {
    openedAt = undefined;
    if (!wanted) return;
    wanted = false;
    resume();
  }
  return {
    spent() {
      const now = clock.monotonic();
      if (openedAt === undefined) {
        openedAt = now;
        void clock.yieldTurn().then(nextTurn);
        return false;
      }
      if (now - openedAt < limitMs) return false;
      wanted = true;
      return true;
    },
  };
}
