import type { Metric } from '../model/metric-catalogue.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import { type ReaderParts, readPoints } from './history-reader.ts';
import { readSpan } from './query/instant.ts';
import { readMetric } from './query/metric-names.ts';
import { type Trend, trendOf } from './query/trend.ts';

export interface TrendRequest {
  readonly metric: string;
  /** How far back it is looked, as in `24h` or `7d`. */
  readonly window: string | number;
}

export interface TrendAnswer {
  readonly workspaceId: WorkspaceId;
  readonly metric: Metric;
  /** ms. */
  readonly window: number;
  /** `null` when too little was seen. */
  readonly trend: Trend | null;
}

/** Enough to see days in a year and minutes in a day; more would only be thinned out again. */
const POINTS = 1_000;

/** Whether a metric rises or falls, by its means over equal parts of a window up to now. Throws `bad_request`. */
export function answerTrend(parts: ReaderParts, workspaceId: WorkspaceId, request: TrendRequest): TrendAnswer {
  const metric = readMetric(request.metric);
  const window = readSpan(request.window, 'window');
  const now = parts.clock.now();
  const { at, series } = readPoints(parts, workspaceId, {
    from: now - window,
    to: now,
    metrics: [metric],
    maxPoints: POINTS,
  });
  return { workspaceId, metric, window, trend: trendOf(at, series[metric]?.avg ?? new Float64Array(0)) };
}
