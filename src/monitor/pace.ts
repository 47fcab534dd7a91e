import type { UsageScope } from '../engine/usage.ts';
import { TidewatchError } from '../model/errors.ts';
import { type Duration, parseDuration } from '../runtime/duration.ts';

export const PACE_DEFAULTS = Object.freeze({ collectIntervalMs: 10_000, watchedIntervalMs: 1_000 });

/** A faster pace would tell of the kernel's ticks. */
const SHORTEST_INTERVAL_MS = 200;

/** By how much the reading of a container that does nothing is stretched, by how long it has done nothing. */
const IDLE_STRETCH = [1, 2, 4, 6];
/** Readings in a row that must be equal before it is stretched further. */
const EQUAL_READINGS = 3;

/** Counters whose rate may be over a longer time are read about so often, and what is expensive or seldom changes. */
const MEDIUM_EVERY_MS = 5_000;
const FULL_EVERY_MS = 10_000;

/**
 * All readings of one slot share one wake-up, which costs as much as several of them: a quarter of the interval, within these
 * bounds. Others wait for a slice of it only (collection-loop.ts).
 */
const SLOTS_PER_INTERVAL = 4;
const SLOT_LEAST_MS = 10;
const SLOT_MOST_MS = 1_000;

/** Milliseconds of a collect interval. Throws `config_invalid`. */
export function checkCollectInterval(interval: Duration): number {
  const intervalMs = parseDuration(interval);
  if (intervalMs === undefined || intervalMs < SHORTEST_INTERVAL_MS) {
    throw new TidewatchError(
      'config_invalid',
      `collectInterval must be a duration of at least ${SHORTEST_INTERVAL_MS} ms, as in "10s"; got ${interval}`,
    );
  }
  return intervalMs;
}

/** A number of 31 bits that is always the same for an id (FNV-1a): its place within an interval. */
export function offsetOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  return hash >>> 1;
}

/**
 * The first instant after `now` that belongs to a container: each has its own place in every interval, so that not all are
 * read at once, and the same one after a restart. Never sooner than half an interval from now.
 */
export function nextSlot(now: number, intervalMs: number, offset: number): number {
  const slotMs = Math.min(Math.max(intervalMs / SLOTS_PER_INTERVAL, SLOT_LEAST_MS), SLOT_MOST_MS);
  const slots = Math.max(1, Math.floor(intervalMs / slotMs));
  const phase = (offset % slots) * slotMs;
  const earliest = now + intervalMs / 2;
  return phase + Math.ceil((earliest - phase) / intervalMs) * intervalMs;
}

/** What is read at a container's turn. Each has turns of its own for more than a cheap reading, so that not all have the same. */
export function scopeOf(turn: number, intervalMs: number): UsageScope {
  if (turn % Math.max(1, Math.round(FULL_EVERY_MS / intervalMs)) === 0) return 'full';
  return turn % Math.max(1, Math.round(MEDIUM_EVERY_MS / intervalMs)) === 0 ? 'medium' : 'cheap';
}

/** By how much the interval of a container is stretched after so many equal readings in a row. */
export function idleStretch(equalReadings: number): number {
  const step = Math.min(Math.floor(equalReadings / EQUAL_READINGS), IDLE_STRETCH.length - 1);
  return IDLE_STRETCH[step] as number;
}
