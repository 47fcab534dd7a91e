import { type ApiServer, createApiServer } from '../api/api-server.ts';
import { loadAdminToken } from '../api/auth/admin-token.ts';
import type { HostPort } from '../api/ports.ts';
import type { RateLimit } from '../api/rate-limit.ts';
import type { CertificateFiles } from '../api/server-certificate.ts';
import { createDockerEngine, type DockerEngineOptions } from '../engine/docker/docker-engine.ts';
import type { Engine } from '../engine/engine.ts';
import { EventBus } from '../events/bus.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import { TidewatchError } from '../model/errors.ts';
import type { ResourceMonitor } from '../monitor/resource-monitor.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type ListenAddress, parseListenAddress } from '../runtime/listen-address.ts';
import { type Logger, silentLogger } from '../runtime/logger.ts';
import { createShutdownStack, type ShutdownStack } from '../runtime/shutdown-stack.ts';
import { Tracker } from '../tracker/tracker.ts';
import type { TrackerStats } from '../tracker/tracker-stats.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { CONFIG_KEY_NAMES, CONFIG_KEYS, type Config, type ConfigKey } from './config/keys.ts';
import { checkExposure } from './exposure.ts';
import { findWebRoot, readVersion } from './installation.ts';
import { createCollector, createMonitor } from './monitoring.ts';
import { oidcOptions } from './oidc.ts';
import { openStore } from './open-store.ts';
import type { LeveledLogger } from './pino-logger.ts';
import { createTelemetry, type Telemetry, type TelemetryParts } from './telemetry.ts';
import { createWebhooks } from './webhooks.ts';

/** What a daemon is made of beside its configuration; all has a default. */
export interface DaemonParts {
  /** Silent unless given: the daemon prints nothing by itself. With `setLevel`, a reload changes its level. */
  readonly logger?: Logger & Partial<Pick<LeveledLogger, 'setLevel'>>;
  readonly clock?: Clock;
  /** Another engine than the configured one; it is closed with the daemon. */
  readonly engine?: Engine;
  /** Folder of the built page; `null` for none. */
  readonly webRoot?: string | null;
}

/** What a reload did. */
export interface ReloadOutcome {
  /** Keys that changed and hold now. */
  readonly applied: readonly ConfigKey[];
  /** Keys that changed and hold after a restart. */
  readonly needRestart: readonly ConfigKey[];
}

/** Tidewatch as a long-running service: store, bus, tracker and API together. */
export interface Daemon {
  /**
   * Resolves when the API answers; tracking begins then, with or without an engine. Throws TidewatchError (`listen_failed`,
   * `store_locked`, `engine_endpoint_invalid`, …) and leaves nothing behind.
   */
  start(): Promise<void>;
  /** Ends everything within ten seconds. Idempotent. */
  stop(): Promise<void>;
  /** Takes over what can change while it runs, the certificate's files too. Applies nothing else. */
  reload(config: Config): ReloadOutcome;
  /** Where it serves: `http://127.0.0.1:7420`, `https://…` or `unix:/path`. Throws before {@link Daemon.start}. */
  address(): string;
  /** A link that logs a browser in once, within ten minutes; `null` on a unix socket. */
  loginUrl(): string | null;
  /** How the tracker stands, the engine included. */
  getTrackerStats(): TrackerStats;
}

/** Makes a daemon; nothing starts before {@link Daemon.start}. */
export function createDaemon(config: Config, parts: DaemonParts = {}): Daemon {
  return new TidewatchDaemon(config, parts);
}

interface Running {
  readonly tracker: Tracker;
  readonly monitor: ResourceMonitor;
  readonly history: MetricsCollector;
  readonly webhooks: Webhooks;
  readonly telemetry: Telemetry;
  readonly api: ApiServer;
}

class TidewatchDaemon implements Daemon {
  #config: Config;
  readonly #parts: DaemonParts;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #shutdown: ShutdownStack;
  #starting: Promise<void> | undefined;
  #running: Running | undefined;
  #isStopped = false;

  constructor(config: Config, parts: DaemonParts) {
    this.#config = config;
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#logger = parts.logger ?? silentLogger;
    this.#shutdown = createShutdownStack(this.#clock, this.#logger);
  }

  start(): Promise<void> {
    if (this.#isStopped)
      return Promise.reject(new TidewatchError('shutting_down', 'a daemon that was stopped stays so'));
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    // What is being opened must be there before it can be closed.
    await this.#starting?.catch(() => {});
    await this.#shutdown.close();
  }

  reload(config: Config): ReloadOutcome {
    const changed = CONFIG_KEY_NAMES.filter((key) => !isSame(config[key], this.#config[key]));
    const applied = changed.filter((key) => CONFIG_KEYS[key].reloads);
    const needRestart = changed.filter((key) => !CONFIG_KEYS[key].reloads);
    const { tracker, monitor, api } = this.#need();
    api.reloadCertificate();
    if (applied.includes('tracker.syncInterval')) tracker.setSyncInterval(config['tracker.syncInterval']);
    if (applied.includes('tracker.maxRetries')) tracker.setMaxRetries(config['tracker.maxRetries']);
    if (applied.includes('monitor.collectInterval')) monitor.setCollectInterval(config['monitor.collectInterval']);
    if (applied.includes('log.level')) this.#parts.logger?.setLevel?.(config['log.level']);
    this.#config = { ...this.#config, ...Object.fromEntries(applied.map((key) => [key, config[key]])) };
    this.#logger.info('configuration read again', { applied, needRestart });
    return { applied, needRestart };
  }

  address(): string {
    return this.#need().api.url();
  }

  loginUrl(): string | null {
    return this.#need().api.loginUrl();
  }

  getTrackerStats(): TrackerStats {
    return this.#need().tracker.getStats();
  }

  #need(): Running {
    if (this.#running !== undefined) return this.#running;
    throw new TidewatchError('internal', 'the daemon is not started');
  }

  async #start(): Promise<void> {
    try {
      this.#running = await this.#open();
      await this.#running.api.listen();
      this.#running.webhooks.start();
      this.#running.telemetry.otlp?.start();
      this.#track(this.#running.tracker);
      await this.#running.history.start();
      await this.#running.monitor.start();
      this.#logger.info('serving', { address: this.address() });
    } catch (error) {
      await this.#shutdown.close();
      throw error;
    }
  }

  /** Opened from the store upwards, so that the stack closes from the producers down. */
  async #open(): Promise<Running> {
    const config = this.#config;
    const shared = { clock: this.#clock, logger: this.#logger };
    const address = listenAddressOf(config);
    checkExposure(config, address, this.#logger);
    const store = await openStore(config, shared);
    this.#shutdown.push('store', () => store.close());
    const adminToken = await loadAdminToken(config.dataDir, this.#logger);
    const retention = { maxAgeMs: config['events.maxAge'], maxEvents: config['events.maxCount'] };
    const bus = new EventBus({ log: store.events, retention, ...shared });
    this.#shutdown.push('event bus', () => bus.close());
    const engine = this.#parts.engine ?? createDockerEngine({ ...engineOptionsOf(config), ...shared });
    this.#shutdown.push('engine', () => engine.close());
    const tracker = new Tracker({
      engine,
      bus,
      workspaces: store.workspaces,
      syncInterval: config['tracker.syncInterval'],
      maxRetries: config['tracker.maxRetries'],
      resolver: { workspaceLabels: config['tracker.workspaceLabels'] },
      ...shared,
    });
    const monitor = createMonitor(config, { tracker, engine, bus, ...shared });
    const history = createCollector(config, { monitor, workspaces: tracker, store: store.series, ...shared });
    this.#shutdown.push('history', () => history.stop());
    this.#shutdown.push('monitor', () => monitor.stop());
    const host = hostPort(config, engine, this.#clock);
    const { webhooks, telemetry } = this.#openExports({
      ...{ tracker, monitor, history, bus, host, ...shared },
      api: () => api.getStats(),
    });
    const api: ApiServer = await createApiServer({
      tracker,
      monitor,
      history,
      events: bus,
      host,
      webhooks,
      metrics: telemetry.exposition,
      adminToken,
      tokens: store.tokens,
      logouts: store.logouts,
      audit: store.audit,
      address,
      tls: certificateOf(config),
      oidc: oidcOptions(config, address, this.#logger),
      allowedHosts: config.allowedHosts,
      maxClients: config['live.maxClients'],
      rateLimit: rateLimitOf(config),
      webRoot: this.#parts.webRoot === undefined ? findWebRoot() : this.#parts.webRoot,
      ...shared,
    });
    this.#shutdown.push('API', () => api.close());
    return { tracker, monitor, history, webhooks, telemetry, api };
  }

  /** What tells other systems by itself, and what they scrape. */
  #openExports(parts: Omit<TelemetryParts, 'webhooks'>): Pick<Running, 'webhooks' | 'telemetry'> {
    const webhooks = createWebhooks(this.#config, { ...parts, version: parts.host.version });
    this.#shutdown.push('webhooks', () => webhooks.stop());
    const telemetry = createTelemetry(this.#config, { ...parts, webhooks });
    this.#shutdown.push('OTLP', async () => telemetry.otlp?.stop());
    return { webhooks, telemetry };
  }

  /** In the background: a daemon without an engine serves all the same and connects when one appears. */
  #track(tracker: Tracker): void {
    this.#shutdown.push('tracker', () => tracker.stop());
    tracker.start().catch((error: unknown) => this.#logger.error('tracking could not begin', { error }));
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function listenAddressOf({ listen }: Config): ListenAddress {
  const address = parseListenAddress(listen);
  if (address !== undefined) return address;
  throw new TidewatchError(
    'config_invalid',
    `listen: expected HOST:PORT, PORT or unix:/path; got ${JSON.stringify(listen)}`,
  );
}

function certificateOf({ 'tls.cert': cert, 'tls.key': key }: Config): CertificateFiles | null {
  return cert === null || key === null ? null : { cert, key };
}

function rateLimitOf(config: Config): RateLimit | null {
  const perSecond = config['api.rateLimit'];
  return perSecond === 'off' ? null : { perSecond, burst: config['api.rateBurst'] };
}

function engineOptionsOf(config: Config): DockerEngineOptions {
  const { 'engine.host': host, 'engine.context': context } = config;
  const [ca, cert, key] = [config['engine.tls.ca'], config['engine.tls.cert'], config['engine.tls.key']];
  const verify = config['engine.tls.verify'];
  const hasTls = ca !== null || cert !== null || key !== null || !verify;
  return {
    ...(host !== null && { host }),
    ...(context !== null && { context }),
    ...(hasTls && {
      tls: { verify, ...(ca !== null && { ca }), ...(cert !== null && { cert }), ...(key !== null && { key }) },
    }),
  };
}

function hostPort(config: Config, engine: Engine, clock: Clock): HostPort {
  const startedAt = clock.now();
  const startedMonotonic = clock.monotonic();
  return {
    version: readVersion(),
    storeKind: config.store,
    startedAt,
    engineCalls: () => engine.getStats(),
    self() {
      const { user, system } = process.cpuUsage();
      const { rss, heapUsed } = process.memoryUsage();
      const uptimeSeconds = (clock.monotonic() - startedMonotonic) / 1000;
      return { cpuSeconds: (user + system) / 1e6, memoryBytes: rss, heapBytes: heapUsed, uptimeSeconds };
    },
  };
}
