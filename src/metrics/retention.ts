import type { Clock } from '../runtime/clock.ts';
import { HOUR_MS } from './block-span.ts';
import { type SeriesStore, TIERS, type Tier } from './series-store.ts';

const DAY_MS = 24 * HOUR_MS;

/** How long each tier is kept, ms; `Infinity` for ever. All of it fits into some megabytes a year and workspace. */
export type Retention = Readonly<Record<Tier, number>>;
export const RETENTION_DEFAULTS: Retention = Object.freeze({
  raw: 7 * DAY_MS,
  minute: 30 * DAY_MS,
  hour: 366 * DAY_MS,
  day: Number.POSITIVE_INFINITY,
});

export interface RetentionRound {
  readonly store: SeriesStore;
  readonly clock: Clock;
  readonly retention: Retention;
  /** All blocks together, bytes; `Infinity` without a limit. */
  readonly maxBytes: number;
}

/** So few in one transaction that nobody waits for it. */
const DELETED_AT_ONCE = 64;

/** What must be given up for size is given up by so much of a tier's age at once. */
const SHORTER_RATIO = 0.9;
/** Nothing is older. */
const LONGEST_MS = 20 * 366 * DAY_MS;
/** A day of 25 hours, the two hours that samples may be late, and the time until its last hour is over. */
export const DAY_MADE_MS = 30 * HOUR_MS;

/** What stays however little room there is: of samples the last hours, of rollups what days are still made of. */
const SHORTEST_MS: Retention = { raw: 6 * HOUR_MS, minute: DAY_MADE_MS, hour: DAY_MADE_MS, day: DAY_MADE_MS };

/**
 * Deletes what is older than its tier is kept, then, where all is larger than allowed, the oldest of the finest tier first. Gives
 * how many blocks it deleted. Rollups of what is deleted are in the store: blocks of an hour are written together. Throws
 * `store_unwritable`.
 */
export async function keepWithin(round: RetentionRound, signal: AbortSignal): Promise<number> {
  const { store, clock, retention, maxBytes } = round;
  let deleted = 0;
  for (const tier of TIERS)
    deleted += await deleteBefore(round, { tier, before: clock.now() - retention[tier] }, signal);
  for (const tier of TIERS) {
    let age = Math.min(retention[tier], LONGEST_MS);
    while (totalBytes(store) > maxBytes && age > SHORTEST_MS[tier] && !signal.aborted) {
      age = Math.max(age * SHORTER_RATIO, SHORTEST_MS[tier]);
      deleted += await deleteBefore(round, { tier, before: clock.now() - age }, signal);
    }
  }
  return deleted;
}

async function deleteBefore(
  { store, clock }: RetentionRound,
  { tier, before }: { tier: Tier; before: number },
  signal: AbortSignal,
): Promise<number> {
  if (before === Number.NEGATIVE_INFINITY) return 0;
  let deleted = 0;
  for (let more = DELETED_AT_ONCE; more === DELETED_AT_ONCE && !signal.aborted; ) {
    more = store.deleteBlocks(tier, before, DELETED_AT_ONCE);
    deleted += more;
    await clock.yieldTurn();
  }
  return deleted;
}

function totalBytes(store: SeriesStore): number {
  const { tiers } = store.getStats();
  return TIERS.reduce((sum, tier) => sum + tiers[tier].bytes, 0);
}
