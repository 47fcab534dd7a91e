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

/** About so often are read: counters whose rate may be over a longer time, what is expensive, and what seldom changes. */
const MEDIUM_EVERY_MS = 5_000;
const LARGE_EVERY_MS = 10_000;
const FULL_EVERY_MS = 60_000;

/**
 * At most about so many readings share one wake-up. To wake up costs as much as twenty of them, since neither code nor data are
 * in the processor's caches then (measured: docs/decisions/0009). Others wait for a slice of it only (collection-loop.ts).
 */
const READINGS_PER_SLOT = 128;

/** Offsets are below this. */
const OFFSETS = 2 ** 31;

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

/** A number of 31 bits that is always the same for an id: FNV-1a, with the end of MurmurHash3, which spreads the upper bits. */
export function offsetOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 1;
}

/**
 * Where in every interval a container is read, as a share of it: each has a place of its own, the same one after a restart,
 * and as many containers as are read together share it. The count of places is a power of two, so that a container stays near
 * its own when others come and go, and those that are read less often meet the rest.
 */
export function placeOf(offset: number, containers: number): number {
  const slots = 2 ** (32 - Math.clz32((containers - 1) / READINGS_PER_SLOT));
  return Math.floor((offset / OFFSETS) * slots) / slots;
}

/** The first instant after `now` that belongs to a place. Never sooner than half an interval from now. */
export function nextSlot(now: number, intervalMs: number, place: number): number {
  const phase = place * intervalMs;
  const earliest = now + intervalMs / 2;
  return phase + Math.ceil((earliest - phase) / intervalMs) * intervalMs;
}

/** What is read at a container's turn. Each has turns of its own for more than a cheap reading, so that not all have the same. */
export function scopeOf(turn: number, intervalMs: number): UsageScope {
  const isTurn = (everyMs: number) => turn % Math.max(1, Math.round(everyMs / intervalMs)) === 0;
  if (isTurn(FULL_EVERY_MS)) return 'full';
  if (isTurn(LARGE_EVERY_MS)) return 'large';
  return isTurn(MEDIUM_EVERY_MS) ? 'medium' : 'cheap';
}

/** By how much the interval of a container is stretched after so many equal readings in a row. */
export function idleStretch(equalReadings: number): number {
  const step = Math.min(Math.floor(equalReadings / EQUAL_READINGS), IDLE_STRETCH.length - 1);
  return IDLE_STRETCH[step] as number;
}
