import type { Metric } from '../model/metric-catalogue.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import type { Tier } from './series-store.ts';

export interface HistoryRequest {
  /** Epoch ms: from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
  /** All unless given. */
  readonly metrics?: readonly Metric[];
  /** 1 to 10,000; 500 unless given. */
  readonly maxPoints?: number;
}

/** One metric point by point; `null` where nothing was seen. */
export interface MetricColumns {
  readonly avg: (number | null)[];
  readonly min: (number | null)[];
  readonly max: (number | null)[];
}

/** What a workspace used, in columns of one length. */
export interface MetricsHistory {
  readonly workspaceId: WorkspaceId;
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Time of each point, ms: the point at `at[i]` is of `at[i]` to `at[i] + step`. */
  readonly step: number;
  /** What it was made of. */
  readonly tier: Tier;
  readonly at: number[];
  readonly series: Partial<Record<Metric, MetricColumns>>;
}

export const MAX_POINTS_DEFAULT = 500;
export const MAX_POINTS_MOST = 10_000;
