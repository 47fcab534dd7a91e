import type { UsageField, UsageSource } from '../engine/usage.ts';
import type { ContainerMonitor } from './container-monitor.ts';
import type { DiskSizeStats } from './disk-sizes.ts';
import type { OwnCostStats } from './own-cost.ts';
import type { Discards } from './rates.ts';

/** What the monitor did and holds. */
export interface MonitorStats {
  /** Workspaces something is read of. */
  readonly activeMonitors: number;
  /** Of these, those somebody looks at. */
  readonly watched: number;
  /** As set; see `ownCost.slowdown` for what is made of it. ms. */
  readonly collectInterval: number;
  /** Readings taken. */
  readonly collections: number;
  /** Readings that failed. */
  readonly failures: number;
  /** Readings left out because the source had not answered the one before. */
  readonly overdue: number;
  /** Figures a slow reader of a stream missed. */
  readonly dropped: number;
  /** Steps of counters that were not shown, by kind. */
  readonly discards: Readonly<Discards>;
  readonly metricsUpdates: number;
  readonly thresholdsExceeded: number;
  /** Workspaces with a threshold exceeded now. */
  readonly raised: number;
  /** CPU per reading, all of it but what is waited for, µs; 0 before the first. */
  readonly cpuPerCollection: number;
  /** Longest time a sweep held the event loop, ms. */
  readonly longestSlice: number;
  readonly ownCost: OwnCostStats;
  /** `null` while disk sizes are off. */
  readonly diskSizes: DiskSizeStats | null;
}

/** What is kept in memory. */
export interface CacheStats {
  /** Containers known to run. */
  readonly cachedContainers: number;
  readonly cachedWorkspaces: number;
  /** Containers read by each source; `none`: cannot be read now. */
  readonly readers: Readonly<Record<UsageSource['name'] | 'none', number>>;
  readonly streams: number;
}

/** How one container is read, and why so. */
export interface ContainerSource {
  readonly containerId: string;
  readonly workspaceId: string;
  /** `null` while it cannot be read. */
  readonly source: UsageSource['name'] | null;
  /** In words. */
  readonly reason: string;
  /** Figures that are not told, with the reason in words. */
  readonly missing: ReadonlyMap<UsageField, string>;
  /** Why the last reading failed; `null` when it did not. */
  readonly lastError: string | null;
  /** Highest figures of what was read: percent of a core, bytes. */
  readonly peakCpu: number;
  readonly peakMemory: number;
}

/** What the monitor tells of one container. */
export function sourceOf(container: ContainerMonitor): ContainerSource {
  const { id, workspaceId, isOpen, source, reason, missing, lastError, peakCpu, peakMemory } = container;
  return {
    containerId: id,
    workspaceId,
    source: isOpen ? source : null,
    reason,
    missing,
    lastError,
    peakCpu,
    peakMemory,
  };
}
