import { setMaxListeners } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { homedir } from 'node:os';
import { TidewatchError } from '../../model/errors.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { type Logger, silentLogger } from '../../runtime/logger.ts';
import type { DiskSizeSource } from '../disk-size.ts';
import type {
  ContainerDetail,
  ContainerSummary,
  Engine,
  EngineCallStats,
  EngineEndpoint,
  EngineInfo,
  WatchOptions,
} from '../engine.ts';
import type { UsageSource } from '../usage.ts';
import { CallPool } from './call-pool.ts';
import { decodeDetail } from './decode-container.ts';
import type { Surroundings } from './docker-context.ts';
import type { EngineTarget } from './endpoint-host.ts';
import { beginCall, type EngineCall, openResponse, parseJson, readBody, readRefusal } from './engine-call.ts';
import { ENGINE_LIMITS, type EngineLimits, LIST_LIMITS_IN_ALL } from './engine-limits.ts';
import { eventsQuery, readEvents } from './event-stream.ts';
import { readPing, versionAskedFor } from './negotiate.ts';
import { readList } from './read-list.ts';
import { type EndpointOptions, type ResolvedEndpoint, resolveEndpoint } from './resolve-endpoint.ts';
import { socketReappears } from './socket-watch.ts';
import { createTransport, type Transport } from './transport.ts';
import { createDiskSizeSource } from './usage/disk-size.ts';
import { NOT_RUNNING, readStats, type StatsAnswer } from './usage/read-stats.ts';
import { createStatsSource } from './usage/stats-source.ts';

export interface DockerEngineOptions extends EndpointOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Environment in which the engine is looked for; the process's own unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Limits of the calls, ms: a hung engine or container holds nothing else up. */
  readonly limits?: Partial<EngineLimits>;
}

type CallKind = keyof EngineCallStats['calls'];

const SMALL_BODY = 1024 * 1024;
const JSON_MOST = 16 * 1024 * 1024;

/** The engine at an address, or where Docker's client finds it. Nothing is opened before the first call. */
export function createDockerEngine(options: DockerEngineOptions = {}): Engine {
  return new DockerEngine(options);
}

class DockerEngine implements Engine {
  readonly #options: DockerEngineOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #limits: EngineLimits;
  readonly #pool: CallPool;
  readonly #closed = new AbortController();
  #resolved: ResolvedEndpoint;
  #transport: Transport;
  #spoken: Pick<EngineInfo, 'apiVersion' | 'dialect'> | null = null;
  #failures = 0;
  readonly #calls: Record<Exclude<CallKind, 'stats' | 'disk'>, number> & { stats?: number; disk?: number } = {
    ping: 0,
    list: 0,
    inspect: 0,
    events: 0,
  };

  constructor(options: DockerEngineOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#limits = { ...ENGINE_LIMITS, ...options.limits };
    this.#pool = new CallPool(this.#limits.inspectsAtOnce);
    // Each call that is under way listens to it; Node would take more than ten for a leak.
    setMaxListeners(0, this.#closed.signal);
    this.#resolved = this.#resolve();
    this.#transport = this.#newTransport(this.#resolved.target);
  }

  get endpoint(): EngineEndpoint {
    return this.#resolved.endpoint;
  }

  async connect(signal?: AbortSignal): Promise<EngineInfo> {
    this.#lookAgain();
    const info = await this.#ping(this.#limits.connectMs, signal);
    this.#spoken = info;
    return info;
  }

  ping(signal?: AbortSignal): Promise<EngineInfo> {
    return this.#ping(this.#limits.pingMs, signal);
  }

  #ping(limitMs: number, signal: AbortSignal | undefined): Promise<EngineInfo> {
    return this.#call('ping', { what: 'GET /_ping', limitMs, signal }, async (call) => {
      const response = await openResponse(this.#transport, '/_ping', call);
      if (response.statusCode !== 200) throw (await readRefusal(response, call)).error;
      await readBody(response, SMALL_BODY, call);
      return readPing(response.headers, { url: call.url, now: this.#clock.now() });
    });
  }

  async *list(signal?: AbortSignal): AsyncGenerator<readonly ContainerSummary[]> {
    this.#calls.list += 1;
    const limitMs = this.#limits.listMs;
    const call = this.#begin({ what: 'GET /containers/json', limitMs, wholeMs: limitMs * LIST_LIMITS_IN_ALL, signal });
    const onUnreadable = (what: string) => this.#logger.warn(`the engine's list: ${what}`);
    try {
      const response = await this.#open('/containers/json?all=1', call);
      for await (const rows of readList(response, { clock: this.#clock, onUnreadable })) {
        call.renewLimit(limitMs);
        if (rows.length > 0) yield rows;
      }
    } catch (error) {
      this.#failures += 1;
      throw call.explain(error);
    } finally {
      call.end();
    }
  }

  inspect(containerId: string, signal?: AbortSignal): Promise<ContainerDetail | null> {
    const what = `GET /containers/${containerId.slice(0, 12)}/json`;
    const path = `/containers/${encodeURIComponent(containerId)}/json`;
    return this.#pool.run(signal, () =>
      this.#call('inspect', { what, limitMs: this.#limits.inspectMs, signal }, async (call) => {
        const answer = await this.#ask(path, call);
        if (answer === undefined) return null;
        const detail = decodeDetail(answer);
        if (detail === null)
          throw new TidewatchError('engine_bad_answer', `${call.url} answered ${what} with no container.`);
        return detail;
      }),
    );
  }

  watch(options: WatchOptions): Promise<void> {
    const { signal } = options;
    const asked = { what: 'GET /events', limitMs: this.#limits.subscribeMs, signal };
    return this.#call('events', asked, async (call) => {
      try {
        const { dialect } = this.#spoken ?? (await this.connect(call.signal));
        const response = await this.#open(`/events?${eventsQuery(options, dialect)}`, call);
        call.liftLimit();
        options.onOpen?.();
        const backlogBytes = this.#limits.eventBacklogBytes;
        await readEvents(response, { clock: this.#clock, call, options, dialect, backlogBytes });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    });
  }

  usage(): UsageSource {
    return createStatsSource({
      clock: this.#clock,
      limits: this.#limits,
      spoken: async (signal) => this.#spoken ?? (await this.connect(signal)),
      ask: (containerId, signal) => this.#askStats(containerId, signal),
    });
  }

  diskSizes(): DiskSizeSource {
    return createDiskSizeSource({
      spoken: async (signal) => this.#spoken ?? (await this.connect(signal)),
      ask: (path, signal) => this.#askDisk(path, signal),
    });
  }

  reappeared(signal: AbortSignal): Promise<void> {
    return socketReappears(this.#resolved.sockets, signal);
  }

  getStats(): EngineCallStats {
    return { calls: { ...this.#calls }, failures: this.#failures };
  }

  async close(): Promise<void> {
    this.#closed.abort(new TidewatchError('engine_unreachable', `The connection to ${this.endpoint.url} was closed.`));
    this.#transport.close();
  }

  #askStats(containerId: string, signal: AbortSignal): Promise<StatsAnswer | null> {
    const what = `GET /containers/${containerId.slice(0, 12)}/stats`;
    const path = `/containers/${encodeURIComponent(containerId)}/stats?stream=false&one-shot=true`;
    return this.#call('stats', { what, limitMs: this.#limits.statsMs, signal }, async (call) => {
      const response = await this.#open(path, call, NOT_RUNNING).catch(nullForNoSuchContainer);
      return response === null ? null : readStats(response, call);
    });
  }

  #askDisk(path: string, signal: AbortSignal): Promise<unknown> {
    const asked = {
      what: `GET ${path.replace(/[0-9a-f]{64}/, (id) => id.slice(0, 12))}`,
      limitMs: this.#limits.diskMs,
    };
    return this.#call('disk', { ...asked, signal }, (call) => this.#ask(path, call));
  }

  /** The answer as JSON; `undefined` when there is no such container. */
  async #ask(path: string, call: EngineCall): Promise<unknown> {
    const response = await this.#open(path, call).catch(nullForNoSuchContainer);
    return response === null ? undefined : parseJson(await readBody(response, JSON_MOST, call), call);
  }

  #resolve(): ResolvedEndpoint {
    const resolved = resolveEndpoint(this.#options, surroundingsOf(this.#options.env ?? process.env));
    if (resolved.warning !== null) this.#logger.warn(resolved.warning);
    return resolved;
  }

  #newTransport(target: EngineTarget): Transport {
    const env = this.#options.env ?? process.env;
    return createTransport(target, { env, connectMs: this.#limits.connectMs });
  }

  /** Certificates are renewed; an engine nobody named may have appeared at another of the default sockets. */
  #lookAgain(): void {
    const { byDefault, target } = this.#resolved;
    if (!byDefault && !(target.kind === 'tcp' && target.tls !== null)) return;
    const found = this.#resolve();
    if (JSON.stringify(found.target) === JSON.stringify(target)) return;
    const transport = this.#newTransport(found.target);
    this.#transport.close();
    this.#transport = transport;
    this.#resolved = found;
  }

  async #call<T>(kind: CallKind, asked: Asked, run: (call: EngineCall) => Promise<T>): Promise<T> {
    this.#calls[kind] = (this.#calls[kind] ?? 0) + 1;
    const call = this.#begin(asked);
    try {
      return await run(call);
    } catch (error) {
      this.#failures += 1;
      throw call.explain(error);
    } finally {
      call.end();
    }
  }

  #begin({ signal, ...spec }: Asked): EngineCall {
    return beginCall({
      ...spec,
      url: this.endpoint.url,
      clock: this.#clock,
      signals: [signal, this.#closed.signal],
    });
  }

  /** Opens a versioned path; an engine that asks for another version gets it, once. Throws unless it answers 200 or `also`. */
  async #open(path: string, call: EngineCall, also = 200): Promise<IncomingMessage> {
    const { apiVersion, dialect } = this.#spoken ?? (await this.connect(call.signal));
    let version = apiVersion;
    for (let mayAskAgain = true; ; mayAskAgain = false) {
      const response = await openResponse(this.#transport, `/v${version}${path}`, call);
      if (response.statusCode === 200 || response.statusCode === also) return response;
      const { error, body } = await readRefusal(response, call);
      const wanted = versionAskedFor(body, call.url);
      if (wanted === null || wanted === version || !mayAskAgain) throw error;
      version = wanted;
      this.#spoken = { apiVersion: wanted, dialect };
    }
  }
}

interface Asked {
  readonly what: string;
  readonly limitMs: number;
  readonly wholeMs?: number;
  readonly signal: AbortSignal | undefined;
}

function nullForNoSuchContainer(error: unknown): null {
  if (error instanceof TidewatchError && error.code === 'engine_no_such_container') return null;
  throw error;
}

function surroundingsOf(env: Readonly<Record<string, string | undefined>>): Surroundings {
  return {
    env,
    home: env.HOME ?? homedir(),
    uid: process.getuid?.() ?? null,
    platform: process.platform,
    exists: existsSync,
    readFile: (path) => readFileSync(path, 'utf8'),
  };
}
