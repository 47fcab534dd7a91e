import { METRICS, STEPS_PER_UNIT } from '../model/metric-catalogue.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import { type HistoryParts, readSamples } from './history.ts';
import { type HistoryPoints, type HistoryRequest, MAX_POINTS_DEFAULT, type PointColumns } from './metrics-history.ts';
import { type Buckets, carryCovered, downsample, downsampleRollups, type RollupColumns } from './query/downsample.ts';
import { readMetrics } from './query/metric-names.ts';
import { planQuery, type QueryPlan } from './query/plan.ts';
import type { Retention } from './retention.ts';
import { coveredTimes, LONGEST_COVER } from './rollup/cover.ts';
import { listRows, noRows, rowsWithin } from './rollup/join-rows.ts';
import { rollUpRows, rollUpSamples } from './rollup/roll-up.ts';
import type { RollupFigure, RollupRows } from './rollup/rollup.ts';
import { HOURS, MINUTES, type Window, type Windows } from './rollup/windows.ts';
import type { Tier } from './series-store.ts';
import type { StoredPoints } from './stored-points.ts';

export interface ReaderParts extends HistoryParts {
  readonly clock: Clock;
  readonly retention: Retention;
  /** Days of the configured time zone. */
  readonly days: Windows;
  readonly points: StoredPoints;
}

export type RollupTier = Exclude<Tier, 'raw'>;

/** Workspaces that somebody looks at are read so often. */
const SAMPLE_MS = 1_000;

/** What a workspace used, in points. Throws `bad_request`. */
export function readPoints(parts: ReaderParts, id: WorkspaceId, request: HistoryRequest): HistoryPoints {
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
    at: plan.edges.subarray(0, -1),
    series: Object.fromEntries(metrics.map((metric, index) => [metric, columnsOf(buckets[index] as Buckets)])),
  };
}

export interface RollupQuery {
  readonly id: WorkspaceId;
  readonly tier: RollupTier;
  /** Epoch ms. */
  readonly range: Window;
  /** Numbers in the order of the catalogue. */
  readonly metrics: readonly number[];
  /** What is read of them; all unless given. Of rollups that are not in a block yet all is there. */
  readonly figures?: readonly RollupFigure[];
}

/** Rollups of the windows that overlap a range, one row each; those of the last hour, which are not in the store yet, from samples. */
export function readRollups(parts: ReaderParts, query: RollupQuery): RollupRows {
  const { tier, range, metrics } = query;
  const windows = windowsOf(parts, tier);
  const rows = listRows([noRows(metrics.length), ...readRollupParts(parts, query)]);
  return rollUpRows(rowsWithin(rows, windows.startOf(range.from), windows.endOf(range.to - 1)), windows);
}

/** Parts of them, in the order of time: blocks, which may reach out of the range, then minutes that are in no block yet. */
export function readRollupParts(parts: ReaderParts, { id, tier, range, metrics, figures }: RollupQuery): RollupRows[] {
  const windows = windowsOf(parts, tier);
  const whole = { from: windows.startOf(range.from), to: windows.endOf(range.to - 1) };
  const stored = parts.archive.rollups({ workspaceId: id, tier, ...whole }, metrics, figures);
  return [...stored, ...freshRows(parts, { id, range: whole, metrics })];
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
    const stored = parts.points.read({ workspaceId: id, tier, ...range }, metrics);
    const fresh = freshRows(parts, { id, range, metrics });
    return stored.map((columns, index) => downsampleRollups([columns, ...columnsOfRows(fresh, index)], edges));
  }
  // The first sample stands for the time since the one before it.
  const from = range.from - LONGEST_COVER.mostMs;
  const to = range.to + LONGEST_COVER.mostMs;
  const { at, values } = readSamples(parts, { workspaceId: id, from, to, metrics });
  const covered = coveredTimes(at);
  return values.map((column) => {
    const samples = { at, values: column, covered };
    const buckets = downsample(samples, edges);
    carryCovered(samples, buckets, edges);
    return buckets;
  });
}

function columnsOfRows(parts: readonly RollupRows[], metric: number): RollupColumns[] {
  return parts.flatMap(({ starts, metrics }) => {
    const column = metrics[metric];
    return column === undefined ? [] : [{ at: starts, column }];
  });
}

function columnsOf({ avg, min, max }: Buckets): PointColumns {
  const least = roundAll(min);
  // Of single samples all three are the same.
  if (isSame(min, max)) return { avg: least, min: least, max: least };
  return { avg: roundAll(avg), min: least, max: roundAll(max) };
}

/** Six decimals say all there is to say. */
function roundAll(column: Float64Array): Float64Array {
  const rounded = new Float64Array(column.length);
  for (let index = 0; index < column.length; index += 1) {
    rounded[index] = Math.round((column[index] as number) * 1e6) / 1e6;
  }
  return rounded;
}

function isSame(one: Float64Array, other: Float64Array): boolean {
  for (let index = 0; index < one.length; index += 1) {
    const value = one[index] as number;
    if (value !== other[index] && !Number.isNaN(value)) return false;
  }
  return true;
}
