import type { ContainerState, WorkspaceContainer } from './container.ts';
import type { Reason } from './reasons.ts';
import type { ThresholdMetric, ThresholdUnit } from './threshold-metrics.ts';

/** Identity of a workspace: stable over restarts and re-creation of its containers. */
export type WorkspaceId = string;

/** The specification's three: running → active; ended, paused or gone → inactive; archived by a person or a policy. */
export type WorkspaceStatus = 'active' | 'inactive' | 'archived';

/** Where a workspace is in its life: finer than its status. */
export const PHASES = [
  'starting',
  'running',
  'unhealthy',
  'paused',
  'restarting',
  'crash-looping',
  'completed',
  'crashed',
  'out-of-memory',
  'stopped',
  'missing',
  'archived',
] as const;
export type Phase = (typeof PHASES)[number];

/**
 * How well the state is known. `live`: the engine confirms it. `stale`: a confirmation is overdue. `unknown`: the engine
 * stopped answering; the state shown is the last one known, since `confirmedAt`.
 */
export interface Freshness {
  readonly state: 'live' | 'stale' | 'unknown';
  /** Last instant at which the engine confirmed the state, ISO 8601; `null` if it never did. */
  readonly confirmedAt: string | null;
  /** What confirmed it last. */
  readonly by: 'list' | 'event' | 'inspect' | 'ping' | 'registry' | null;
}

/** One observation a decision rests on. */
export interface Evidence {
  /** Where it was seen. */
  readonly source: 'event' | 'list' | 'inspect' | 'registry' | 'engine' | 'kernel';
  /** When, ISO 8601, by the engine's clock where it told one. */
  readonly at: string | null;
  /** In words: `die exitCode=137`, `oom`, `kill signal=15`. */
  readonly what: string;
  readonly containerId: string | null;
}

/** Which rule made these containers one workspace. */
export interface WorkspaceSource {
  /** Name of the resolver's rule: `tidewatch`, `devcontainer`, `coder`, `compose`, `container`, … or `registry`. */
  readonly rule: string;
  /** Label or property that decided, with its value; `null` where none did. */
  readonly evidence: string | null;
}

/**
 * What a workspace uses: the sum over its running containers. `null` where no container tells the figure. The tracker
 * alone has none.
 */
export interface WorkspaceMetrics {
  /** Of one core: 250 is two and a half cores. */
  readonly cpuPercent: number | null;
  /** Bytes as `docker stats` shows them: without page cache that was not used lately. */
  readonly memoryUsage: number | null;
  /** Bytes; the memory of the host where nothing less limits it. */
  readonly memoryLimit: number | null;
  /** Totals of the present runs, in 10^6 bytes as `docker stats` counts them. */
  readonly networkRxMB: number | null;
  readonly networkTxMB: number | null;
  readonly diskReadMB: number | null;
  readonly diskWriteMB: number | null;
  /** Bytes a second. */
  readonly networkRxRate: number | null;
  readonly networkTxRate: number | null;
  readonly diskReadRate: number | null;
  readonly diskWriteRate: number | null;
  readonly pids: number | null;
  /** Seconds since the workspace's oldest running container started. */
  readonly uptime: number;
  /** When somebody or something last worked in it, background hum apart, ISO 8601; `null` when never seen. */
  readonly lastActivity: string | null;
  /** Readings that failed and `error` events of the workspace since Tidewatch monitors it. */
  readonly errorCount: number;
  readonly lastErrorTime: string | null;
  /** When the newest of these figures was read, ISO 8601. */
  readonly sampledAt: string;
}

/** What the containers of a workspace, running or not, take on the engine's disk. */
export interface DiskUsed {
  /** What they wrote beside their images and volumes, bytes; `null` when the engine does not tell it of one. */
  readonly writableBytes: number | null;
  /**
   * Their volumes, bytes, each counted once here and once in every other workspace that uses it; `null` when one is not
   * known, as of a driver that cannot tell.
   */
  readonly volumeBytes: number | null;
  /** When the oldest of these figures was measured, ISO 8601. */
  readonly measuredAt: string;
}

/** The newest sign that somebody, or something, works in a workspace. */
export interface ActivityMark {
  /** Epoch ms. */
  readonly at: number;
  /** What showed it: `cpu`, `network`, `exec`, … */
  readonly kind: string;
}

/** A threshold that was told as exceeded and is not cleared. */
export interface ExceededThreshold {
  readonly metric: ThresholdMetric;
  /** The figure when it was known last, in the unit; it may be below the threshold and not yet cleared. */
  readonly value: number;
  readonly threshold: number;
  readonly unit: ThresholdUnit;
  /** The container nearest to its limit; `null` when the figure is that of the whole workspace. */
  readonly containerId: string | null;
  /** Since when it is above, ISO 8601. */
  readonly since: string;
}

/** How a workspace stands to its thresholds. */
export interface WorkspaceThresholds {
  readonly exceeded: readonly ExceededThreshold[];
  /** What its labels say of thresholds and cannot be understood, in words. */
  readonly labelProblems: readonly string[];
}

/** What somebody who reads the containers knows of workspaces; `null` where nothing is known. */
export interface WorkspaceFigures {
  /** What it uses now. */
  metricsOf(id: WorkspaceId): WorkspaceMetrics | null;
  /** What these containers, all of one workspace, take on disk together. */
  diskUsedOf(containerIds: readonly string[]): DiskUsed | null;
  /** When it was last worked in. */
  activityOf(id: WorkspaceId): ActivityMark | null;
  /** How it stands to its thresholds. */
  thresholdsOf(id: WorkspaceId): WorkspaceThresholds | null;
}

/** The true status of one workspace. Instants are ISO 8601 UTC. Plain data: it serialises as it is. */
export interface WorkspaceState {
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  readonly owner: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: WorkspaceSource;
  readonly status: WorkspaceStatus;
  readonly phase: Phase;
  readonly reason: Reason;
  /** What status, phase and reason rest on, newest last. */
  readonly evidence: readonly Evidence[];
  /** Since when the workspace is in this phase, by the engine's clock. */
  readonly since: string;
  readonly freshness: Freshness;
  /** The container that decided the phase; `null` when there is none. */
  readonly containerId: string | null;
  readonly containerState: ContainerState | null;
  readonly containers: readonly WorkspaceContainer[];
  readonly metrics: WorkspaceMetrics | null;
  /** Thresholds exceeded now; empty when nobody monitors. */
  readonly exceeded: readonly ExceededThreshold[];
  /** What its labels ask for and cannot be understood, in words. */
  readonly labelProblems: readonly string[];
  /** `null` unless somebody measures it, and until each of its containers was measured. */
  readonly diskUsed: DiskUsed | null;
  /**
   * When somebody or something last worked in it, ISO 8601, also while nothing of it runs; `null` when never seen, or when
   * nobody monitors.
   */
  readonly lastActivity: string | null;
  /** What showed it: `cpu`, `network`, `disk`, `processes`, `started`, `exec`, `attach`, `terminal`, `copy`, … */
  readonly lastActivityKind: string | null;
  /** When the state last changed or was confirmed by a sync. */
  readonly lastUpdated: string;
  /** When Tidewatch last tried to sync it with the engine or the registry. */
  readonly lastSyncAttempt: string | null;
  /** Failed attempts in a row; 0 when the last one worked. */
  readonly syncAttempts: number;
  readonly lastError: string | null;
}
