import type { GroupUsage, ResourceSummary } from '../monitor/resource-summary.ts';
import type { MonitorJson, SummaryJson } from './contract/usage-schemas.ts';
import type { MonitorPort } from './ports.ts';
import { round } from './workspace-json.ts';

/** Containers that are not read from the kernel's files, with the reason: so many are told. */
const SOURCES_MOST = 50;

/** What all workspaces use, as the API gives it. */
export function summaryJson(summary: ResourceSummary): SummaryJson {
  const { byOwner, byLabel, host, freshness, diskUsed, at, ...figures } = summary;
  return {
    ...roundAll(figures),
    host: {
      ...host,
      cpuPercent: host.cpuPercent === null ? null : round(host.cpuPercent),
      load: host.load && [...host.load],
    },
    freshness: { ...freshness },
    diskUsed: diskUsed && { ...diskUsed },
    byOwner: groups(byOwner),
    byLabel: Object.fromEntries([...byLabel].map(([label, values]) => [label, groups(values)])),
    at,
  };
}

/** What the monitor did, holds and costs, as the API gives it. */
export function monitorJson(monitor: MonitorPort): MonitorJson {
  const { ownCost, discards, diskSizes, ...stats } = monitor.getMonitorStats();
  const notes = monitor
    .getContainerSources()
    .filter(({ source, lastError }) => source !== 'cgroup' || lastError !== null)
    .slice(0, SOURCES_MOST);
  return {
    ...roundAll(stats),
    discards: { ...discards },
    ownCost: roundAll(ownCost),
    diskSizes: diskSizes && roundAll(diskSizes),
    cache: { ...monitor.getCacheStats() },
    notes: notes.map(({ containerId, workspaceId, source, reason, lastError }) => ({
      ...{ containerId, workspaceId, source, reason, lastError },
    })),
  };
}

function groups(usage: ReadonlyMap<string, GroupUsage>): Record<string, GroupUsage> {
  // A group may be called `__proto__`.
  return Object.assign(Object.create(null), Object.fromEntries([...usage].map(([name, one]) => [name, roundAll(one)])));
}

function roundAll<T extends object>(figures: T): T {
  const rounded = Object.entries(figures).map(([name, value]) => [
    name,
    typeof value === 'number' ? round(value) : value,
  ]);
  return Object.fromEntries(rounded) as T;
}
