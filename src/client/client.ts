import type { Static } from 'typebox';
import type {
  AuditPage,
  AuditQuery,
  CreatedToken,
  Me,
  TokenBody,
  TokenJson,
  TokenList,
} from '../api/contract/access-schemas.ts';
import type { WorkspaceJson, WorkspacePage } from '../api/contract/entity-schemas.ts';
import type { EventGap } from '../api/contract/event-schemas.ts';
import type { RollupsQuery, TrendQuery, UsageQuery } from '../api/contract/history-schemas.ts';
import type {
  WorkspaceListQuery,
  WorkspacePatchBody,
  WorkspaceRegistrationBody,
} from '../api/contract/input-schemas.ts';
import type { Health, Readiness, Stats, SyncReportSchema } from '../api/contract/status-schemas.ts';
import type { SummaryJson } from '../api/contract/usage-schemas.ts';
import type { DeliveryJson, WebhookJson } from '../api/contract/webhook-schemas.ts';
import type { MetricColumns, MetricsHistory } from '../metrics/metrics-history.ts';
import type { RollupAnswer } from '../metrics/rollup-answers.ts';
import type { TrendAnswer } from '../metrics/trend-answer.ts';
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
  AuditPage,
  AuditQuery,
  CreatedToken,
  EventGap,
  EventType,
  Health,
  Me,
  Metric,
  MetricColumns,
  MetricsHistory,
  Readiness,
  RollupAnswer,
  Stats,
  TidewatchEvent,
  TokenBody,
  TrendAnswer,
  TrendQuery,
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

/** A token, without its secret. */
export type Token = TokenJson;

/** What all workspaces use together, as the API gives it. */
export type ResourceSummary = SummaryJson;

/** A webhook as the API gives it. */
export type Webhook = WebhookJson;

/** What became of one event at one webhook. */
export type WebhookDelivery = DeliveryJson;

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

/** Which windows; those of the last 24 hours unless `from` is given. */
export interface RollupQuery extends Omit<HistoryQuery, 'maxPoints'> {
  readonly tier: RollupsQuery['tier'];
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
    /** The same in minutes, hours or days, with quantiles. */
    rollups(id: string, query: RollupQuery, call?: CallOptions): Promise<RollupAnswer>;
    /** Whether a metric of it rises or falls. */
    trend(id: string, query: TrendQuery, call?: CallOptions): Promise<TrendAnswer>;
    /** Deletes all that is kept of what it used, for good; also of one that is forgotten. */
    purgeMetrics(id: string, call?: CallOptions): Promise<void>;
  };
  /** What this client's token may do, and until when. */
  me(call?: CallOptions): Promise<Me>;
  /** For unlimited administrators. */
  readonly tokens: {
    list(call?: CallOptions): Promise<readonly Token[]>;
    /** The answer is the only place where its secret stands. */
    create(token: TokenBody, call?: CallOptions): Promise<CreatedToken>;
    /** Ends it at once, with its sessions and streams. */
    revoke(id: string, call?: CallOptions): Promise<void>;
  };
  /** Who changed what, the newest first; for unlimited administrators. */
  audit(query?: AuditQuery, call?: CallOptions): Promise<AuditPage>;
  /** Compares everything with the engine now. */
  sync(call?: CallOptions): Promise<SyncReport>;
  events(query?: EventListQuery, call?: CallOptions): Promise<EventPage>;
  /** Events as they happen; reconnects and resumes by itself. */
  stream(options?: StreamOptions): AsyncGenerator<TidewatchEvent, void>;
  /** States, events and figures as they change, over a WebSocket; reconnects and resumes by itself. */
  live(options?: LiveOptions): LiveFeed;
  /** What workspaces use, each second what changed; reconnects by itself. {@link mergeFrame} adds up the frames. */
  metrics(options?: MetricsStreamOptions): AsyncGenerator<MetricsFrame, void>;
  readonly webhooks: {
    list(call?: CallOptions): Promise<readonly Webhook[]>;
    /** What became of its last events, the newest first. */
    deliveries(name: string, call?: CallOptions): Promise<readonly WebhookDelivery[]>;
    /** Sends an event once more; gives what came of it. */
    replay(name: string, seq: number, call?: CallOptions): Promise<WebhookDelivery>;
  };
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
    rollups: (id, { metrics, ...query }, how) =>
      call('GET', `${pathOf(id)}/rollups`, { query: { ...query, metrics: metrics?.join(',') }, ...how }),
    trend: (id, query, how) => call('GET', `${pathOf(id)}/trend`, { query, ...how }),
    purgeMetrics: (id, how) => call('DELETE', `${pathOf(id)}/metrics`, { ...how }),
  };

  const hookPath = (name: string) => `${BASE}/webhooks/${encodeURIComponent(name)}/deliveries`;
  const webhooks: TidewatchClient['webhooks'] = {
    list: async (how) => (await call<{ items: Webhook[] }>('GET', `${BASE}/webhooks`, { ...how })).items,
    deliveries: async (name, how) =>
      (await call<{ items: WebhookDelivery[] }>('GET', hookPath(name), { ...how })).items,
    replay: (name, seq, how) => call('POST', `${hookPath(name)}/${seq}/replay`, { ...how }),
  };
  const tokens: TidewatchClient['tokens'] = {
    list: async (how) => (await call<TokenList>('GET', `${BASE}/tokens`, { ...how })).items,
    create: (body, how) => call('POST', `${BASE}/tokens`, { body, ...how }),
    revoke: (id, how) => call('DELETE', `${BASE}/tokens/${encodeURIComponent(id)}`, { ...how }),
  };

  return {
    workspaces,
    webhooks,
    tokens,
    me: (how) => call('GET', `${BASE}/me`, { ...how }),
    audit: (query, how) => call('GET', `${BASE}/audit`, { query, ...how }),
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
