import type { EventBusStats, EventHandler, SubscribeOptions } from '../events/event-bus.ts';
import type { EventReader } from '../events/event-log.ts';
import type { CollectorStats } from '../metrics/metrics-collector.ts';
import type { HistoryRequest, MetricsHistory } from '../metrics/metrics-history.ts';
import type { RollupAnswer, RollupRequest } from '../metrics/rollup-answers.ts';
import type { TrendAnswer, TrendRequest } from '../metrics/trend-answer.ts';
import type { UsageAnswer, UsageRequest } from '../metrics/usage-answer.ts';
import type { WorkspaceId, WorkspaceState } from '../model/workspace.ts';
import type { CacheStats, ContainerSource, MonitorStats } from '../monitor/monitor-stats.ts';
import type { ResourceSummary } from '../monitor/resource-summary.ts';
import type { SyncReport, TrackerStats } from '../tracker/tracker-stats.ts';
import type { MetricsSource } from './live/metrics-hub.ts';

/** What the API needs of the tracker. */
export interface TrackerPort {
  getWorkspaceState(id: WorkspaceId): WorkspaceState | undefined;
  getAllWorkspaceStates(): ReadonlyMap<WorkspaceId, WorkspaceState>;
  forceSync(id?: WorkspaceId): Promise<SyncReport>;
  getStats(): TrackerStats;
  /** Calls back with a workspace's state before and after a change; `undefined` after it is forgotten. */
  onStateChange(
    callback: (id: WorkspaceId, previous: WorkspaceState | undefined, current: WorkspaceState | undefined) => void,
  ): () => void;
  archiveWorkspace(id: WorkspaceId): Promise<WorkspaceState>;
  unarchiveWorkspace(id: WorkspaceId): Promise<WorkspaceState>;
  registerWorkspace(registration: WorkspaceEdit & { readonly id: WorkspaceId }): Promise<WorkspaceState>;
  updateWorkspace(id: WorkspaceId, edit: WorkspaceEdit): Promise<WorkspaceState>;
  forgetWorkspace(id: WorkspaceId): Promise<void>;
}

/** What a person may say of a workspace. */
export interface WorkspaceEdit {
  readonly name?: string;
  readonly owner?: string | null;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What the API needs of the resource monitor. */
export interface MonitorPort extends MetricsSource {
  getResourceSummary(options?: { readonly labels?: readonly string[] }): ResourceSummary;
  getMonitorStats(): MonitorStats;
  getCacheStats(): CacheStats;
  getContainerSources(): readonly ContainerSource[];
}

/** What the API needs of the collector. */
export interface HistoryPort {
  /** Whether anything is kept of it. */
  hasHistory(id: WorkspaceId): boolean;
  /** Throws `bad_request`. */
  getHistory(id: WorkspaceId, request: HistoryRequest): MetricsHistory;
  getRollups(id: WorkspaceId, request: RollupRequest): RollupAnswer;
  getTrend(id: WorkspaceId, request: TrendRequest): TrendAnswer;
  /** Deletes all that is kept of it; gives whether anything was. Rejects with `store_unwritable`. */
  purge(id: WorkspaceId): Promise<boolean>;
  /** Rejects with `bad_request` and `shutting_down`. */
  getUsage(request: UsageRequest): Promise<UsageAnswer>;
  getStats(): CollectorStats;
}

/** What the API needs of the event system. */
export interface EventsPort {
  /** All events told so far, also those the store has not taken yet. */
  readonly log: Pick<EventReader, 'read' | 'bounds'>;
  on(type: '*', handler: EventHandler, options?: SubscribeOptions): () => void;
  getStats(): EventBusStats;
}

/** What makes the text of `GET /metrics`. */
export interface MetricsTextPort {
  /** `scope`: of which workspaces it tells, and then of nothing else; `null` for no limit. */
  text(
    format: 'prometheus' | 'openmetrics',
    scope: ((workspaceId: WorkspaceId) => boolean) | null,
  ): Promise<{ readonly mediaType: string; readonly body: Buffer }>;
}

/** Figures only the daemon knows. */
export interface HostPort {
  readonly version: string;
  readonly storeKind: string;
  /** Epoch ms. */
  readonly startedAt: number;
  engineCalls(): { readonly calls: Readonly<Record<string, number>>; readonly failures: number };
  self(): { cpuSeconds: number; memoryBytes: number; heapBytes: number; uptimeSeconds: number };
}
