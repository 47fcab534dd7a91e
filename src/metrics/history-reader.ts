import { METRICS, STEPS_PER_UNIT } from '../model/metric-catalogue.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import { type HistoryParts, readSamples } from './history.ts';
import { type HistoryRequest, MAX_POINTS_DEFAULT, type MetricColumns, type MetricsHistory } from './metrics-history.ts';
import { type Buckets, downsample, downsampleRollups } from './query/downsample.ts';
import { readMetrics } from './query/metric-names.ts';
import { planQuery, type QueryPlan } from './query/plan.ts';
import type { Retention } from './retention.ts';
import { LONGEST_COVER } from './rollup/cover.ts';
import { listRows, rowsWithin } from './rollup/join-rows.ts';
import { rollUpRows, rollUpSamples } from './rollup/roll-up.ts';
import type { RollupRows } from './rollup/rollup.ts';
import { HOURS, MINUTES, type Window, type Windows } from './rollup/windows.ts';
import type { Tier } from './series-store.ts';

export interface ReaderParts extends HistoryParts {
  readonly clock: Clock;
  readonly retention: Retention;
  /** Days of the configured time zone. */
  readonly days: Windows;
}

export type RollupTier = Exclude<Tier, 'raw'>;

/** Workspaces that somebody looks at are read so often. */
const SAMPLE_MS = 1_000;

/** What a workspace used, in points. Throws `bad_request`. */
export function readHistory(parts: ReaderParts, id: WorkspaceId, request: HistoryRequest): MetricsHistory {
  const { from, to = 'now', maxPoints = MAX_POINTS_DEFAULT } = request;
  const metrics = readMetrics(request.metrics ?? METRICS);
  const { clock, retention, days } = parts;
  const kept = { now: clock.now(), retention, sampleMs: SAMPLE_MS, startOfDay: (at: number) => days.startOf(at) };
  const plan = planQuery({ from, to, maxPoints }, kept);
  const buckets = bucketsOf(parts, { id, plan, metrics: metrics.map((metric) => METRICS.indexOf(metric)) });
  return {
    workspaceId: id,
    from: plan.from,
    to: plan.to,
    step: plan.stepMs,
    tier: plan.tier,
    at: [...plan.edges.subarray(0, -1)],
    series: Object.fromEntries(metrics.map((metric, index) => [metric, columnsOf(buckets[index] as Buckets)])),
  };
}

/**
 * Rollups of the windows that begin in a range (epoch ms), one row each; those of the last hour, which are not in the store yet,
 * from samples. `metrics`: numbers in the order of the catalogue.
 */
export function readRollups(
  parts: ReaderParts,
  { id, tier, range, metrics }: { id: WorkspaceId; tier: RollupTier; range: Window; metrics: readonly number[] },
): RollupRows {
  const windows = windowsOf(parts, tier);
  const whole = { from: windows.startOf(range.from), to: windows.endOf(range.to - 1) };
  const stored = parts.archive.rollups({ workspaceId: id, tier, ...whole }, metrics);
  const rows = rowsWithin(
    listRows([...stored, ...freshRows(parts, { id, range: whole, metrics })]),
    whole.from,
    whole.to,
  );
  return rollUpRows(rows, windows);
}

/** The windows of a tier. */
export function windowsOf({ days }: Pick<ReaderParts, 'days'>, tier: RollupTier): Windows {
  return { minute: MINUTES, hour: HOURS, day: days }[tier];
}

/** Minutes that are in no block yet. */
function freshRows(
  { archive, recorder }: HistoryParts,
  { id, range, metrics }: { id: WorkspaceId; range: Window; metrics: readonly number[] },
): RollupRows[] {
  const series = recorder.series.get(id);
  if (series === undefined) return [];
  const fresh = { from: Math.max(range.from, series.sealedTo, MINUTES.startOf(series.head.span.from)), to: range.to };
  if (!(fresh.from < fresh.to)) return [];
  const [from, to] = [fresh.from - LONGEST_COVER.mostMs, fresh.to + LONGEST_COVER.mostMs];
  const samples = readSamples({ archive, recorder }, { workspaceId: id, from, to, metrics });
  const stepsPerUnit = metrics.map((metric) => STEPS_PER_UNIT[metric] as number);
  return [rollUpSamples(samples, { windows: MINUTES, range: fresh, stepsPerUnit })];
}

function bucketsOf(
  parts: ReaderParts,
  { id, plan, metrics }: { id: WorkspaceId; plan: QueryPlan; metrics: readonly number[] },
): Buckets[] {
  const { edges, tier } = plan;
  const range = { from: edges[0] as number, to: edges.at(-1) as number };
  if (tier !== 'raw') {
    const { starts, metrics: columns } = readRollups(parts, { id, tier, range, metrics });
    return columns.map((column) => downsampleRollups({ at: starts, ...column }, edges));
  }
  // The first sample stands for the time since the one before it.
  const from = range.from - LONGEST_COVER.leastMs;
  const { at, values } = readSamples(parts, { workspaceId: id, from, to: range.to, metrics });
  return values.map((column) => downsample({ at, values: column }, edges, LONGEST_COVER.leastMs));
}

function columnsOf({ avg, min, max }: Buckets): MetricColumns {
  return { avg: numbersOf(avg), min: numbersOf(min), max: numbersOf(max) };
}

/** Six decimals say all there is to say; JSON has no `NaN`. */
function numbersOf(column: Float64Array): (number | null)[] {
  return Array.from(column, (value) => (Number.isNaN(value) ? null : Math.round(value * 1e6) / 1e6));
}
