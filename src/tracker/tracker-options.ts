import type { Engine } from '../engine/engine.ts';
import type { EventBusPort } from '../events/event-bus.ts';
import { TidewatchError } from '../model/errors.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type Duration, parseDuration } from '../runtime/duration.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ResolverOptions } from './workspace-resolver.ts';
import type { WorkspaceService } from './workspace-service.ts';

/** What a tracker is made of. Only the engine is needed. */
export interface TrackerOptions {
  readonly engine: Engine;
  /** The workspace registry; in memory unless given. */
  readonly workspaces?: WorkspaceService;
  /** Where events go; a bus of its own, with a log in memory, unless given. */
  readonly bus?: EventBusPort;
  /** Silent unless given. */
  readonly logger?: Logger;
  /** How often everything is compared with the engine, ms or text as `30s`. Default 30 s, at least 100 ms. */
  readonly syncInterval?: Duration;
  /** Tries again before a failure is told as an `error` event. Default 3. */
  readonly maxRetries?: number;
  readonly resolver?: ResolverOptions;
  readonly clock?: Clock;
}

export const TRACKER_DEFAULTS = Object.freeze({ syncIntervalMs: 30_000, maxRetries: 3, clock: systemClock });

/** A faster resync than this would be polling. */
const SHORTEST_SYNC_MS = 100;

/** Milliseconds of a sync interval. Throws `config_invalid`. */
export function checkSyncInterval(interval: Duration): number {
  const intervalMs = parseDuration(interval);
  if (intervalMs === undefined || intervalMs < SHORTEST_SYNC_MS) {
    throw new TidewatchError(
      'config_invalid',
      `syncInterval must be a duration of at least 100 ms, as in "30s"; got ${interval}`,
    );
  }
  return intervalMs;
}

/** Throws `config_invalid` unless it is a whole number of 0 or more. */
export function checkMaxRetries(count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new TidewatchError('config_invalid', `maxRetries must be a whole number of 0 or more; got ${count}`);
  }
  return count;
}

/** Throws `config_invalid` unless there is an engine. */
export function checkEngine(options: TrackerOptions | undefined): Engine {
  const engine: Partial<Engine> | null | undefined = options?.engine;
  if (typeof engine?.list === 'function' && typeof engine.watch === 'function') return engine as Engine;
  const what = engine == null ? 'it is missing' : 'what was given is none';
  throw new TidewatchError(
    'config_invalid',
    `a tracker needs an engine, and ${what}: new Tracker({ engine: await connectEngine() })`,
  );
}
