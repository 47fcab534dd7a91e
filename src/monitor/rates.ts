import { USAGE, USAGE_FIELDS, type UsageField, type UsageFrame, type UsageScope } from '../engine/usage.ts';
import { AT_BASELINES, FIGURE, type Ledger, RATE_FIELDS } from './figures.ts';

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
  /** When it was read, monotonic ms. */
  at: number;
  scope: UsageScope;
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
const FIELDS = USAGE_FIELDS.length;

/**
 * Takes a reading into the ledger: rates from the step of each counter since its own last reading, levels as they are. A
 * field the reading does not have (`NaN`) keeps what is known of it in a `cheap` reading, and is unknown after a `full` one.
 * A step that cannot be true leaves its rate unknown, is counted, and is the next baseline.
 */
export function takeReading(
  ledger: Ledger,
  reading: UsageFrame,
  context: { bounds: Bounds; discards: Discards },
): void {
  const { bounds, discards } = context;
  let isGap = false;
  for (let rate = 0; rate < RATES; rate += 1) {
    const counter = COUNTERS[rate] as number;
    const value = reading[counter] as number;
    const isMissing = Number.isNaN(value);
    if (isMissing && bounds.scope === 'cheap') continue;
    const elapsed = bounds.at - (ledger[AT_BASELINES + rate] as number);
    const step = value - (ledger[counter] as number);
    let figure = Number.NaN;
    if (elapsed > bounds.longestMs) isGap = true;
    else if (elapsed > 0 && !isMissing) {
      const most = (elapsed * TOLERANCE_RATIO + TOLERANCE_MS) * (MOST[rate] as number);
      if (step < 0) discards.resets += 1;
      else if (!(step <= (MOST[rate] === NS_PER_MS ? most * bounds.cores : most))) discards.impossible += 1;
      else figure = Math.min((step / elapsed) * (SCALES[rate] as number), HIGHEST[rate] as number);
    }
    ledger[FIGURES[rate] as number] = figure;
    ledger[AT_BASELINES + rate] = isMissing ? Number.NaN : bounds.at;
  }
  if (isGap) discards.gaps += 1;
  takeThrottling(ledger, reading, isGap || bounds.scope === 'full');
  for (let field = 0; field < FIELDS; field += 1) {
    const value = reading[field] as number;
    if (!Number.isNaN(value) || bounds.scope === 'full') ledger[field] = value;
  }
  takeLevels(ledger, bounds);
}

/** A ratio of two counters read together: it needs no time. Without a limit there are no periods, and it is unknown. */
function takeThrottling(ledger: Ledger, reading: UsageFrame, mayForget: boolean): void {
  const periods = (reading[USAGE.cpuPeriods] as number) - (ledger[USAGE.cpuPeriods] as number);
  const throttled = (reading[USAGE.cpuThrottledPeriods] as number) - (ledger[USAGE.cpuThrottledPeriods] as number);
  if (periods === 0) ledger[FIGURE.cpuThrottled] = 0;
  else if (periods > 0 && throttled >= 0 && throttled <= periods) ledger[FIGURE.cpuThrottled] = throttled / periods;
  else if (mayForget || !Number.isNaN(periods)) ledger[FIGURE.cpuThrottled] = Number.NaN;
}

function takeLevels(ledger: Ledger, { cores, hostMemory }: Bounds): void {
  const charged = ledger[USAGE.memoryCharged] as number;
  const inactive = ledger[USAGE.memoryInactiveFile] as number;
  // Like the Docker CLI: the cache is left out only where that leaves something.
  const memory = inactive < charged ? charged - inactive : charged;
  const limit = Math.min(ledger[USAGE.memoryLimit] as number, hostMemory);
  ledger[FIGURE.memory] = memory;
  ledger[FIGURE.memoryLimit] = Number.isFinite(limit) && limit > 0 ? limit : Number.NaN;
  ledger[FIGURE.memoryPercent] = (memory / (ledger[FIGURE.memoryLimit] as number)) * 100;
  ledger[FIGURE.pids] = ledger[USAGE.pids] as number;
  const allowed = ledger[USAGE.cpuLimit] as number;
  ledger[FIGURE.cpuOfLimit] = (ledger[FIGURE.cpu] as number) / (allowed > 0 && allowed < cores ? allowed : 1);
}
