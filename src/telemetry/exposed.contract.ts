import { EventBus } from '../events/bus.ts';
import { memorySeriesStore } from '../metrics/memory-series-store.ts';
import { MetricsCollector } from '../metrics/metrics-collector.ts';
import type { WorkspaceMetrics } from '../model/workspace.ts';
import { ResourceMonitor } from '../monitor/resource-monitor.ts';
import { ScriptedWorkspaces } from '../monitor/scripted-workspaces.contract.ts';
import type { OwnFacts } from './own-families.ts';

const AT = '2026-01-01T00:00:10.500Z';

/** Figures of a workspace that runs for ten seconds. */
export function someMetrics(fields: Partial<WorkspaceMetrics> = {}): WorkspaceMetrics {
  return {
    cpuPercent: 12.345678,
    memoryUsage: 1e8,
    memoryLimit: 2e9,
    networkRxMB: 1.5,
    networkTxMB: 0.25,
    diskReadMB: 4,
    diskWriteMB: 8,
    networkRxRate: 10,
    networkTxRate: 20,
    diskReadRate: 30,
    diskWriteRate: 40,
    pids: 7,
    uptime: 10.5,
    lastActivity: AT,
    errorCount: 2,
    lastErrorTime: null,
    sampledAt: AT,
    ...fields,
  };
}

/** What a daemon tells of itself that is connected and has done little. */
export async function someOwnFacts(): Promise<OwnFacts> {
  await using monitor = new ResourceMonitor({ tracker: new ScriptedWorkspaces(), sources: [] });
  const bus = new EventBus();
  const history = new MetricsCollector({ monitor, store: memorySeriesStore() });
  const facts: OwnFacts = {
    version: '1.2.3',
    nodeVersion: 'v20.19.0',
    storeKind: 'memory:',
    startedAt: Date.UTC(2026, 0, 1),
    tracker: {
      engine: {
        state: 'connected',
        since: AT,
        endpoint: { url: 'unix:///x.sock', foundBy: 'test' },
        info: null,
        error: null,
        errorCode: null,
      },
      workspaces: 1,
      containers: 1,
      synced: true,
      syncs: 4,
      failedSyncs: 1,
      lastSync: {
        workspaceCount: 1,
        duration: 12.5,
        successCount: 1,
        errorCount: 0,
        recovered: 0,
        corrected: 0,
        timestamp: AT,
      },
      ...{ eventsApplied: 9, eventsRepeated: 0, eventsUnreadable: 0, reconnects: 2, gaps: 0, recovered: 3 },
      ...{ corrected: 0, inspections: 1, queued: 0, retries: 0, callbackErrors: 0 },
    },
    engineCalls: { calls: { list: 4, ping: 5 }, failures: 1 },
    monitor: monitor.getMonitorStats(),
    cache: monitor.getCacheStats(),
    bus: bus.getStats(),
    history: history.getStats(),
    webhooks: [{ name: 'ci', backlog: 1, delivered: 2, failedAttempts: 3, failed: 4, dropped: 5 }],
    api: { requests: 3, failures: 0, streams: 1 },
    self: { cpuSeconds: 1.5, memoryBytes: 5e7, heapBytes: 2e7 },
  };
  await bus.close();
  return facts;
}
