import type { EventBusStats, EventHandler, SubscribeOptions } from '../events/event-bus.ts';
import type { EventReader } from '../events/event-log.ts';
import type { CollectorStats } from '../metrics/metrics-collector.ts';
import type { HistoryPoints, HistoryRequest } from '../metrics/metrics-history.ts';
import type { RollupAnswer, RollupRequest } from '../metrics/rollup-answers.ts';
import type { TrendAnswer, TrendRequest } from '../metrics/trend-answer.ts';
import type { UsageAnswer, UsageRequest } from '../metrics/usage-answer.ts';
import type { EventType } from '../model/events.ts';
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
  getPoints(id: WorkspaceId, request: HistoryRequest): HistoryPoints;
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

/** What the API needs of the webhooks. Instants are epoch ms. */
export interface WebhooksPort {
  list(): readonly WebhookView[];
  /** The newest first. Throws `webhook_not_found`. */
  deliveries(name: string): readonly DeliveryView[];
  /** Throws `webhook_not_found` and `event_not_found`. */
  replay(name: string, seq: number): Promise<DeliveryView>;
}

/** A webhook without its secret and the rest of its address. */
export interface WebhookView {
  readonly name: string;
  readonly origin: string;
  readonly types: readonly EventType[];
  readonly workspaces: readonly string[];
  readonly labels: readonly string[];
  readonly format: 'json' | 'cloudevents';
  readonly state: 'idle' | 'sending' | 'retrying';
  readonly lastSeq: number;
  readonly backlog: number;
  readonly delivered: number;
  readonly failedAttempts: number;
  readonly failed: number;
  readonly dropped: number;
  readonly lastDeliveredAt: number | null;
  readonly retryAt: number | null;
  readonly lastError: string | null;
}

/** What became of one event at one webhook. */
export interface DeliveryView {
  readonly seq: number;
  readonly eventId: string;
  readonly type: EventType;
  readonly workspaceId: WorkspaceId | null;
  readonly state: 'sending' | 'delivered' | 'retrying' | 'failed' | 'dropped';
  readonly attempts: number;
  readonly replays: number;
  readonly firstAttemptAt: number | null;
  readonly lastAttemptAt: number | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number | null;
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
