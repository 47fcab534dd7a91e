import { refuseOption } from '../model/errors.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type Duration, parseDuration } from '../runtime/duration.ts';
import { checkedLogger, type Logger, silentLogger } from '../runtime/logger.ts';
import { HOUR_MS } from './block-span.ts';
import { DAY_MADE_MS, RETENTION_DEFAULTS, type Retention } from './retention.ts';
import { dayWindows } from './rollup/windows.ts';
import type { SeriesStore } from './series-store.ts';
import type { TagSource } from './usage-answer.ts';

/** Where samples come from: the resource monitor. */
export interface SampleSource {
  /** Calls back with each sample (epoch ms, a value for each metric, `NaN` where it is not known); gives what ends it. */
  onSample(listener: (id: WorkspaceId, at: number, values: Float64Array) => void): () => void;
}

export interface MetricsCollectorOptions {
  readonly monitor: SampleSource;
  readonly store: SeriesStore;
  /** Names, owners and labels of workspaces: the tracker. Without it there are none. */
  readonly workspaces?: TagSource;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** So much is lost at most when Tidewatch is killed: what came since is in memory alone. 10 s by default. */
  readonly checkpointInterval?: Duration;
  /** How long tiers are kept, ms; those that are not named as by default. */
  readonly retention?: Partial<Retention>;
  /** Bytes all blocks may take; then the oldest of the finest tier go first. No limit by default. */
  readonly maxBytes?: number;
  /** IANA name of the zone whose days are the days of the history; that of the machine by default. */
  readonly timeZone?: string;
}

export interface CollectorSettings {
  logger: Logger;
  readonly clock: Clock;
  readonly checkpointMs: number;
  readonly retention: Retention;
  readonly maxBytes: number;
  readonly timeZone: string;
}

export const CHECKPOINT_MS = 10_000;
/** More often would only keep the disk busy. */
const CHECKPOINT_LEAST_MS = 100;

const MONTH_MS = 30 * 24 * HOUR_MS;

/** Throws `config_invalid`. */
export function resolveCollectorOptions(options: MetricsCollectorOptions): CollectorSettings {
  const checkpointMs = parseDuration(options.checkpointInterval ?? CHECKPOINT_MS);
  if (checkpointMs === undefined || checkpointMs < CHECKPOINT_LEAST_MS) {
    refuseOption(
      `checkpointInterval must be a duration of at least 100 ms, as in "10s"; got ${options.checkpointInterval}`,
    );
  }
  const maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
  const clock = options.clock ?? systemClock;
  const timeZone = options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const retention = checkRetention({ ...RETENTION_DEFAULTS, ...options.retention });
  checkDays(retention, timeZone, clock.now());
  if (!(maxBytes > 0)) refuseOption(`maxBytes must be a number above 0; got ${String(maxBytes)}`);
  return {
    logger: checkedLogger(options.logger ?? silentLogger, refuseOption),
    clock,
    checkpointMs,
    retention,
    maxBytes,
    timeZone,
  };
}

function checkRetention(retention: Retention): Retention {
  for (const [tier, keptMs] of Object.entries(retention)) {
    if (!(keptMs > 0))
      refuseOption(`retention.${tier} must be a number of milliseconds above 0; got ${String(keptMs)}`);
  }
  return retention;
}

/** Days are made of what is below once more with each hour that is over: what is deleted before would be missing in them. */
function checkDays(retention: Retention, timeZone: string, now: number): void {
  const tier = beginWithHours(timeZone, now) ? 'hour' : 'minute';
  if (retention[tier] >= DAY_MADE_MS) return;
  refuseOption(
    `retention.${tier} must be at least 30h in milliseconds (${DAY_MADE_MS}): days of ${timeZone} are made from ${tier}s; got ${retention[tier]}`,
  );
}

/** Whether days begin with an hour of UTC, in all months of a year. */
function beginWithHours(timeZone: string, now: number): boolean {
  const days = dayWindows(timeZone);
  return Array.from({ length: 12 }, (_, month) => days.startOf(now + month * MONTH_MS)).every(
    (start) => start % HOUR_MS === 0,
  );
}
