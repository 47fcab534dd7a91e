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

/** What a workspace uses as the API gives it. Field by field: thousands of them are made each second. */
export function metricsJson(metrics: WorkspaceMetrics): WorkspaceMetrics {
  return {
    cpuPercent: rounded(metrics.cpuPercent),
    memoryUsage: rounded(metrics.memoryUsage),
    memoryLimit: rounded(metrics.memoryLimit),
    networkRxMB: rounded(metrics.networkRxMB),
    networkTxMB: rounded(metrics.networkTxMB),
    diskReadMB: rounded(metrics.diskReadMB),
    diskWriteMB: rounded(metrics.diskWriteMB),
    networkRxRate: rounded(metrics.networkRxRate),
    networkTxRate: rounded(metrics.networkTxRate),
    diskReadRate: rounded(metrics.diskReadRate),
    diskWriteRate: rounded(metrics.diskWriteRate),
    pids: metrics.pids,
    uptime: round(metrics.uptime),
    lastActivity: metrics.lastActivity,
    errorCount: metrics.errorCount,
    lastErrorTime: metrics.lastErrorTime,
    sampledAt: metrics.sampledAt,
  };
}

function rounded(value: number | null): number | null {
  return typeof value === 'number' ? round(value) : value;
}

/** At most three decimals. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
