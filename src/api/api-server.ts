import type { FastifyInstance } from 'fastify';
import type { Clock } from '../runtime/clock.ts';
import { formatListenAddress, type ListenAddress } from '../runtime/listen-address.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Access, createAccess } from './auth/access.ts';
import { createRequestOrigin } from './auth/request-origin.ts';
import { addEntityTags } from './entity-tag.ts';
import { addErrorAnswers } from './error-answers.ts';
import { eventHandlers } from './handlers/event-handlers.ts';
import { historyHandlers } from './handlers/history-handlers.ts';
import { statusHandlers } from './handlers/status-handlers.ts';
import { workspaceHandlers } from './handlers/workspace-handlers.ts';
import { createHttpServer, HTTP_LIMITS, type HttpLimits } from './http-server.ts';
import { listen } from './listen.ts';
import { EventHub } from './live/event-hub.ts';
import { MetricsHub } from './live/metrics-hub.ts';
import { loginRoutes } from './login-routes.ts';
import { renderOpenApi } from './openapi.ts';
import type { EventsPort, HistoryPort, HostPort, MonitorPort, TrackerPort } from './ports.ts';
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
  readonly adminToken: string;
  readonly address: ListenAddress;
  /** With it it speaks TLS; a unix socket needs none. */
  readonly tls?: CertificateFiles | null;
  readonly limits?: Partial<HttpLimits>;
  /** Names of a reverse proxy. */
  readonly allowedHosts?: readonly string[];
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
  /** Ends streams, then serves what has begun. */
  close(): Promise<void>;
}

/** What has begun is served so long when the server closes; then its connection is cut. */
const CLOSE_GRACE_MS = 3_000;

/** Makes the server; nothing is listened on before {@link ApiServer.listen}. Throws `config_invalid` on a wrong certificate. */
export async function createApiServer(options: ApiOptions): Promise<ApiServer> {
  const { tracker, monitor, events, clock, logger } = options;
  const access = createAccess(options.adminToken, clock);
  const hubs: StreamHubs = {
    events: new EventHub({ events, clock, logger }),
    metrics: new MetricsHub({ source: monitor, onForgotten: (callback) => onForgotten(tracker, callback), clock }),
  };
  const certificate = options.tls ? openCertificate(options.tls, { clock, logger }) : null;
  const scheme = certificate === null ? 'http' : 'https';
  const closing = new AbortController();
  const app = createHttpServer({ certificate, limits: { ...HTTP_LIMITS, ...options.limits }, logger });
  const traffic = new Traffic(clock);
  addTrafficHooks(app, traffic, logger);
  await addRoutes(app, { options, access, hubs, traffic });
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
    async close() {
      closing.abort();
      hubs.metrics.close();
      hubs.events.close();
      const closed = app.close();
      await traffic.idle(CLOSE_GRACE_MS);
      // What is left asks for nothing: browsers open connections ahead, and keep them for the next request.
      app.server.closeAllConnections();
      await closed;
    },
  };
}

interface RouteParts {
  readonly options: ApiOptions;
  readonly access: Access;
  readonly hubs: StreamHubs;
  readonly traffic: Traffic;
}

async function addRoutes(app: FastifyInstance, { options, access, hubs, traffic }: RouteParts): Promise<void> {
  const { tracker, monitor, history, events, host, address, allowedHosts = [], webRoot = null, logger } = options;
  const openApi = renderOpenApi(host.version);
  addErrorAnswers(app, logger);
  addRequestGuards(app, { access, origin: createRequestOrigin(address, allowedHosts) });
  readRequestsStrictly(app);
  addEntityTags(app);
  registerRoutes(app, {
    ...workspaceHandlers(tracker),
    ...historyHandlers(history, tracker),
    ...eventHandlers(events, tracker),
    ...statusHandlers({
      tracker,
      monitor,
      history,
      events,
      host,
      api: () => ({ ...traffic.counts(), streams: hubs.events.size }),
    }),
    getOpenApi: () => openApi,
  });
  registerStreamRoute(app, { ...hubs, tracker, log: events.log });
  await app.register(loginRoutes, { access });
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
