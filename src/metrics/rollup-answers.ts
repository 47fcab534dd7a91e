import { TidewatchError } from '../model/errors.ts';
import { METRICS, type Metric } from '../model/metric-catalogue.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import { type ReaderParts, type RollupTier, readRollups, windowsOf } from './history-reader.ts';
import { type InstantText, readInstant } from './query/instant.ts';
import { readMetrics } from './query/metric-names.ts';
import { quantileOf, RollupAccumulator, type RollupColumn, type RollupRows } from './rollup/rollup.ts';
import type { Window } from './rollup/windows.ts';

export interface RollupRequest {
  readonly tier: RollupTier;
  /** From inclusive, to exclusive: epoch ms, ISO 8601, `now`, `now-24h`, or `24h` for so long ago. */
  readonly from: InstantText;
  readonly to?: InstantText;
  /** All unless given. */
  readonly metrics?: readonly string[];
}

/** What a metric was in one window. */
export interface RollupFigures {
  /** Samples seen. */
  readonly count: number;
  readonly sum: number;
  readonly avg: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
  /** Within 1 %. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Time of the window that samples cover, ms: the rest are gaps. */
  readonly observed: number;
}

export interface RollupItem {
  /** The window, epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Metrics of which nothing was seen are left out. */
  readonly metrics: Partial<Record<Metric, RollupFigures>>;
}

export interface RollupAnswer {
  readonly workspaceId: WorkspaceId;
  readonly tier: RollupTier;
  readonly from: number;
  readonly to: number;
  /** Windows of which something was seen. */
  readonly items: RollupItem[];
}

/** The windows that overlap a range, each metric with its quantiles. Throws `bad_request`. */
export function answerRollups(parts: ReaderParts, workspaceId: WorkspaceId, request: RollupRequest): RollupAnswer {
  const { tier, to = 'now' } = request;
  const now = parts.clock.now();
  const range = { from: readInstant(request.from, 'from', now), to: readInstant(to, 'to', now) };
  checkRange(tier, range);
  const metrics = readMetrics(request.metrics ?? METRICS);
  const numbers = metrics.map((metric) => METRICS.indexOf(metric));
  const rows = readRollups(parts, { id: workspaceId, tier, range, metrics: numbers });
  const windows = windowsOf(parts, tier);
  const items = Array.from(rows.starts, (from, row) => ({
    from,
    to: windows.endOf(from),
    metrics: Object.fromEntries(
      metrics.flatMap((metric, index) => figuresOf(rows, index, row).map((one) => [metric, one])),
    ),
  }));
  return { workspaceId, tier, ...range, items };
}

/** More in one answer would hold everybody else up. */
const MOST_WINDOWS = 10_000;
const WIDTH_MS: Readonly<Record<RollupTier, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function checkRange(tier: RollupTier, { from, to }: Window): void {
  if (!(from < to)) throw new TidewatchError('bad_request', 'from must be earlier than to');
  if ((to - from) / WIDTH_MS[tier] <= MOST_WINDOWS) return;
  throw new TidewatchError(
    'bad_request',
    `from to to has more than ${MOST_WINDOWS} windows of a ${tier}: give a shorter range, or a wider tier`,
  );
}

function figuresOf({ metrics }: RollupRows, metric: number, row: number): RollupFigures[] {
  const column = metrics[metric] as RollupColumn;
  if (column.count[row] === 0) return [];
  const rollup = new RollupAccumulator(column.stepsPerUnit);
  rollup.addRow(column, row);
  const { count, sum, min, max, last, observedMs } = rollup;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => rounded(quantileOf(rollup, q))) as [number, number, number];
  return [{ count, sum: rounded(sum), avg: rounded(sum / count), min, max, last, p50, p95, p99, observed: observedMs }];
}

/** Six decimals say all there is to say. */
export function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
