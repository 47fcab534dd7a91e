import { USAGE } from '../engine/usage.ts';
import type { Metric } from '../model/metric-catalogue.ts';
import type { ThresholdMetric } from '../model/threshold-metrics.ts';
import type { WorkspaceMetrics } from '../model/workspace.ts';
import { toIso, toIsoOrNull } from '../runtime/iso.ts';
import type { ContainerMonitor } from './container-monitor.ts';
import { FIGURE } from './figures.ts';
import type { ThresholdFigures } from './thresholds.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

/** As `docker stats` counts megabytes. */
const MB = 1e6;

type Containers = readonly ContainerMonitor[];

/** The sum over the containers that tell it; `NaN` when none does. */
export function sumOf(containers: Containers, place: number): number {
  let sum = Number.NaN;
  for (const { ledger } of containers) {
    const value = ledger[place] as number;
    if (!Number.isNaN(value)) sum = Number.isNaN(sum) ? value : sum + value;
  }
  return sum;
}

function highestOf(containers: Containers, place: number): ContainerMonitor | undefined {
  let highest: ContainerMonitor | undefined;
  let most = Number.NaN;
  for (const container of containers) {
    const value = container.ledger[place] as number;
    if (Number.isNaN(value) || value <= most) continue;
    most = value;
    highest = container;
  }
  return highest;
}

/** The limits together, at most the host's memory: more cannot be used. `NaN` when none is known. */
export function memoryLimitOf(containers: Containers, hostMemory: number): number {
  return Math.min(sumOf(containers, FIGURE.memoryLimit), hostMemory);
}

/** A figure of a workspace: its place in the ledgers, and whether it is that of the container with the highest instead of the sum. */
export type FigurePlace = readonly [place: number, isHighest: boolean];

/** The figure behind each metric. The limit of memory is none of these: see {@link memoryLimitOf}. */
export const FIGURE_PLACES: Readonly<Record<Exclude<Metric, 'memoryLimit'>, FigurePlace>> = Object.freeze({
  cpu: [FIGURE.cpu, false],
  memory: [FIGURE.memory, false],
  networkRx: [FIGURE.networkRx, false],
  networkTx: [FIGURE.networkTx, false],
  diskRead: [FIGURE.diskRead, false],
  diskWrite: [FIGURE.diskWrite, false],
  pids: [FIGURE.pids, false],
  cpuThrottled: [FIGURE.cpuThrottled, true],
  cpuPressure: [FIGURE.cpuPressure, true],
  memoryPressure: [FIGURE.memoryPressure, true],
  ioPressure: [FIGURE.ioPressure, true],
});

/** `NaN` when no container tells it. */
export function figureAt(containers: Containers, [place, isHighest]: FigurePlace): number {
  if (!isHighest) return sumOf(containers, place);
  return (highestOf(containers, place)?.ledger[place] as number | undefined) ?? Number.NaN;
}

/** A threshold looks at CPU and memory of the container nearest to its limit instead. */
const SEEN: Readonly<Record<ThresholdMetric, FigurePlace>> = Object.freeze({
  ...FIGURE_PLACES,
  cpu: [FIGURE.cpuOfLimit, true],
  memory: [FIGURE.memoryPercent, true],
});

/** The figures of one workspace after the other, for their thresholds: made once, pointed at each. */
export class SeenFigures implements ThresholdFigures {
  containers: Containers = [];

  value(metric: ThresholdMetric): number {
    return figureAt(this.containers, SEEN[metric]);
  }

  containerId(metric: ThresholdMetric): string | null {
    const [place, isHighest] = SEEN[metric];
    return isHighest ? (highestOf(this.containers, place)?.id ?? null) : null;
  }
}

/** Now, by both clocks. */
export interface Instant {
  /** Epoch ms. */
  readonly now: number;
  readonly monotonic: number;
}

/** Where all goes well a reading is replaced within one and a half intervals; an answer may take some seconds. */
const OVERDUE_INTERVALS = 2;
const OVERDUE_LEAST_MS = 5_000;

/** What was read last should long have been replaced: it tells of then, not of now. */
export function isOverdue({ readAt, pacedMs }: ContainerMonitor, monotonic: number): boolean {
  return monotonic - readAt > pacedMs * OVERDUE_INTERVALS + OVERDUE_LEAST_MS;
}

/** Those whose figures are of now. */
export function currentOf(containers: Containers, monotonic: number): Containers {
  const hasOverdue = containers.some((container) => isOverdue(container, monotonic));
  return hasOverdue ? containers.filter((container) => !isOverdue(container, monotonic)) : containers;
}

/** The workspace's figures; `null` before the first rates are known, when nothing of it runs or nothing could be read lately. */
export function metricsOf(workspace: WorkspaceMonitor, at: Instant, hostMemory: number): WorkspaceMetrics | null {
  const containers = currentOf(workspace.containers, at.monotonic);
  if (!containers.some(({ isTelling }) => isTelling)) return null;
  const figure = (place: number) => orNull(sumOf(containers, place));
  // A byte a second is exact enough, and a whole number takes no room of its own.
  const whole = (place: number) => orNull(Math.round(sumOf(containers, place)));
  const megabytes = (place: number) => orNull(sumOf(containers, place) / MB);
  const sampledAt = newestReading(containers, at);
  return {
    cpuPercent: figure(FIGURE.cpu),
    memoryUsage: whole(FIGURE.memory),
    memoryLimit: orNull(Math.round(memoryLimitOf(containers, hostMemory))),
    networkRxMB: megabytes(USAGE.networkRxBytes),
    networkTxMB: megabytes(USAGE.networkTxBytes),
    diskReadMB: megabytes(USAGE.diskReadBytes),
    diskWriteMB: megabytes(USAGE.diskWriteBytes),
    networkRxRate: whole(FIGURE.networkRx),
    networkTxRate: whole(FIGURE.networkTx),
    diskReadRate: whole(FIGURE.diskRead),
    diskWriteRate: whole(FIGURE.diskWrite),
    pids: whole(FIGURE.pids),
    uptime: uptimeOf(workspace.containers, sampledAt),
    lastActivity: toIsoOrNull(workspace.activity.lastAt),
    errorCount: workspace.errorCount,
    lastErrorTime: toIsoOrNull(workspace.lastErrorAt),
    sampledAt: toIso(sampledAt),
  };
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Seconds from when the oldest run began to the reading; 0 where the engine's clock is ahead of ours. */
function uptimeOf(containers: Containers, now: number): number {
  let oldest = now;
  for (const { startedAt } of containers) if (startedAt !== null && startedAt < oldest) oldest = startedAt;
  return (now - oldest) / 1000;
}

/** Clocks that run side by side differ by less; a wall clock that was set differs by more. */
const CLOCK_SET_MS = 500;

/** When it was read, epoch ms: as it was noted, so that it is the same each time; by the clock of now where that was set since. */
export function sampledAtOf({ readAt, sampledAt }: ContainerMonitor, { now, monotonic }: Instant): number {
  const byNow = now - monotonic + readAt;
  return Math.abs(byNow - sampledAt) < CLOCK_SET_MS ? sampledAt : byNow;
}

export function newestReading(containers: Containers, at: Instant): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (const container of containers) {
    const sampledAt = sampledAtOf(container, at);
    if (sampledAt > newest) newest = sampledAt;
  }
  return newest;
}
