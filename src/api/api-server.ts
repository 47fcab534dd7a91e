import type { FastifyInstance } from 'fastify';
import type { AuditLog } from '../access/audit-log.ts';
import type { LogoutStore } from '../access/logout-store.ts';
import { memoryAuditLog } from '../access/memory-audit-log.ts';
import { memoryLogoutStore } from '../access/memory-logout-store.ts';
import { memoryTokenStore } from '../access/memory-token-store.ts';
import type { TokenStore } from '../access/token-store.ts';
import type { Clock } from '../runtime/clock.ts';
import { formatListenAddress, type ListenAddress } from '../runtime/listen-address.ts';
import type { Logger } from '../runtime/logger.ts';
import { createAuditTrail } from './audit-trail.ts';
import { type Access, createAccess } from './auth/access.ts';
import { createRequestOrigin } from './auth/request-origin.ts';
import { createWorkspaceScopes, type WorkspaceScopes } from './auth/workspace-scopes.ts';
import type { Stats } from './contract/status-schemas.ts';
import { addErrorAnswers } from './error-answers.ts';
import { auditHandlers } from './handlers/audit-handlers.ts';
import { eventHandlers } from './handlers/event-handlers.ts';
import { historyHandlers } from './handlers/history-handlers.ts';
import { statusHandlers } from './handlers/status-handlers.ts';
import { tokenHandlers } from './handlers/token-handlers.ts';
import { webhookHandlers } from './handlers/webhook-handlers.ts';
import { workspaceHandlers } from './handlers/workspace-handlers.ts';
import { createHttpServer, HTTP_LIMITS, type HttpLimits } from './http-server.ts';
import { listen } from './listen.ts';
import { ClientSeats } from './live/client-seats.ts';
import { EventHub } from './live/event-hub.ts';
import { LiveHub } from './live/live-hub.ts';
import { MetricsHub } from './live/metrics-hub.ts';
import { StateHub } from './live/state-hub.ts';
import { registerLiveRoute } from './live-route.ts';
import { loginRoutes } from './login-routes.ts';
import { registerMetricsRoute } from './metrics-route.ts';
import { createOidcLogin, type OidcLogin } from './oidc/oidc-login.ts';
import type { OidcOptions } from './oidc/oidc-options.ts';
import { oidcRoutes } from './oidc/oidc-routes.ts';
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
import { createRequestRate, type RateLimit } from './rate-limit.ts';
import { registerRoutes } from './register-routes.ts';
import { addRequestGuards } from './request-guards.ts';
import { type CertificateFiles, openCertificate } from './server-certificate.ts';
import { staticSite } from './static-site.ts';
import { registerStreamRoute, type StreamHubs } from './stream-route.ts';
import { readRequestsStrictly } from './strict-requests.ts';
import { addTrafficHooks, Traffic } from './traffic.ts';

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
  readonly logouts?: LogoutStore;
  /** Who changed what; in memory unless given. */
  readonly audit?: AuditLog;
  readonly address: ListenAddress;
  /** With it it speaks TLS; a unix socket needs none. */
  readonly tls?: CertificateFiles | null;
  readonly limits?: Partial<HttpLimits>;
  /** Log-in by an identity provider; `null` without one. */
  readonly oidc?: OidcOptions | null;
  /** Names of a reverse proxy. */
  readonly allowedHosts?: readonly string[];
  /** How many clients may follow events and states at once; 5000 unless given. */
  readonly maxClients?: number;
  /** How much one token, or one address without, may ask; anything unless given. */
  readonly rateLimit?: RateLimit | null;
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
  /** The same for clients: `http://127.0.0.1:7420`, `https://…` or `unix:/path`. */
  url(): string;
  /** Reads the certificate again; one that is broken is told, and the one before stays. */
  reloadCertificate(): void;
  /** A link that logs a browser in once, within ten minutes; `null` on a unix socket. */
  loginUrl(): string | null;
  /** Requests answered since the start, and streams open now. */
  getStats(): Stats['api'];
  /** Ends streams, then serves what has begun. */
  close(): Promise<void>;
}

const CLIENTS_MOST = 5_000;

/** What has begun is served so long when the server closes; then its connection is cut. */
const CLOSE_GRACE_MS = 3_000;

/** Makes the server; nothing is listened on before {@link ApiServer.listen}. Throws `config_invalid` on a wrong certificate. */
export async function createApiServer(options: ApiOptions): Promise<ApiServer> {
  const { tracker, monitor, events, clock, logger } = options;
  const { adminToken, tokens = memoryTokenStore(), logouts = memoryLogoutStore() } = options;
  const scopes = createWorkspaceScopes(tracker, events.log);
  const oidc = options.oidc ? createOidcLogin({ options: options.oidc, adminToken, clock }) : null;
  const access = createAccess({ adminToken, tokens, logouts, scopes, people: oidc?.people ?? null, clock, logger });
  const eventHub = new EventHub({ events, clock, logger });
  const metrics = new MetricsHub({ source: monitor, onForgotten: (callback) => onForgotten(tracker, callback), clock });
  const states = new StateHub(tracker, clock);
  const live = new LiveHub({ events: eventHub, states, metrics, clock });
  const hubs: Hubs = { events: eventHub, metrics, live, seats: new ClientSeats(options.maxClients ?? CLIENTS_MOST) };
  const certificate = options.tls ? openCertificate(options.tls, { clock, logger }) : null;
  const scheme = certificate === null ? 'http' : 'https';
  const closing = new AbortController();
  const app = createHttpServer({ certificate, limits: { ...HTTP_LIMITS, ...options.limits }, logger });
  const traffic = new Traffic(clock);
  addTrafficHooks(app, { traffic, clock, logger });
  const apiStats = () => ({ ...traffic.counts(), streams: hubs.seats.taken });
  await addRoutes(app, { options, access, oidc, scopes, hubs, apiStats });
  await app.ready();
  let address = options.address;
  return {
    app,
    async listen() {
      address = await listen(app, options.address);
      void certificate?.run(closing.signal);
    },
    address: () => address,
    url: () => urlOf(scheme, address),
    reloadCertificate: () => certificate?.reload(),
    loginUrl() {
      if (address.kind === 'unix') return null;
      return `${urlOf(scheme, browserAddress(address))}/login?code=${access.codes.create()}`;
    },
    getStats: apiStats,
    async close() {
      closing.abort();
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

type Hubs = StreamHubs & { readonly live: LiveHub };

interface RouteParts {
  readonly options: ApiOptions;
  readonly access: Access;
  readonly oidc: OidcLogin | null;
  readonly scopes: WorkspaceScopes;
  readonly hubs: Hubs;
  apiStats(): Stats['api'];
}

async function addRoutes(
  app: FastifyInstance,
  { options, access, oidc, scopes, hubs, apiStats }: RouteParts,
): Promise<void> {
  const {
    tracker,
    monitor,
    history,
    events,
    host,
    address,
    allowedHosts = [],
    webRoot = null,
    rateLimit = null,
    clock,
    logger,
  } = options;
  const openApi = renderOpenApi(host.version);
  const auditLog = options.audit ?? memoryAuditLog();
  const audit = createAuditTrail({ log: auditLog, clock, logger });
  addErrorAnswers(app, logger);
  const origin = createRequestOrigin(address, allowedHosts);
  addRequestGuards(app, { access, audit, origin, rate: createRequestRate(rateLimit, clock) });
  readRequestsStrictly(app);
  registerRoutes(
    app,
    {
      ...workspaceHandlers(tracker, clock),
      ...historyHandlers({ history, tracker, scopes, clock }),
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
      ...auditHandlers(auditLog),
      getOpenApi: () => openApi,
    },
    audit,
  );
  registerMetricsRoute(app, options.metrics);
  registerStreamRoute(app, { ...hubs, tracker, log: events.log });
  registerLiveRoute(app, { ...hubs, tracker });
  await app.register(loginRoutes, { access, audit, provider: oidc?.options.providerName ?? null });
  if (oidc !== null) await app.register(oidcRoutes, { login: oidc, access, audit, logger });
  await app.register(staticSite, { webRoot });
}

function onForgotten(tracker: TrackerPort, callback: (id: string) => void): () => void {
  return tracker.onStateChange((id, _previous, current) => {
    if (current === undefined) callback(id);
  });
}

function urlOf(scheme: string, address: ListenAddress): string {
  return `${address.kind === 'unix' ? '' : `${scheme}://`}${formatListenAddress(address)}`;
}

/** Where a browser of this machine finds the server. */
function browserAddress(address: TcpAddress): TcpAddress {
  const host = address.host === '0.0.0.0' ? '127.0.0.1' : address.host === '::' ? '::1' : address.host;
  return { ...address, host };
}

type TcpAddress = Extract<ListenAddress, { kind: 'tcp' }>;
