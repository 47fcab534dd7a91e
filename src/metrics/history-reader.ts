import { METRICS } from '../model/metric-catalogue.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import { type HistoryParts, readSamples } from './history.ts';
import { type HistoryRequest, MAX_POINTS_DEFAULT, type MetricColumns, type MetricsHistory } from './metrics-history.ts';
import { type Buckets, downsample } from './query/downsample.ts';
import { readMetrics } from './query/metric-names.ts';
import { planQuery, type QueryPlan } from './query/plan.ts';
import type { Retention } from './retention.ts';

export interface ReaderParts extends HistoryParts {
  readonly clock: Clock;
  readonly retention: Retention;
}

/** Workspaces that somebody looks at are read so often. */
const SAMPLE_MS = 1_000;

/** A longer silence is a gap: idle workspaces are read once a minute, and somewhat later when the machine is busy. */
const MAX_GAP_MS = 150_000;

/** What a workspace used. Throws `bad_request`. */
export function readHistory(parts: ReaderParts, id: WorkspaceId, request: HistoryRequest): MetricsHistory {
  const { from, to = 'now', maxPoints = MAX_POINTS_DEFAULT } = request;
  const metrics = readMetrics(request.metrics ?? METRICS);
  const plan = planQuery(
    { from, to, maxPoints },
    { now: parts.clock.now(), retention: parts.retention, sampleMs: SAMPLE_MS, startOfDay },
  );
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

function bucketsOf(
  parts: ReaderParts,
  { id, plan, metrics }: { id: WorkspaceId; plan: QueryPlan; metrics: readonly number[] },
): Buckets[] {
  const { edges } = plan;
  const [from, to] = [edges[0] as number, edges.at(-1) as number];
  // The first sample stands for the time since the one before it.
  const { at, values } = readSamples(parts, { workspaceId: id, from: from - MAX_GAP_MS, to, metrics });
  return values.map((column) => downsample({ at, values: column }, edges, MAX_GAP_MS));
}

function columnsOf({ avg, min, max }: Buckets): MetricColumns {
  return { avg: numbersOf(avg), min: numbersOf(min), max: numbersOf(max) };
}

/** Figures of six digits say all there is to say; JSON has no `NaN`. */
function numbersOf(column: Float64Array): (number | null)[] {
  return Array.from(column, (value) => (Number.isNaN(value) ? null : Math.round(value * 1e6) / 1e6));
}

function startOfDay(at: number): number {
  return Math.floor(at / 86_400_000) * 86_400_000;
}
