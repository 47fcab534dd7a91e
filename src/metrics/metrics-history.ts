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

/** One metric point by point; `NaN` where nothing was seen. */
export interface PointColumns {
  readonly avg: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/** The same as packed columns, which take a third of the room. Figures that are the same in all points may be one array. */
export interface HistoryPoints extends Omit<MetricsHistory, 'at' | 'series'> {
  readonly at: Float64Array;
  readonly series: Partial<Record<Metric, PointColumns>>;
}

export const MAX_POINTS_DEFAULT = 500;

/** In plain arrays. */
export function toHistory({ at, series, ...head }: HistoryPoints): MetricsHistory {
  const columns = Object.entries(series).map(([metric, { avg, min, max }]) => [
    metric,
    { avg: numbersOf(avg), min: numbersOf(min), max: numbersOf(max) },
  ]);
  return { ...head, at: Array.from(at), series: Object.fromEntries(columns) };
}

function numbersOf(column: Float64Array): (number | null)[] {
  const numbers = new Array<number | null>(column.length);
  for (let index = 0; index < column.length; index += 1) {
    const value = column[index] as number;
    numbers[index] = Number.isNaN(value) ? null : value;
  }
  return numbers;
}

/** Packed again. */
export function toPoints({ at, series, ...head }: MetricsHistory): HistoryPoints {
  const columns = Object.entries(series).map(([metric, { avg, min, max }]) => [
    metric,
    { avg: packed(avg), min: packed(min), max: packed(max) },
  ]);
  return { ...head, at: Float64Array.from(at), series: Object.fromEntries(columns) };
}

function packed(column: readonly (number | null)[]): Float64Array {
  return Float64Array.from(column, (value) => value ?? Number.NaN);
}
