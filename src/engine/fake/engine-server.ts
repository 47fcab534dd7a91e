import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { systemClock } from '../../runtime/clock.ts';
import { containerDetail, goTime } from './container-json.ts';
import {
  compareVersions,
  type EngineCall,
  type EngineFace,
  readCall,
  refuseVersion,
  sendBody,
  sendError,
  setEngineHeaders,
} from './engine-call.ts';
import type { EventFeed, Subscription } from './event-feed.ts';
import { type FakeContainer, toNanoseconds } from './fake-container.ts';
import { CALL_KINDS, type CallKind, type Faults } from './faults.ts';
import { type Filters, parseFilters } from './filters.ts';
import { LIST_FILTERS, type ListView } from './list-view.ts';
import { StatsEndpoint } from './stats-endpoint.ts';
import { parseTimeParameter } from './time-parameter.ts';

/** What the server serves. */
export interface Served {
  now(): number;
  stamp(): bigint;
  containers(): FakeContainer[];
  lookUp(ref: string): FakeContainer[];
  readonly feed: EventFeed;
  readonly faults: Faults;
  readonly list: ListView;
}

const LIST_CHUNK_ROWS = 200;
const STATUSES = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];

/** The engine's HTTP side. */
export class EngineServer {
  readonly calls: Record<CallKind, number>;
  rawList: { body: string | Uint8Array; cut: boolean } | null = null;
  readonly #face: EngineFace;
  readonly #server: Server;
  readonly #stats: StatsEndpoint;
  readonly #at: { path: string } | { port: number };
  #served: Served | null = null;
  #boundPort = 0;

  constructor(face: EngineFace, at: { path: string } | { port: number }) {
    this.#face = face;
    this.#stats = new StatsEndpoint(face);
    this.#at = at;
    this.calls = Object.fromEntries(CALL_KINDS.map((kind) => [kind, 0])) as Record<CallKind, number>;
    // As the real engine: idle connections stay.
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
      void this.#answer(request, response);
    });
  }

  get host(): string {
    return 'path' in this.#at ? `unix://${this.#at.path}` : `tcp://127.0.0.1:${this.#boundPort}`;
  }

  /** Says what to serve; calls before that are answered as unknown. */
  serve(served: Served): void {
    this.#served = served;
  }

  async open(): Promise<void> {
    const at = this.#at;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen('path' in at ? at : { host: '127.0.0.1', port: this.#boundPort || at.port }, () => {
        this.#server.removeListener('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#boundPort = address.port;
  }

  /** Breaks all connections; the socket file goes. Doing it again does nothing. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = readCall(request);
    this.calls[call.kind] += 1;
    const served = this.#served;
    if (!served) return sendError(response, 'docker', { status: 503, message: 'starting' });
    const refusal = await served.faults.pass(call.kind, request.url ?? '');
    if (refusal) {
      response.setHeader('Content-Type', 'text/html');
      return sendBody(response, refusal.status, refusal.body);
    }
    setEngineHeaders(response, this.#face, served.now());
    if (call.kind === 'other') {
      response.removeHeader('Api-Version');
      return sendError(response, this.#face.dialect, { status: 404, message: 'page not found' });
    }
    if (refuseVersion(response, this.#face, call.version)) return;
    try {
      await this.#route(call, response, served);
    } catch (error) {
      // Docker 20.10 answers what it cannot parse with 500, Engine 29 with 400.
      const status = compareVersions(this.#face.apiVersion, '1.44') >= 0 ? 400 : 500;
      const message = error instanceof Error ? error.message : String(error);
      if (!response.headersSent) sendError(response, this.#face.dialect, { status, message });
    }
  }

  async #route(call: EngineCall, response: ServerResponse, served: Served): Promise<void> {
    switch (call.kind) {
      case 'ping':
        response.setHeader('Content-Type', 'text/plain; charset=utf-8');
        response.setHeader('Cache-Control', 'no-cache, no-store, must-revalidate');
        response.setHeader('Pragma', 'no-cache');
        return sendBody(response, 200, 'OK');
      case 'list':
        return this.#sendList(call, response, served);
      case 'inspect':
        return this.#sendDetail(call, response, served);
      case 'stats':
        return this.#sendStats(call, response, served);
      case 'events':
        return this.#sendEvents(call, response, served);
      case 'info':
        return sendBody(response, 200, `${JSON.stringify(this.#info(served))}\n`);
      default:
        return sendBody(response, 200, `${JSON.stringify(this.#version())}\n`);
    }
  }

  async #sendList(call: EngineCall, response: ServerResponse, served: Served): Promise<void> {
    if (this.rawList) {
      response.write(this.rawList.body);
      if (this.rawList.cut) response.socket?.destroySoon();
      else response.end();
      return;
    }
    const filters = parseFilters(call.query.get('filters'));
    const wrong = wrongListFilter(filters);
    if (wrong !== undefined) {
      return sendError(response, this.#face.dialect, { status: 400, message: `Invalid filter '${wrong}'` });
    }
    const limit = call.query.get('limit') ?? '';
    if (!/^-?\d*$/.test(limit)) throw new SyntaxError(`strconv.Atoi: parsing ${JSON.stringify(limit)}: invalid syntax`);
    const all = ['1', 'true', 'True'].includes(call.query.get('all') ?? '');
    const withHealth = this.#face.dialect === 'docker' && compareVersions(this.#versionOf(call), '1.52') >= 0;
    const query = { all, limit: Math.max(0, Number(limit)), filters, withHealth };
    const rows = served.list.rows(served.containers(), query, served.now());
    await pipeline(Readable.from(inChunks(rows)), response).catch(() => {});
  }

  async #sendDetail(call: EngineCall, response: ServerResponse, served: Served): Promise<void> {
    const { dialect } = this.#face;
    const [container, another] = served.lookUp(call.ref);
    if (container) await served.faults.container(container.id).pass();
    if (another) {
      const message = `Multiple IDs found with provided prefix: ${call.ref}`;
      return sendError(response, dialect, { status: 500, message });
    }
    if (!container || !served.lookUp(container.id).includes(container)) {
      const message = `No such container: ${call.ref}`;
      return sendError(response, dialect, { status: 404, message });
    }
    sendBody(response, 200, `${containerDetail(container)}\n`);
  }

  #sendStats(call: EngineCall, response: ServerResponse, served: Served): Promise<void> {
    const { faults } = served;
    const id = served.lookUp(call.ref)[0]?.id ?? call.ref;
    return this.#stats.answer(call, response, {
      faults,
      stamp: () => served.stamp(),
      find: () => served.lookUp(id)[0],
    });
  }

  async #sendEvents(call: EngineCall, response: ServerResponse, served: Served): Promise<void> {
    const subscription = this.#subscriptionOf(call);
    const { since, until } = subscription;
    if (until !== null && since !== null && until < since) {
      const message = `\`since\` time (${call.query.get('since')}) cannot be after \`until\` time (${call.query.get('until')})`;
      return sendError(response, this.#face.dialect, { status: 400, message });
    }
    const now = toNanoseconds(served.now());
    const isReplayOfPodman = this.#face.dialect === 'podman' && call.query.get('stream') === 'false';
    const onlyPast = isReplayOfPodman || (until !== null && until < now);
    // The real engine sends the headers before it subscribes: what happens in between is lost without `since`.
    response.flushHeaders();
    await systemClock.yieldTurn();
    await served.faults.wait('subscribe');
    if (response.destroyed) return;
    served.feed.subscribe(response, subscription, !onlyPast);
    if (until === null || onlyPast) return;
    const cancel = systemClock.setTimer(Number((until - now) / 1_000_000n) + 1, () => response.end());
    response.once('close', cancel);
  }

  #subscriptionOf(call: EngineCall): Subscription {
    const { dialect } = this.#face;
    return {
      since: parseTimeParameter(call.query.get('since'), dialect),
      until: parseTimeParameter(call.query.get('until'), dialect),
      filters: parseFilters(call.query.get('filters')),
      legacy: dialect === 'podman' || compareVersions(this.#versionOf(call), '1.52') < 0,
    };
  }

  #versionOf(call: EngineCall): string {
    return call.version ?? this.#face.apiVersion;
  }

  /** Resolves when what was told so far is written, or nobody takes it. */
  async flushed(): Promise<void> {
    await this.#served?.feed.flushed();
  }

  #info(served: Served): Record<string, unknown> {
    const containers = served.containers();
    const running = containers.filter(({ state }) => state === 'running' || state === 'restarting').length;
    const paused = containers.filter(({ state }) => state === 'paused').length;
    return {
      ID: 'FAKE:FAKE:FAKE:FAKE:FAKE:FAKE:FAKE:FAKE:FAKE:FAKE:FAKE:FAKE',
      Name: 'fake',
      Containers: containers.length,
      ContainersRunning: running,
      ContainersPaused: paused,
      ContainersStopped: containers.length - running - paused,
      Driver: 'overlay2',
      SystemTime: goTime(served.stamp()),
      CgroupDriver: 'cgroupfs',
      CgroupVersion: '1',
      NEventsListener: served.feed.subscribers,
      OSType: 'linux',
      Architecture: 'x86_64',
      NCPU: 2,
      MemTotal: 8_589_934_592,
      ServerVersion: '20.10.24',
    };
  }

  #version(): Record<string, unknown> {
    const { apiVersion, minApiVersion, dialect } = this.#face;
    const name = dialect === 'podman' ? 'Podman Engine' : 'Engine';
    const version = dialect === 'podman' ? '4.3.1' : '20.10.24';
    return {
      Platform: { Name: '' },
      Components: [{ Name: name, Version: version, Details: { ApiVersion: apiVersion, MinAPIVersion: minApiVersion } }],
      Version: version,
      ApiVersion: apiVersion,
      MinAPIVersion: minApiVersion,
      Os: 'linux',
      Arch: 'amd64',
    };
  }
}

function wrongListFilter(filters: Filters): string | undefined {
  for (const key of filters.keys()) if (!LIST_FILTERS.includes(key)) return key;
  const status = filters.get('status')?.find((value) => !STATUSES.includes(value));
  return status === undefined ? undefined : `status=${status}`;
}

function* inChunks(rows: readonly string[]): Generator<string> {
  yield '[';
  for (let from = 0; from < rows.length; from += LIST_CHUNK_ROWS) {
    yield (from === 0 ? '' : ',') + rows.slice(from, from + LIST_CHUNK_ROWS).join(',');
  }
  yield ']\n';
}
