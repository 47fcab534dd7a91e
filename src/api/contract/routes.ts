import type { Static, TSchema } from 'typebox';
import { ACCESS_ROUTES } from './access-routes.ts';
import { WorkspacePageSchema, WorkspaceSchema } from './entity-schemas.ts';
import { EventPageSchema } from './event-schemas.ts';
import {
  HISTORY_MEDIA_TYPES,
  MetricsHistorySchema,
  MetricsQuery,
  RollupsQuery,
  RollupsSchema,
  TrendQuery,
  TrendSchema,
  UsageQuery,
  UsageSchema,
} from './history-schemas.ts';
import {
  EventStreamQuery,
  EventsQuery,
  SummaryQuery,
  WorkspaceEventsQuery,
  WorkspaceListQuery,
  WorkspaceParams,
  WorkspacePatchBody,
  WorkspaceRegistrationBody,
} from './input-schemas.ts';
import { CLIENT_FRAMES, SERVER_FRAMES, STREAM_EVENTS } from './live-frames.ts';
import { API_BASE, type RouteSpec } from './route-spec.ts';
import { HealthSchema, ReadinessSchema, StatsSchema, SyncReportSchema } from './status-schemas.ts';
import { SummarySchema } from './usage-schemas.ts';
import { WEBHOOK_ROUTES } from './webhook-routes.ts';

/** Every route of the API: the only place that knows their paths and shapes. */
export const ROUTES = {
  listWorkspaces: {
    method: 'GET',
    path: `${API_BASE}/workspaces`,
    access: 'viewer',
    summary: 'Workspaces that match, one page of them. Pages stay right while workspaces come and go.',
    query: WorkspaceListQuery,
    answer: { status: 200, schema: WorkspacePageSchema, description: 'a page' },
  },
  registerWorkspace: {
    method: 'POST',
    path: `${API_BASE}/workspaces`,
    access: 'operator',
    summary: 'Make a workspace known before it has containers',
    body: WorkspaceRegistrationBody,
    answer: { status: 201, schema: WorkspaceSchema, description: 'registered; Location tells where' },
    errors: ['workspace_exists', 'registry_failed'],
  },
  getWorkspace: {
    method: 'GET',
    path: `${API_BASE}/workspaces/{id}`,
    access: 'viewer',
    summary: 'One workspace',
    params: WorkspaceParams,
    answer: { status: 200, schema: WorkspaceSchema, description: 'its state now' },
    errors: ['workspace_not_found'],
  },
  updateWorkspace: {
    method: 'PATCH',
    path: `${API_BASE}/workspaces/{id}`,
    access: 'operator',
    summary: 'Change name, owner or labels; archive it or take it out of the archive',
    params: WorkspaceParams,
    body: WorkspacePatchBody,
    answer: { status: 200, schema: WorkspaceSchema, description: 'its state after the change' },
    errors: ['workspace_not_found', 'registry_failed'],
  },
  forgetWorkspace: {
    method: 'DELETE',
    path: `${API_BASE}/workspaces/{id}`,
    access: 'admin',
    summary: 'Forget a workspace that has no containers',
    params: WorkspaceParams,
    answer: { status: 204, description: 'forgotten' },
    errors: ['workspace_not_found', 'workspace_running', 'registry_failed'],
  },
  syncWorkspace: {
    method: 'POST',
    path: `${API_BASE}/workspaces/{id}/sync`,
    access: 'operator',
    summary: 'Compare one workspace with the engine now',
    params: WorkspaceParams,
    answer: { status: 200, schema: SyncReportSchema, description: 'what it found' },
    errors: ['workspace_not_found', 'engine_unreachable', 'engine_timeout'],
  },
  syncAll: {
    method: 'POST',
    path: `${API_BASE}/sync`,
    access: 'operator',
    summary: 'Compare everything with the engine now',
    answer: { status: 200, schema: SyncReportSchema, description: 'what it found' },
    errors: ['engine_unreachable', 'engine_timeout'],
  },
  listWorkspaceEvents: {
    method: 'GET',
    path: `${API_BASE}/workspaces/{id}/events`,
    access: 'viewer',
    summary: 'Events of one workspace, oldest first; of a forgotten one too, as long as they are kept',
    params: WorkspaceParams,
    query: WorkspaceEventsQuery,
    answer: { status: 200, schema: EventPageSchema, description: 'a page' },
    errors: ['workspace_not_found'],
  },
  getWorkspaceMetrics: {
    method: 'GET',
    path: `${API_BASE}/workspaces/{id}/metrics`,
    access: 'viewer',
    summary: 'What a workspace used: columns, thinned out to `maxPoints` without losing a peak; of a forgotten one too',
    params: WorkspaceParams,
    query: MetricsQuery,
    answer: {
      status: 200,
      schema: MetricsHistorySchema,
      textTypes: HISTORY_MEDIA_TYPES,
      description: 'columns; or lines, with `format`',
    },
    errors: ['workspace_not_found'],
  },
  purgeWorkspaceMetrics: {
    method: 'DELETE',
    path: `${API_BASE}/workspaces/{id}/metrics`,
    access: 'admin',
    summary: 'Delete all that is kept of what a workspace used, for good; what it uses from now on is kept as ever',
    params: WorkspaceParams,
    answer: { status: 204, description: 'deleted' },
    errors: ['workspace_not_found', 'store_unwritable'],
  },
  getWorkspaceRollups: {
    method: 'GET',
    path: `${API_BASE}/workspaces/{id}/rollups`,
    access: 'viewer',
    summary: 'What a workspace used in each minute, hour or day of the configured time zone, with quantiles',
    params: WorkspaceParams,
    query: RollupsQuery,
    answer: { status: 200, schema: RollupsSchema, description: 'the windows that overlap the range' },
    errors: ['workspace_not_found'],
  },
  getWorkspaceTrend: {
    method: 'GET',
    path: `${API_BASE}/workspaces/{id}/trend`,
    access: 'viewer',
    summary: 'Whether a metric rises or falls: a robust slope with its confidence, and where the level changed',
    params: WorkspaceParams,
    query: TrendQuery,
    answer: { status: 200, schema: TrendSchema, description: 'slope, change, confidence' },
    errors: ['workspace_not_found'],
  },
  getUsage: {
    method: 'GET',
    path: `${API_BASE}/usage`,
    access: 'viewer',
    summary:
      'Which workspaces used most of a metric in some time, sums by owner or label, and the week before; from rollups, of forgotten ones too',
    query: UsageQuery,
    answer: { status: 200, schema: UsageSchema, description: 'the top, groups and the total' },
    errors: ['shutting_down'],
  },
  listEvents: {
    method: 'GET',
    path: `${API_BASE}/events`,
    access: 'viewer',
    summary: 'Events, oldest first',
    query: EventsQuery,
    answer: { status: 200, schema: EventPageSchema, description: 'a page' },
  },
  streamEvents: {
    method: 'GET',
    path: `${API_BASE}/events/stream`,
    access: 'viewer',
    summary:
      'Events as they happen (server-sent events). `id` is the sequence number; `Last-Event-ID`, or `after`, resumes. An event named `gap` tells what can no longer be given. With `metrics=true` events named `metrics` (without `id`) have the figures that changed, at most one a second. A comment every 15 s keeps the connection.',
    query: EventStreamQuery,
    answer: { status: 200, mediaType: 'text/event-stream', description: 'a stream that ends when the daemon stops' },
    errors: ['workspace_not_found', 'too_many_clients'],
    sentEvents: STREAM_EVENTS,
  },
  live: {
    method: 'GET',
    path: `${API_BASE}/live`,
    access: 'viewer',
    summary:
      'States, events and figures as they change, over a WebSocket. The client sends `subscribe`, and may send another one at any time; the server answers with a snapshot, then sends what changes. Messages are JSON in text frames, from clients at most 16 KiB, 40 at once and 10 a second.',
    answer: { status: 101, description: 'a WebSocket' },
    errors: ['upgrade_required', 'too_many_clients'],
    frames: { client: CLIENT_FRAMES, server: SERVER_FRAMES },
  },
  ...WEBHOOK_ROUTES,
  getStats: {
    method: 'GET',
    path: `${API_BASE}/stats`,
    access: 'viewer',
    summary: 'What Tidewatch did, holds and costs',
    answer: { status: 200, schema: StatsSchema, description: 'figures since the start' },
  },
  getSummary: {
    method: 'GET',
    path: `${API_BASE}/summary`,
    access: 'viewer',
    summary: 'What all workspaces use together, by owner too, and by the values of labels that are asked for',
    query: SummaryQuery,
    answer: { status: 200, schema: SummarySchema, description: 'figures of now' },
  },
  ...ACCESS_ROUTES,
  getHealth: {
    method: 'GET',
    path: '/healthz',
    access: 'open',
    unmetered: true,
    summary: 'The process is alive',
    answer: { status: 200, schema: HealthSchema, description: 'alive' },
  },
  getReadiness: {
    method: 'GET',
    path: '/readyz',
    access: 'open',
    unmetered: true,
    summary: 'The engine is connected, the first sync is done and the store can be written. 503 with what is missing.',
    answer: {
      status: 200,
      schema: ReadinessSchema,
      description: 'ready',
    },
    otherwise: { status: 503, schema: ReadinessSchema, description: 'not ready' },
  },
  getMetricsText: {
    method: 'GET',
    path: '/metrics',
    summary:
      'Figures of now for Prometheus: every workspace, and how Tidewatch itself stands. OpenMetrics where `Accept` asks for it. Up to a second old.',
    access: 'viewer',
    answer: {
      status: 200,
      mediaType: 'text/plain',
      textTypes: ['application/openmetrics-text'],
      description: 'Prometheus text format 0.0.4, or OpenMetrics 1.0',
    },
  },
  getOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    access: 'viewer',
    summary: 'This description, as OpenAPI 3.1',
    answer: { status: 200, description: 'an OpenAPI document' },
  },
} as const satisfies Record<string, RouteSpec>;

export type RouteName = keyof typeof ROUTES;

type Part<R, P extends string> = R extends { readonly [K in P]: infer S extends TSchema } ? Static<S> : undefined;

/** What a route takes. */
export interface RouteInput<N extends RouteName> {
  readonly params: Part<(typeof ROUTES)[N], 'params'>;
  readonly query: Part<(typeof ROUTES)[N], 'query'>;
  readonly body: Part<(typeof ROUTES)[N], 'body'>;
}

/** What a route gives. */
export type RouteOutput<N extends RouteName> = Part<(typeof ROUTES)[N]['answer'], 'schema'>;
