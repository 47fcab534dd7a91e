import type { Static } from 'typebox';
import type { WorkspaceJson, WorkspacePage } from '../api/contract/entity-schemas.ts';
import type { EventGap } from '../api/contract/event-schemas.ts';
import type { UsageQuery } from '../api/contract/history-schemas.ts';
import type {
  WorkspaceListQuery,
  WorkspacePatchBody,
  WorkspaceRegistrationBody,
} from '../api/contract/input-schemas.ts';
import type { Health, Readiness, Stats, SyncReportSchema } from '../api/contract/status-schemas.ts';
import type { SummaryJson } from '../api/contract/usage-schemas.ts';
import type { MetricColumns, MetricsHistory } from '../metrics/metrics-history.ts';
import type { UsageAnswer } from '../metrics/usage-answer.ts';
import type { EventType, TidewatchEvent } from '../model/events.ts';
import type { Metric } from '../model/metric-catalogue.ts';
import type { WorkspaceMetrics } from '../model/workspace.ts';
import { type ApiCall, type ClientOptions, callJson } from './client-request.ts';
import { type StreamOptions, streamEvents } from './event-stream.ts';
import { followLive, type LiveFeed, type LiveOptions } from './live-feed.ts';
import { type MetricsFrame, type MetricsStreamOptions, streamMetrics } from './metrics-stream.ts';

export { type ErrorCode, TidewatchError } from '../model/errors.ts';
export type { ClientOptions, FetchLike, SocketFactory, SocketLike } from './client-request.ts';
export type { StreamOptions } from './event-stream.ts';
export type {
  LiveCallbacks,
  LiveFeed,
  LiveFrame,
  LiveFrameOf,
  LiveOptions,
  LiveSubscription,
} from './live-feed.ts';
export { type MetricsFrame, type MetricsStreamOptions, mergeFrame } from './metrics-stream.ts';
export type {
  EventGap,
  EventType,
  Health,
  Metric,
  MetricColumns,
  MetricsHistory,
  Readiness,
  Stats,
  TidewatchEvent,
  UsageAnswer,
  UsageQuery,
  WorkspaceListQuery,
  WorkspaceMetrics,
  WorkspacePage,
  WorkspacePatchBody,
  WorkspaceRegistrationBody,
};

/** A workspace as the API gives it. */
export type Workspace = WorkspaceJson;

/** What all workspaces use together, as the API gives it. */
export type ResourceSummary = SummaryJson;

/** What a sync found. */
export type SyncReport = Static<typeof SyncReportSchema>;

/** Events after a cursor, oldest first. */
export interface EventPage {
  readonly items: readonly TidewatchEvent[];
  /** Cursor for the next page. */
  readonly nextAfter: number;
  readonly gap: EventGap | null;
}

export interface EventListQuery {
  /** Only events after this sequence number. */
  readonly after?: number;
  readonly types?: readonly EventType[];
  /** Only events of this workspace. */
  readonly workspace?: string;
  /** 1 to 1000; 100 unless given. */
  readonly limit?: number;
}

export interface HistoryQuery {
  /** All unless given. */
  readonly metrics?: readonly Metric[];
  /** Epoch ms, ISO 8601 with its zone, or as in `now-24h`; the last hour unless given. */
  readonly from?: number | string;
  readonly to?: number | string;
  /** 1 to 10,000; 500 unless given. */
  readonly maxPoints?: number;
}

export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Every call rejects with a TidewatchError: the server's code, or `daemon_unreachable`. */
export interface TidewatchClient {
  readonly workspaces: {
    /** One page. */
    list(query?: WorkspaceListQuery, call?: CallOptions): Promise<WorkspacePage>;
    /** All pages, one workspace after the other. */
    all(query?: WorkspaceListQuery, call?: CallOptions): AsyncGenerator<Workspace, void>;
    get(id: string, call?: CallOptions): Promise<Workspace>;
    register(registration: WorkspaceRegistrationBody, call?: CallOptions): Promise<Workspace>;
    /** `status: 'archived'` sets it aside, `'inactive'` takes it back. */
    update(id: string, patch: WorkspacePatchBody, call?: CallOptions): Promise<Workspace>;
    /** Forgets it; it must not have containers. */
    remove(id: string, call?: CallOptions): Promise<void>;
    sync(id: string, call?: CallOptions): Promise<SyncReport>;
    /** What it used, in columns. */
    metrics(id: string, query?: HistoryQuery, call?: CallOptions): Promise<MetricsHistory>;
    /** Deletes all that is kept of what it used, for good; also of one that is forgotten. */
    purgeMetrics(id: string, call?: CallOptions): Promise<void>;
  };
  /** Compares everything with the engine now. */
  sync(call?: CallOptions): Promise<SyncReport>;
  events(query?: EventListQuery, call?: CallOptions): Promise<EventPage>;
  /** Events as they happen; reconnects and resumes by itself. */
  stream(options?: StreamOptions): AsyncGenerator<TidewatchEvent, void>;
  /** States, events and figures as they change, over a WebSocket; reconnects and resumes by itself. */
  live(options?: LiveOptions): LiveFeed;
  /** What workspaces use, each second what changed; reconnects by itself. {@link mergeFrame} adds up the frames. */
  metrics(options?: MetricsStreamOptions): AsyncGenerator<MetricsFrame, void>;
  stats(call?: CallOptions): Promise<Stats>;
  /** What all workspaces use together; `labels`: also grouped by the values of these. */
  summary(query?: { readonly labels?: readonly string[] }, call?: CallOptions): Promise<ResourceSummary>;
  /** Which workspaces used most of a metric in some time, and the sums of owners or labels. */
  usage(query: UsageQuery, call?: CallOptions): Promise<UsageAnswer>;
  health(call?: CallOptions): Promise<Health>;
  /** Resolves also when the daemon is not ready: the answer says what is missing. */
  ready(call?: CallOptions): Promise<Readiness>;
}

const BASE = '/api/v1';

/**
 * A client of a Tidewatch daemon, for Node and browsers.
 *
 * @example
 * const client = createClient({ url: 'http://127.0.0.1:7420', token });
 * for await (const event of client.stream()) console.log(event.message);
 */
export function createClient(options: ClientOptions): TidewatchClient {
  const call = <T>(method: string, path: string, rest: Partial<ApiCall> = {}) =>
    callJson<T>(options, { method, path, ...rest });
  const pathOf = (id: string) => `${BASE}/workspaces/${encodeURIComponent(id)}`;

  const workspaces: TidewatchClient['workspaces'] = {
    list: (query, how) => call('GET', `${BASE}/workspaces`, { query, ...how }),
    async *all(query, how) {
      let cursor = query?.cursor;
      do {
        const page = await workspaces.list({ limit: 500, ...query, ...(cursor && { cursor }) }, how);
        yield* page.items;
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
    },
    get: (id, how) => call('GET', pathOf(id), { ...how }),
    register: (body, how) => call('POST', `${BASE}/workspaces`, { body, ...how }),
    update: (id, body, how) => call('PATCH', pathOf(id), { body, ...how }),
    remove: (id, how) => call('DELETE', pathOf(id), { ...how }),
    sync: (id, how) => call('POST', `${pathOf(id)}/sync`, { ...how }),
    metrics: (id, { metrics, ...query } = {}, how) =>
      call('GET', `${pathOf(id)}/metrics`, { query: { ...query, metrics: metrics?.join(',') }, ...how }),
    purgeMetrics: (id, how) => call('DELETE', `${pathOf(id)}/metrics`, { ...how }),
  };

  return {
    workspaces,
    sync: (how) => call('POST', `${BASE}/sync`, { ...how }),
    events: ({ types, ...query } = {}, how) =>
      call('GET', `${BASE}/events`, { query: { ...query, types: types?.join(',') }, ...how }),
    stream: (stream = {}) => streamEvents(options, stream),
    live: (live = {}) => followLive(options, live),
    metrics: (stream = {}) => streamMetrics(options, stream),
    summary: ({ labels } = {}, how) => call('GET', `${BASE}/summary`, { query: { label: labels }, ...how }),
    usage: (query, how) => call('GET', `${BASE}/usage`, { query, ...how }),
    stats: (how) => call('GET', `${BASE}/stats`, { ...how }),
    health: (how) => call('GET', '/healthz', { ...how }),
    ready: (how) => call('GET', '/readyz', { ...how, alsoGood: 503 }),
  };
}
