import type { Engine } from '../engine/engine.ts';
import type { Clock } from '../runtime/clock.ts';
import { BEAT_MS, type EngineConfirmation } from './freshness.ts';
import type { SyncOptions } from './synchronizer.ts';

/** When to compare everything with the engine. */
export interface Pace {
  /** The interval asked for, ms. */
  syncIntervalMs: number;
  /** How long the last list took, ms: a slow one is asked for less often. */
  lastListMs: number;
  /** When the last list came, monotonic ms. */
  listedAt: number;
  /** Woken when the interval changes. */
  changed: AbortController;
}

export interface BeatParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly confirmation: EngineConfirmation;
  sync(options: SyncOptions): Promise<unknown>;
}

/** A list may cost the engine at most a fiftieth of the time. */
const LIST_SHARE = 50;

/** Beats come up to a tenth early, so that many Tidewatches do not ask one engine in one instant. */
const JITTER_RATIO = 0.1;

/** The stream is given up after so many unanswered beats in a row. */
const FAILURES_MOST = 2;
const RETRY_MS = 250;

/**
 * Asks the engine for a sign of life at every beat: the list when a resync is due, else a ping. Two calls a resync with
 * the default interval, none for anything else. Rejects when the engine does not answer; resolves when aborted.
 */
export async function beatUntilFailure(parts: BeatParts, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    await parts.clock.sleep(
      failures === 0 ? nextBeatMs(parts.pace) : RETRY_MS,
      AbortSignal.any([signal, parts.pace.changed.signal]),
    );
    if (signal.aborted) return;
    if (parts.pace.changed.signal.aborted) {
      parts.pace.changed = new AbortController();
      continue;
    }
    try {
      await beat(parts, signal);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures >= FAILURES_MOST) throw error;
    }
  }
}

async function beat({ engine, clock, pace, confirmation, sync }: BeatParts, signal: AbortSignal): Promise<void> {
  if (isListDue(pace, clock.monotonic())) {
    await sync({});
  } else {
    await engine.ping(signal);
    confirmation.confirm('ping', clock.now(), clock.monotonic());
  }
}

function resyncMs(pace: Pace): number {
  return Math.max(pace.syncIntervalMs, pace.lastListMs * LIST_SHARE);
}

function nextBeatMs(pace: Pace): number {
  return Math.min(BEAT_MS, resyncMs(pace) / 2) * (1 - Math.random() * JITTER_RATIO);
}

/** At the beat nearest to the interval: the next one would be later than the interval allows. */
function isListDue(pace: Pace, now: number): boolean {
  return now - pace.listedAt + Math.min(BEAT_MS, resyncMs(pace) / 2) * (1 - JITTER_RATIO) > resyncMs(pace);
}
