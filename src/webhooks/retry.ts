import type { PostOutcome } from '../runtime/http-post.ts';

/** A receiver that is away is waited for; one that answers and refuses an event may never take it. */
const REFUSED_TRIES = 5;
const GIVE_UP_AFTER_MS = 24 * 3_600_000;

/** Statuses that say "not now": request timeout, too early, too many requests. */
const NOT_NOW = new Set([408, 425, 429]);

/** Whether an event is tried again, which holds up all after it. `attempts`, and ms since the first. */
export function isTriedAgain(
  outcome: PostOutcome,
  { attempts, sinceMs }: { attempts: number; sinceMs: number },
): boolean {
  if (sinceMs >= GIVE_UP_AFTER_MS) return false;
  const { status } = outcome;
  const isRefusal = status !== null && status < 500 && !NOT_NOW.has(status);
  return !isRefusal || attempts < REFUSED_TRIES;
}
