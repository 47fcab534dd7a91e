import type { CancelTimer, Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { EventLog } from './event-log.ts';

/** How long events are kept: until one of the limits is passed. */
export interface EventRetention {
  /** Oldest age, ms (default 30 days); Infinity for no limit. */
  readonly maxAgeMs: number;
  /** Most events (default 500,000: about 200 MB in SQLite); Infinity for no limit. */
  readonly maxEvents: number;
}

export const EVENT_RETENTION_DEFAULTS: EventRetention = Object.freeze({
  maxAgeMs: 30 * 24 * 3_600_000,
  maxEvents: 500_000,
});

/** Often enough that each time is short work. */
const PRUNE_EVERY_MS = 60_000;

export interface RetentionOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retention: EventRetention;
}

/** Deletes what is older or more than wanted, every minute, a little a turn; gives what ends it. */
export function startRetention({ log, clock, logger, retention }: RetentionOptions): CancelTimer {
  let cancel: CancelTimer = () => {};
  let isStopped = false;
  const limits = () => ({ olderThan: clock.now() - retention.maxAgeMs, keepAtMost: retention.maxEvents });

  async function pruneAll(): Promise<void> {
    try {
      while (!isStopped && log.prune(limits()) > 0) await clock.yieldTurn();
    } catch (error) {
      logger.warn('old events could not be deleted; trying again later', { error });
    }
    if (!isStopped) cancel = clock.setTimer(PRUNE_EVERY_MS, () => void pruneAll());
  }

  cancel = clock.setTimer(PRUNE_EVERY_MS, () => void pruneAll());
  return () => {
    isStopped = true;
    cancel();
  };
}
