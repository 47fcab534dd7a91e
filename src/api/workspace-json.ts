import type { WorkspaceMetrics, WorkspaceState } from '../model/workspace.ts';
import type { SyncReport } from '../tracker/tracker-stats.ts';
import type { WorkspaceJson } from './contract/entity-schemas.ts';

/** The state of a workspace as the API gives it: `id` for `workspaceId`, and no digits that mean nothing. */
export function workspaceJson(state: WorkspaceState): WorkspaceJson {
  const { workspaceId, metrics, ...rest } = state;
  // The schema's types are mutable, the model's are not; the data is the same.
  return { id: workspaceId, ...rest, metrics: metrics && metricsJson(metrics) } as unknown as WorkspaceJson;
}

/** A sync's report with its duration to 0.1 ms. */
export function syncReportJson(report: SyncReport): SyncReport {
  return { ...report, duration: Math.round(report.duration * 10) / 10 };
}

/** What a workspace uses as the API gives it. */
export function metricsJson(metrics: WorkspaceMetrics): WorkspaceMetrics {
  const rounded = Object.entries(metrics).map(([name, value]) => [
    name,
    typeof value === 'number' ? round(value) : value,
  ]);
  return Object.fromEntries(rounded) as unknown as WorkspaceMetrics;
}

/** At most three decimals. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
