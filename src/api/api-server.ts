import Fastify, { type FastifyInstance } from 'fastify';
import { memoryTokenStore } from '../access/memory-token-store.ts';
import type { TokenStore } from '../access/token-store.ts';
import type { Clock } from '../runtime/clock.ts';
import { formatListenAddress, type ListenAddress } from '../runtime/listen-address.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Access, createAccess } from './auth/access.ts';
import { createRequestOrigin } from './auth/request-origin.ts';
import { createWorkspaceScopes } from './auth/workspace-scopes.ts';
import type { Stats } from './contract/status-schemas.ts';
import { addEntityTags } from './entity-tag.ts';
import { addErrorAnswers, answerBrokenRequest, sendProblem } from './error-answers.ts';
import { eventHandlers } from './handlers/event-handlers.ts';
import { historyHandlers } from './handlers/history-handlers.ts';
import { statusHandlers } from './handlers/status-handlers.ts';
import { tokenHandlers } from './handlers/token-handlers.ts';
import { webhookHandlers } from './handlers/webhook-handlers.ts';
import { workspaceHandlers } from './handlers/workspace-handlers.ts';
import { listen } from './listen.ts';
import { ClientSeats } from './live/client-seats.ts';
import { EventHub } from './live/event-hub.ts';
import { LiveHub } from './live/live-hub.ts';
import { MetricsHub } from './live/metrics-hub.ts';
import { StateHub } from './live/state-hub.ts';
import { registerLiveRoute } from './live-route.ts';
import { loginRoutes } from './login-routes.ts';
import { registerMetricsRoute } from './metrics-route.ts';
import { renderOpenApi } from './openapi.ts';
import type {
  EventsPort,
  HistoryPort,
  HostPort,
  MetricsTextPort,
  MonitorPort,
  TrackerPort,
  WebhooksPort,
} from './ports.ts';
import { readQuery } from './read-query.ts';
import { registerRoutes } from './register-routes.ts';
import { addRequestGuards } from './request-guards.ts';
import { staticSite } from './static-site.ts';
import { registerStreamRoute, type StreamHubs } from './stream-route.ts';
import { addTrafficHooks, Traffic } from './traffic.ts';
import { validationDetail } from './validation-detail.ts';

export interface ApiOptions {
  readonly tracker: TrackerPort;
  readonly monitor: MonitorPort;
  readonly history: HistoryPort;
  readonly events: EventsPort;
  readonly host: HostPort;
  readonly metrics: MetricsTextPort;
  readonly webhooks: WebhooksPort;
  readonly adminToken: string;
  /** Tokens beside it; in memory unless given. */
  readonly tokens?: TokenStore;
  readonly address: ListenAddress;
  /** Names of a reverse proxy. */
  readonly allowedHosts?: readonly string[];
  /** How many clients may follow events and states at once; 5000 unless given. */
  readonly maxClients?: number;
  /** Folder of the built page; `null` without one. */
  readonly webRoot?: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The HTTP API and the page. */
export interface ApiServer {
  /** The framework's instance, for tests: `app.inject()` needs no socket. */
  readonly app: FastifyInstance;
  /** Begins to serve. Throws `listen_failed`. */
  listen(): Promise<void>;
  /** Where it serves; the configured address before {@link ApiServer.listen}. */
  address(): ListenAddress;
  /** A link that logs a browser in once, within ten minutes; `null` on a unix socket. */
  loginUrl(): string | null;
  /** Requests answered since the start, and streams open now. */
  getStats(): Stats['api'];
  /** Ends streams, then serves what has begun. */
  close(): Promise<void>;
}

const CLIENTS_MOST = 5_000;

const BODY_MAX_BYTES = 256 * 1024;
const HEADERS_MAX_BYTES = 16 * 1024;

/** A request must have arrived whole by then; streams are answers and may last. */
const REQUEST_TIMEOUT_MS = 30_000;

/** What has begun is served so long when the server closes; then its connection is cut. */
const CLOSE_GRACE_MS = 3_000;

/** Makes the server; nothing is listened on before {@link ApiServer.listen}. */
export async function createApiServer(options: ApiOptions): Promise<ApiServer> {
  const { tracker, monitor, events, clock, logger } = options;
  const { adminToken, tokens = memoryTokenStore() } = options;
  const access = createAccess({ adminToken, tokens, scopes: createWorkspaceScopes(tracker), clock, logger });
  const eventHub = new EventHub({ events, clock, logger });
  const metrics = new MetricsHub({ source: monitor, onForgotten: (callback) => onForgotten(tracker, callback), clock });
  const states = new StateHub(tracker, clock);
  const live = new LiveHub({ events: eventHub, states, metrics, clock });
  const hubs: Hubs = { events: eventHub, metrics, live, seats: new ClientSeats(options.maxClients ?? CLIENTS_MOST) };
  const app = createApp(logger);
  const traffic = new Traffic(clock);
  addTrafficHooks(app, traffic, logger);
  const apiStats = () => ({ ...traffic.counts(), streams: hubs.seats.taken });
  await addRoutes(app, { options, access, hubs, apiStats });
  await app.ready();
  let address = options.address;
  return {
    app,
    async listen() {
      address = await listen(app, options.address);
    },
    address: () => address,
    loginUrl() {
      const base = browserUrl(address);
      return base === null ? null : `${base}/login?code=${access.codes.create()}`;
    },
    getStats: apiStats,
    async close() {
      access.close();
      // First these clients, who are told why; then streams, which have no word for it.
      const lives = live.close();
      metrics.close();
      states.close();
      eventHub.close();
      const closed = app.close();
      await Promise.all([lives, traffic.idle(CLOSE_GRACE_MS)]);
      // What is left asks for nothing: browsers open connections ahead, and keep them for the next request.
      app.server.closeAllConnections();
      await closed;
    },
  };
}

function createApp(logger: Logger): FastifyInstance {
  let requests = 0;
  return Fastify({
    logger: false,
    // While the server closes, what still comes in is answered as ever and its connection closed.
    return503OnClosing: false,
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { maxHeaderSize: HEADERS_MAX_BYTES, headersTimeout: REQUEST_TIMEOUT_MS },
    routerOptions: { maxParamLength: 1024, querystringParser: readQuery },
    // A client's own id could forge lines of the log.
    requestIdHeader: false,
    genReqId: () => `r${(++requests).toString(36)}`,
    ajv: { customOptions: { removeAdditional: false, allErrors: false } },
    schemaErrorFormatter: (findings, context) => new Error(validationDetail(findings, context)),
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (thrown, request, reply) => void sendProblem({ thrown, request, reply, logger }),
  });
}

type Hubs = StreamHubs & { readonly live: LiveHub };

interface RouteParts {
  readonly options: ApiOptions;
  readonly access: Access;
  readonly hubs: Hubs;
  apiStats(): Stats['api'];
}

async function addRoutes(app: FastifyInstance, { options, access, hubs, apiStats }: RouteParts): Promise<void> {
  const {
    tracker,
    monitor,
    history,
    events,
    host,
    address,
    allowedHosts = [],
    webRoot = null,
    clock,
    logger,
  } = options;
  const openApi = renderOpenApi(host.version);
  addErrorAnswers(app, logger);
  addRequestGuards(app, { access, origin: createRequestOrigin(address, allowedHosts) });
  addEntityTags(app);
  takeEmptyJson(app);
  registerRoutes(app, {
    ...workspaceHandlers(tracker, clock),
    ...historyHandlers(history, tracker),
    ...eventHandlers({ events, tracker, clock }),
    ...statusHandlers({
      tracker,
      monitor,
      history,
      events,
      host,
      api: apiStats,
    }),
    ...webhookHandlers(options.webhooks),
    ...tokenHandlers(access.tokens, clock),
    getOpenApi: () => openApi,
  });
  registerMetricsRoute(app, options.metrics);
  registerStreamRoute(app, { ...hubs, tracker, log: events.log });
  registerLiveRoute(app, { ...hubs, tracker });
  await app.register(loginRoutes, { access });
  await app.register(staticSite, { webRoot });
}

function onForgotten(tracker: TrackerPort, callback: (id: string) => void): () => void {
  return tracker.onStateChange((id, _previous, current) => {
    if (current === undefined) callback(id);
  });
}

/** `POST /sync` with a JSON content type and no body is what many clients send. */
function takeEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, String(body), done);
  });
}

/** Where a browser of this machine finds the server. */
function browserUrl(address: ListenAddress): string | null {
  if (address.kind === 'unix') return null;
  const host = address.host === '0.0.0.0' ? '127.0.0.1' : address.host === '::' ? '::1' : address.host;
  return `http://${formatListenAddress({ ...address, host })}`;
}
