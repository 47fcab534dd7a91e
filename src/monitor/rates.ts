import { USAGE, type UsageField, type UsageReader, type UsageScope } from '../engine/usage.ts';
import {
  AT_BASELINES,
  CHEAP_RATES,
  FIGURE,
  type Ledger,
  PERIODS_BEFORE,
  RATE_FIELDS,
  SINCE_ALL,
  SINCE_TRAFFIC,
  SLEEPER_RATES,
  THROTTLED_BEFORE,
} from './figures.ts';

/** Why a step of a counter was not shown as a rate. */
export interface Discards {
  /** A counter went back: it began anew without the run having ended (an interface was plugged in again). */
  resets: number;
  /** So much time passed since the reading before that a rate would not tell of now: the machine was suspended. */
  gaps: number;
  /** More than the machine can do. */
  impossible: number;
}

/** What a reading is held against. */
export interface Bounds {
  /** What of it was read: rates of other counters stay as they are. */
  scope: UsageScope;
  /** Traffic was left out: see {@link UsageReader.isAsleep}. */
  isAsleep: boolean;
  /** Time since the reading before, ms; `NaN` for the first one of a run. */
  elapsed: number;
  /** A longer time between two readings is a gap, ms. */
  longestMs: number;
  /** Processors of the host. */
  cores: number;
  /** Memory of the host, bytes; `Infinity` when it is not known. */
  hostMemory: number;
}

/** Counters jitter by a scheduler tick; a rate over less time than this says more about them than about the load. */
export const SHORTEST_MS = 50;

/** Readings are not taken at the very instant that is noted for them. */
const TOLERANCE_RATIO = 1.1;
const TOLERANCE_MS = 20;

const NS_PER_MS = 1e6;
const US_PER_MS = 1e3;
const MS_PER_S = 1e3;
/** 100 GB/s: faster than any network or disk of one machine. */
const MOST_BYTES_PER_MS = 1e8;

/** `scale`: steps of the counter in a ms → figure. `most`: highest step in a ms, for CPU of one core. */
const CPU = { scale: 100 / NS_PER_MS, most: NS_PER_MS };
const BYTES = { scale: MS_PER_S, most: MOST_BYTES_PER_MS };
const PRESSURE = { scale: 1 / US_PER_MS, most: US_PER_MS };

function unitOf(field: UsageField): typeof CPU {
  if (field.endsWith('Ns')) return CPU;
  return field.endsWith('Us') ? PRESSURE : BYTES;
}

// Columns instead of objects: they are walked for every sample.
const FIGURES = RATE_FIELDS.map(([figure]) => FIGURE[figure]);
const COUNTERS = RATE_FIELDS.map(([, field]) => USAGE[field]);
const SCALES = RATE_FIELDS.map(([, field]) => unitOf(field).scale);
const MOST = RATE_FIELDS.map(([, field]) => unitOf(field).most);
const HIGHEST = RATE_FIELDS.map(([, field]) => (unitOf(field) === PRESSURE ? 1 : Number.POSITIVE_INFINITY));
const RATES = RATE_FIELDS.length;

/**
 * Derives the figures from the frame in the ledger: rates from the step of each counter over the time since it was read
 * before, levels as they are. A step that cannot be true leaves its rate unknown, is counted, and is the next baseline.
 */
export function takeReading(ledger: Ledger, { bounds, discards }: { bounds: Bounds; discards: Discards }): void {
  const { elapsed, scope, cores } = bounds;
  const isGap = elapsed > bounds.longestMs;
  if (isGap) discards.gaps += 1;
  const hasAll = scope !== 'cheap';
  const passed = isGap ? Number.NaN : elapsed;
  const sinceTraffic = (ledger[SINCE_TRAFFIC] as number) + passed;
  const sinceAll = (ledger[SINCE_ALL] as number) + passed;
  // After a gap no rate is of now, whether its counter was read or not.
  const rates = hasAll || isGap ? RATES : bounds.isAsleep ? SLEEPER_RATES : CHEAP_RATES;
  for (let rate = 0; rate < rates; rate += 1) {
    const over = rate < SLEEPER_RATES ? passed : rate < CHEAP_RATES ? sinceTraffic : sinceAll;
    const value = ledger[COUNTERS[rate] as number] as number;
    const step = value - (ledger[AT_BASELINES + rate] as number);
    const most = MOST[rate] as number;
    let figure = Number.NaN;
    // Neither is a step from or to what was not told, nor one over a time that is not known.
    if (over > 0 && !Number.isNaN(step)) {
      const lasted = over * TOLERANCE_RATIO + TOLERANCE_MS;
      if (step < 0) discards.resets += 1;
      else if (step > lasted * (most === NS_PER_MS ? most * cores : most)) discards.impossible += 1;
      else figure = Math.min((step / over) * (SCALES[rate] as number), HIGHEST[rate] as number);
    }
    ledger[FIGURES[rate] as number] = figure;
    ledger[AT_BASELINES + rate] = value;
  }
  ledger[SINCE_TRAFFIC] = bounds.isAsleep ? sinceTraffic : 0;
  ledger[SINCE_ALL] = hasAll ? 0 : sinceAll;
  if (rates === RATES) takeThrottling(ledger, Number.isNaN(sinceAll));
  takeLevels(ledger, bounds);
}

/** A ratio of two counters read together: it needs no time. Without a limit there are no periods, and it is unknown. */
function takeThrottling(ledger: Ledger, isGap: boolean): void {
  const periods = ledger[USAGE.cpuPeriods] as number;
  const throttled = ledger[USAGE.cpuThrottledPeriods] as number;
  const passed = periods - (ledger[PERIODS_BEFORE] as number);
  const held = throttled - (ledger[THROTTLED_BEFORE] as number);
  ledger[PERIODS_BEFORE] = periods;
  ledger[THROTTLED_BEFORE] = throttled;
  const isSound = !isGap && passed >= 0 && held >= 0 && held <= passed;
  ledger[FIGURE.cpuThrottled] = isSound ? held / Math.max(1, passed) : Number.NaN;
}

function takeLevels(ledger: Ledger, { cores, hostMemory }: Bounds): void {
  const charged = ledger[USAGE.memoryCharged] as number;
  const inactive = ledger[USAGE.memoryInactiveFile] as number;
  // Like the Docker CLI: the cache is left out only where that leaves something.
  const memory = inactive < charged ? charged - inactive : charged;
  ledger[FIGURE.memory] = memory;
  ledger[FIGURE.memoryLimit] = usableMemory(ledger[USAGE.memoryLimit] as number, hostMemory);
  ledger[FIGURE.memoryPercent] = (memory / (ledger[FIGURE.memoryLimit] as number)) * 100;
  ledger[FIGURE.pids] = ledger[USAGE.pids] as number;
  // Without a limit one core is the measure; with one above what the machine has, all that there is.
  const limit = ledger[USAGE.cpuLimit] as number;
  const allowed = limit > 0 && Number.isFinite(limit) ? Math.min(limit, cores) : 1;
  ledger[FIGURE.cpuOfLimit] = (ledger[FIGURE.cpu] as number) / allowed;
}

/**
 * Without a limit the kernel's files say `Infinity`, the engine's statistics the memory of its machine. Either way no more
 * than the machine has can be used; `NaN` when neither a limit nor that is known.
 */
function usableMemory(limit: number, hostMemory: number): number {
  const most = Math.min(limit, hostMemory);
  return most > 0 && Number.isFinite(most) ? most : Number.NaN;
}
