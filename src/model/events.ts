import type { ContainerState } from './container.ts';
import type { ErrorCode } from './errors.ts';
import type { ReasonCode } from './reasons.ts';
import type { ThresholdMetric, ThresholdUnit } from './threshold-metrics.ts';
import type { WorkspaceMetrics, WorkspaceStatus } from './workspace.ts';

/** All event types and what their `data` holds. Instants are ISO 8601 UTC, durations ms. */
export interface EventDataByType {
  /** A workspace's status differs from the one told before: its events form one unbroken chain. */
  status_changed: {
    /** `null` in a workspace's first event. */
    readonly oldStatus: WorkspaceStatus | null;
    readonly newStatus: WorkspaceStatus;
    readonly reason: ReasonCode;
    readonly containerId: string | null;
    readonly changedAt: string;
  };
  /** A container went from one state to another, appeared (`oldState: null`) or is gone (`newState: "removed"`). */
  container_update: {
    readonly containerId: string;
    readonly oldState: ContainerState | null;
    readonly newState: ContainerState;
    readonly updatedAt: string;
    readonly metrics: WorkspaceMetrics | null;
  };
  /** Something keeps failing although it was tried again. */
  error: {
    readonly error: string;
    readonly code: ErrorCode;
    readonly retryCount: number;
    readonly occurredAt: string;
    readonly context: Readonly<Record<string, string | number | boolean | null>>;
  };
  /** What failed works again. */
  recovery: {
    readonly resolvedError: string;
    readonly recoveryMethod: string;
    readonly recoveredAt: string;
    readonly downtime: number;
  };
  metrics_update: {
    readonly oldMetrics: WorkspaceMetrics | null;
    readonly newMetrics: WorkspaceMetrics;
    readonly updatedAt: string;
    readonly delta: Readonly<Record<string, number>>;
  };
  /** A figure was above its threshold for the threshold's whole duration. */
  threshold_exceeded: {
    readonly metric: ThresholdMetric;
    readonly value: number;
    readonly threshold: number;
    readonly unit: ThresholdUnit;
    /** The container nearest to its limit; `null` when the figure is that of the whole workspace. */
    readonly containerId: string | null;
    /** Since when it is above. */
    readonly since: string;
    readonly exceededAt: string;
  };
  /** Every `threshold_exceeded` has one after it. */
  threshold_cleared: {
    readonly metric: ThresholdMetric;
    /** `null` when it is no longer read. */
    readonly value: number | null;
    /** The level at which it was told. */
    readonly threshold: number;
    /** The level below which it counts as normal again. */
    readonly clearLevel: number;
    readonly unit: ThresholdUnit;
    readonly containerId: string | null;
    /** `below`: fell below the clear level. `stopped`: nothing is read any more. `changed`: the threshold is another one now. */
    readonly reason: 'below' | 'stopped' | 'changed';
    readonly exceededAt: string;
    readonly clearedAt: string;
    /** Between the two. */
    readonly duration: number;
  };
  sync_start: SyncFigures;
  sync_complete: SyncFigures & {
    /** Missed transitions this sync found and told. */
    readonly recovered: number;
    /** Registry records this sync corrected. */
    readonly corrected: number;
  };
  /** A person had a workspace without containers forgotten. */
  workspace_removed: {
    readonly name: string;
    readonly removedAt: string;
  };
  /** Transitions may have been missed between two instants and cannot be told one by one. */
  gap: {
    /** `engine`: the engine's own replay buffer did not reach back. `log`: the cursor is older than the event log. */
    readonly scope: 'engine' | 'log';
    readonly reason: string;
    readonly from: string | null;
    readonly to: string;
  };
}

/** Figures of one sync; in `sync_start`, what is known before it. */
export interface SyncFigures {
  readonly workspaceCount: number;
  readonly duration: number;
  readonly successCount: number;
  readonly errorCount: number;
  readonly timestamp: string;
}

export type EventType = keyof EventDataByType;

export const EVENT_TYPES = [
  'status_changed',
  'container_update',
  'error',
  'recovery',
  'metrics_update',
  'threshold_exceeded',
  'threshold_cleared',
  'sync_start',
  'sync_complete',
  'workspace_removed',
  'gap',
] as const satisfies readonly EventType[];

/** An event before it has its place in the log. */
export type EventDraft<T extends EventType = EventType> = {
  [K in T]: {
    readonly type: K;
    /** `null` when it concerns no single workspace. */
    readonly workspaceId: string | null;
    /** When it truly happened, as far as the engine tells, ISO 8601. */
    readonly timestamp: string;
    /** One line for people. */
    readonly message: string;
    readonly data: EventDataByType[K];
    /** Found by a sync after the fact. */
    readonly recovered: boolean;
  };
}[T];

/** An event in the log. */
export type TidewatchEvent<T extends EventType = EventType> = {
  [K in T]: EventDraft<K> & {
    /** Place in the log: grows by one per event and survives restarts. */
    readonly seq: number;
    /** Unique over all logs: `<log id>-<seq>`. */
    readonly id: string;
  };
}[T];

export function isEventType(text: string): text is EventType {
  return (EVENT_TYPES as readonly string[]).includes(text);
}
