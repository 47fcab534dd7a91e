import { USAGE } from '../engine/usage.ts';
import { TidewatchError } from '../model/errors.ts';
import { ownLabel } from '../model/labels.ts';
import { toIso } from '../runtime/iso.ts';
import type { ContainerMonitor } from './container-monitor.ts';
import type { TotalDiskUsed } from './disk-sizes.ts';
import { FIGURE } from './figures.ts';
import type { HostFigures } from './host-figures.ts';
import { type SummaryFreshness, summaryFreshness } from './summary-freshness.ts';
import { currentOf, type Instant, sumOf } from './workspace-figures.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

/** What a group of workspaces uses now. CPU in percent of one core, memory in bytes, rates in bytes a second. */
export interface GroupUsage {
  readonly workspaces: number;
  readonly activeContainers: number;
  readonly cpuUsage: number;
  readonly memoryUsage: number;
  readonly networkRxRate: number;
  readonly networkTxRate: number;
}

/** What all workspaces use together. */
export interface ResourceSummary {
  /** All the tracker knows, and those that something is read of. */
  readonly workspaces: number;
  readonly activeWorkspaces: number;
  /** Containers that are read. */
  readonly activeContainers: number;
  readonly totalCpuUsage: number;
  /** Per active workspace. */
  readonly averageCpuUsage: number;
  /** Highest total since the monitor started. */
  readonly peakCpuUsage: number;
  readonly totalMemoryUsage: number;
  readonly averageMemoryUsage: number;
  readonly peakMemoryUsage: number;
  /** Totals of the present runs, 10^6 bytes. */
  readonly networkRxMB: number;
  readonly networkTxMB: number;
  readonly diskReadMB: number;
  readonly diskWriteMB: number;
  readonly networkRxRate: number;
  readonly networkTxRate: number;
  readonly diskReadRate: number;
  readonly diskWriteRate: number;
  readonly pids: number;
  readonly host: HostFigures;
  /** What could not be read lately is in no sum; this says how much that is. */
  readonly freshness: SummaryFreshness;
  /** `null` while disk sizes are off. */
  readonly diskUsed: TotalDiskUsed | null;
  /** By owner; those without one under the empty name. */
  readonly byOwner: ReadonlyMap<string, GroupUsage>;
  /** By value of each label asked for; workspaces without it are in none of its groups. */
  readonly byLabel: ReadonlyMap<string, ReadonlyMap<string, GroupUsage>>;
  /** ISO 8601. */
  readonly at: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What is known beside the workspaces themselves. */
export interface SummaryContext {
  readonly known: number;
  readonly peaks: { readonly peakCpu: number; readonly peakMemory: number };
  readonly labels: readonly string[];
  readonly host: HostFigures;
  readonly diskUsed: TotalDiskUsed | null;
  readonly at: Instant;
}

/** Throws `config_invalid` unless it is a list of texts. */
export function checkLabels(labels: readonly string[]): readonly string[] {
  if (Array.isArray(labels) && labels.every((label) => typeof label === 'string')) return labels;
  const got = JSON.stringify(labels) ?? String(labels);
  throw new TidewatchError(
    'config_invalid',
    `labels must be a list of label names, as in ["team"]; got ${got.slice(0, 60)}`,
  );
}

/** Adds up what is known; nothing is read for it. */
export function summarise(workspaces: Iterable<WorkspaceMonitor>, context: SummaryContext): ResourceSummary {
  const active = [...workspaces].filter(({ isActive }) => isActive);
  const containers = active.flatMap((workspace) => workspace.containers).filter(({ isOpen }) => isOpen);
  const { monotonic } = context.at;
  const totals = totalsOf(currentOf(containers, monotonic));
  const count = Math.max(1, active.length);
  return {
    workspaces: context.known,
    activeWorkspaces: active.length,
    activeContainers: containers.length,
    ...totals,
    averageCpuUsage: totals.totalCpuUsage / count,
    peakCpuUsage: Math.max(context.peaks.peakCpu, totals.totalCpuUsage),
    averageMemoryUsage: totals.totalMemoryUsage / count,
    peakMemoryUsage: Math.max(context.peaks.peakMemory, totals.totalMemoryUsage),
    host: context.host,
    freshness: summaryFreshness(active, context.at),
    diskUsed: context.diskUsed,
    byOwner: groupBy(active, monotonic, ({ owner }) => owner ?? ''),
    byLabel: new Map(
      context.labels.map((label) => [label, groupBy(active, monotonic, ({ labels }) => ownLabel(labels, label))]),
    ),
    at: toIso(context.at.now),
  };
}

function totalsOf(containers: readonly ContainerMonitor[]) {
  const sum = (place: number) => sumOf(containers, place) || 0;
  return {
    totalCpuUsage: sum(FIGURE.cpu),
    totalMemoryUsage: sum(FIGURE.memory),
    networkRxMB: sum(USAGE.networkRxBytes) / 1e6,
    networkTxMB: sum(USAGE.networkTxBytes) / 1e6,
    diskReadMB: sum(USAGE.diskReadBytes) / 1e6,
    diskWriteMB: sum(USAGE.diskWriteBytes) / 1e6,
    networkRxRate: sum(FIGURE.networkRx),
    networkTxRate: sum(FIGURE.networkTx),
    diskReadRate: sum(FIGURE.diskRead),
    diskWriteRate: sum(FIGURE.diskWrite),
    pids: sum(FIGURE.pids),
  };
}

function groupBy(
  workspaces: readonly WorkspaceMonitor[],
  monotonic: number,
  keyOf: (workspace: WorkspaceMonitor) => string | undefined,
): ReadonlyMap<string, GroupUsage> {
  const groups = new Map<string, Mutable<GroupUsage>>();
  for (const workspace of workspaces) {
    const key = keyOf(workspace);
    if (key === undefined) continue;
    let group = groups.get(key);
    if (group === undefined) {
      group = { workspaces: 0, activeContainers: 0, cpuUsage: 0, memoryUsage: 0, networkRxRate: 0, networkTxRate: 0 };
      groups.set(key, group);
    }
    addTo(group, workspace, monotonic);
  }
  return groups;
}

function addTo(group: Mutable<GroupUsage>, workspace: WorkspaceMonitor, monotonic: number): void {
  const containers = currentOf(workspace.containers, monotonic);
  group.workspaces += 1;
  group.activeContainers += workspace.containers.filter(({ isOpen }) => isOpen).length;
  group.cpuUsage += sumOf(containers, FIGURE.cpu) || 0;
  group.memoryUsage += sumOf(containers, FIGURE.memory) || 0;
  group.networkRxRate += sumOf(containers, FIGURE.networkRx) || 0;
  group.networkTxRate += sumOf(containers, FIGURE.networkTx) || 0;
}
