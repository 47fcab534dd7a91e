import type { Metric } from '../model/metric-catalogue.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import type { InstantText } from './query/instant.ts';
import type { Tier } from './series-store.ts';

export interface HistoryRequest {
  /** From inclusive, to exclusive: epoch ms, ISO 8601, `now`, `now-24h`, or `24h` for so long ago. */
  readonly from: InstantText;
  readonly to?: InstantText;
  /** All unless given. */
  readonly metrics?: readonly string[];
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
  /** Time of each point, ms; that of the day on which clocks change is another one. */
  readonly step: number;
  /** What the points were made of. */
  readonly tier: Tier;
  /** Where each point begins. */
  readonly at: number[];
  readonly series: Partial<Record<Metric, MetricColumns>>;
}

export const MAX_POINTS_DEFAULT = 500;
