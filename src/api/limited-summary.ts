import { ownLabel } from '../model/labels.ts';
import type { WorkspaceMetrics, WorkspaceState } from '../model/workspace.ts';
import type { GroupUsage, ResourceSummary } from '../monitor/resource-summary.ts';

type Read = WorkspaceState & { readonly metrics: WorkspaceMetrics };

/**
 * What the workspaces of a limited token use together. Of the host only what it is: how it is used would tell of others.
 */
export function limitedSummary(
  { host, at }: ResourceSummary,
  known: readonly WorkspaceState[],
  labels: readonly string[],
): ResourceSummary {
  const active = known.filter((state): state is Read => state.metrics !== null);
  const sum = (field: Figure) => sumOf(active, field);
  const count = Math.max(1, active.length);
  const [cpu, memory] = [sum('cpuPercent'), sum('memoryUsage')];
  return {
    workspaces: known.length,
    activeWorkspaces: active.length,
    activeContainers: containersOf(active),
    ...{ totalCpuUsage: cpu, averageCpuUsage: cpu / count, peakCpuUsage: cpu },
    ...{ totalMemoryUsage: memory, averageMemoryUsage: memory / count, peakMemoryUsage: memory },
    ...{ networkRxMB: sum('networkRxMB'), networkTxMB: sum('networkTxMB') },
    ...{ diskReadMB: sum('diskReadMB'), diskWriteMB: sum('diskWriteMB') },
    ...{ networkRxRate: sum('networkRxRate'), networkTxRate: sum('networkTxRate') },
    ...{ diskReadRate: sum('diskReadRate'), diskWriteRate: sum('diskWriteRate') },
    pids: sum('pids'),
    host: {
      cores: host.cores,
      memoryTotal: host.memoryTotal,
      cpuPercent: null,
      memoryUsed: null,
      load: null,
      disk: null,
    },
    freshness: freshnessOf(known, active),
    diskUsed: null,
    byOwner: groupBy(active, ({ owner }) => owner ?? ''),
    byLabel: new Map(labels.map((label) => [label, groupBy(active, (state) => ownLabel(state.labels, label))])),
    at,
  };
}

type Figure = Exclude<keyof WorkspaceMetrics, 'lastActivity' | 'lastErrorTime' | 'sampledAt'>;

function sumOf(states: readonly Read[], field: Figure): number {
  return states.reduce((sum, { metrics }) => sum + (metrics[field] ?? 0), 0);
}

function containersOf(states: readonly WorkspaceState[]): number {
  return states.reduce((sum, { containers }) => sum + containers.filter(({ state }) => state === 'running').length, 0);
}

/** What runs and has no figures could not be read lately. */
function freshnessOf(known: readonly WorkspaceState[], active: readonly Read[]): ResourceSummary['freshness'] {
  const incomplete = known.filter((state) => state.metrics === null && containersOf([state]) > 0).length;
  const instants = active.map(({ metrics }) => metrics.sampledAt).sort();
  return {
    state: incomplete === 0 ? 'live' : active.length === 0 ? 'unknown' : 'stale',
    incompleteWorkspaces: incomplete,
    sampledAt: instants[0] ?? null,
  };
}

function groupBy(states: readonly Read[], keyOf: (state: Read) => string | undefined): ReadonlyMap<string, GroupUsage> {
  const groups = new Map<string, Read[]>();
  for (const state of states) {
    const key = keyOf(state);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), state]);
  }
  return new Map([...groups].map(([key, group]) => [key, usageOf(group)]));
}

function usageOf(group: readonly Read[]): GroupUsage {
  return {
    workspaces: group.length,
    activeContainers: containersOf(group),
    cpuUsage: sumOf(group, 'cpuPercent'),
    memoryUsage: sumOf(group, 'memoryUsage'),
    networkRxRate: sumOf(group, 'networkRxRate'),
    networkTxRate: sumOf(group, 'networkTxRate'),
  };
}
