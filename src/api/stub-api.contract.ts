import type { Role } from '../access/role.ts';
import { EventBus } from '../events/bus.ts';
import type { EventLog } from '../events/event-log.ts';
import { memoryEventLog } from '../events/memory-event-log.ts';
import { memorySeriesStore } from '../metrics/memory-series-store.ts';
import { MetricsCollector } from '../metrics/metrics-collector.ts';
import { TidewatchError } from '../model/errors.ts';
import type { EventDraft } from '../model/events.ts';
import type { WorkspaceMetrics, WorkspaceState } from '../model/workspace.ts';
import { ResourceMonitor } from '../monitor/resource-monitor.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type Logger, silentLogger } from '../runtime/logger.ts';
import type { SyncReport, TrackerStats } from '../tracker/tracker-stats.ts';
import { type ApiOptions, type ApiServer, createApiServer } from './api-server.ts';
import type { TrackerPort, WorkspaceEdit } from './ports.ts';

export const TOKEN = 'a-token-of-at-least-22-characters';
export const AUTHORIZED = { authorization: `Bearer ${TOKEN}`, host: 'localhost:7420' };

type StateCallback = Parameters<TrackerPort['onStateChange']>[0];

/** A tracker that is a plain map. */
export class StubTracker implements TrackerPort {
  readonly states = new Map<string, WorkspaceState>();
  readonly #callbacks = new Set<StateCallback>();
  connected = true;
  synced = true;

  put(id: string, fields: Partial<WorkspaceState> = {}): WorkspaceState {
    const before = this.states.get(id);
    const state = { ...workspaceState(id), ...before, ...fields };
    this.states.set(id, state);
    for (const callback of this.#callbacks) callback(id, before, state);
    return state;
  }

  getWorkspaceState(id: string): WorkspaceState | undefined {
    return this.states.get(id);
  }

  getWorkspaceIds(): readonly string[] {
    return [...this.states.keys()];
  }

  getAllWorkspaceStates(): ReadonlyMap<string, WorkspaceState> {
    return this.states;
  }

  async forceSync(id?: string): Promise<SyncReport> {
    if (!this.connected) throw new TidewatchError('engine_unreachable', 'nothing answers at unix:///stub.sock');
    if (id !== undefined) this.#need(id);
    return syncReport(this.states.size);
  }

  getStats(): TrackerStats {
    return trackerStats(this);
  }

  async archiveWorkspace(id: string): Promise<WorkspaceState> {
    this.#need(id);
    return this.put(id, { status: 'archived', phase: 'archived' });
  }

  async unarchiveWorkspace(id: string): Promise<WorkspaceState> {
    this.#need(id);
    return this.put(id, { status: 'inactive', phase: 'stopped' });
  }

  async registerWorkspace({ id, ...edit }: WorkspaceEdit & { readonly id: string }): Promise<WorkspaceState> {
    if (this.states.has(id)) throw new TidewatchError('workspace_exists', `there is a workspace "${id}" already`);
    return this.put(id, { ...edit, containers: [] });
  }

  async updateWorkspace(id: string, edit: WorkspaceEdit): Promise<WorkspaceState> {
    this.#need(id);
    return this.put(id, edit);
  }

  async forgetWorkspace(id: string): Promise<void> {
    if (this.#need(id).containers.length > 0) throw new TidewatchError('workspace_running', `"${id}" has containers`);
    this.forget(id);
  }

  forget(id: string): void {
    const before = this.states.get(id);
    this.states.delete(id);
    for (const callback of this.#callbacks) callback(id, before, undefined);
  }

  onStateChange(callback: StateCallback): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  #need(id: string): WorkspaceState {
    const state = this.states.get(id);
    if (state === undefined) throw new TidewatchError('workspace_not_found', `there is no workspace "${id}"`);
    return state;
  }
}

/** A monitor that reads nothing: figures are those of the tracker's states. */
class StubMonitor extends ResourceMonitor {
  readonly watched = new Set<string>();
  readonly #tracker: StubTracker;

  constructor(tracker: StubTracker, clock?: Clock) {
    super({ tracker, sources: [], ...(clock && { clock }) });
    this.#tracker = tracker;
  }

  override getActiveMonitors(): readonly string[] {
    return [...this.#tracker.states.values()]
      .filter(({ metrics }) => metrics !== null)
      .map((state) => state.workspaceId);
  }

  override getWorkspaceMetrics(id: string): WorkspaceMetrics | undefined {
    return this.#tracker.states.get(id)?.metrics ?? undefined;
  }

  override watch(id: string): () => void {
    this.watched.add(id);
    return () => this.watched.delete(id);
  }
}

/** A monitor of so many workspaces, whose figures are different each time they are asked for. */
export class RestlessMonitor extends StubMonitor {
  readonly ids: readonly string[];
  #asked = 0;

  constructor(count: number) {
    super(new StubTracker());
    this.ids = Array.from({ length: count }, (_, index) => `workspace-${index}`);
  }

  override getActiveMonitors(): readonly string[] {
    return this.ids;
  }

  override getWorkspaceMetrics(): WorkspaceMetrics {
    this.#asked += 1;
    return { cpuPercent: this.#asked, memoryUsage: 1, uptime: this.#asked } as WorkspaceMetrics;
  }
}

/** A workspace with one running container. */
export function workspaceState(id: string): WorkspaceState {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    workspaceId: id,
    name: id,
    owner: null,
    labels: {},
    source: { rule: 'compose', evidence: `com.docker.compose.project=${id}` },
    status: 'active',
    phase: 'running',
    reason: { code: 'container_running', message: 'running' },
    evidence: [{ source: 'list', at, what: 'running', containerId: 'c'.repeat(64) }],
    since: at,
    freshness: { state: 'live', confirmedAt: at, by: 'list' },
    containerId: 'c'.repeat(64),
    containerState: 'running',
    containers: [
      {
        id: 'c'.repeat(64),
        name: `${id}-web-1`,
        image: 'busybox:local',
        state: 'running',
        health: 'none',
        exitCode: null,
        oomKilled: false,
        restartCount: null,
        startedAt: at,
        finishedAt: null,
        role: 'service',
      },
    ],
    metrics: null,
    exceeded: [],
    labelProblems: [],
    diskUsed: null,
    lastActivity: null,
    lastActivityKind: null,
    lastUpdated: at,
    lastSyncAttempt: at,
    syncAttempts: 0,
    lastError: null,
  };
}

/** An event of a workspace. */
export function eventDraft(workspaceId: string | null, message = 'it changed'): EventDraft {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    type: 'recovery',
    workspaceId,
    timestamp: at,
    message,
    data: { resolvedError: 'e', recoveryMethod: 'retry', recoveredAt: at, downtime: 1 },
    recovered: false,
  };
}

const noWebhooks: ApiOptions['webhooks'] = {
  list: () => [],
  deliveries(name) {
    throw new TidewatchError('webhook_not_found', `there is no webhook "${name}"`);
  },
  replay: async (name) => {
    throw new TidewatchError('webhook_not_found', `there is no webhook "${name}"`);
  },
};

export interface StubApi {
  readonly api: ApiServer;
  readonly tracker: StubTracker;
  readonly bus: EventBus;
  readonly log: EventLog;
  close(): Promise<void>;
}

/** The real server over a stub tracker and the real bus. */
export async function stubApi(options: Partial<ApiOptions> & { log?: EventLog } = {}): Promise<StubApi> {
  const clock: Clock = options.clock ?? systemClock;
  const logger: Logger = options.logger ?? silentLogger;
  const log = options.log ?? memoryEventLog({ clock });
  const bus = new EventBus({ log, clock, logger });
  const tracker = (options.tracker as StubTracker | undefined) ?? new StubTracker();
  const monitor = new StubMonitor(tracker, clock);
  const api = await createApiServer({
    tracker,
    monitor,
    // Nothing is kept: it is not started.
    history: new MetricsCollector({ monitor: { onSample: () => () => {} }, store: memorySeriesStore(), clock }),
    events: bus,
    host: {
      version: '0.0.0-test',
      storeKind: 'memory:',
      startedAt: 0,
      engineCalls: () => ({ calls: { ping: 1 }, failures: 0 }),
      self: () => ({ cpuSeconds: 0.123456, memoryBytes: 1, heapBytes: 1, uptimeSeconds: 1.23456 }),
    },
    metrics: { text: async (format) => ({ mediaType: 'text/plain', body: Buffer.from(`${format}\n`) }) },
    webhooks: noWebhooks,
    adminToken: TOKEN,
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    clock,
    logger,
    ...options,
  });
  async function close(): Promise<void> {
    await api.close();
    await bus.close();
  }
  return { api, tracker, bus, log, close };
}

function syncReport(workspaceCount: number): SyncReport {
  const timestamp = '2026-01-01T00:00:00.000Z';
  return {
    workspaceCount,
    duration: 1.23456,
    successCount: workspaceCount,
    errorCount: 0,
    recovered: 0,
    corrected: 0,
    timestamp,
  };
}

function trackerStats({ states, connected, synced }: StubTracker): TrackerStats {
  const counters = {
    syncs: 1,
    failedSyncs: 0,
    eventsApplied: 0,
    eventsRepeated: 0,
    eventsUnreadable: 0,
    reconnects: 0,
  };
  return {
    engine: {
      state: connected ? 'connected' : 'lost',
      since: '2026-01-01T00:00:00.000Z',
      endpoint: { url: 'unix:///stub.sock', foundBy: 'test' },
      info: null,
      error: connected ? null : 'nothing answers at unix:///stub.sock',
      errorCode: connected ? null : 'engine_unreachable',
    },
    workspaces: states.size,
    containers: states.size,
    synced,
    lastSync: syncReport(states.size),
    ...counters,
    ...{ gaps: 0, recovered: 0, corrected: 0, inspections: 0, queued: 0, retries: 0, callbackErrors: 0 },
  };
}

/** What a token of a test may do. */
export interface TestToken {
  readonly name?: string;
  readonly role: Role;
  readonly owners?: readonly string[];
  readonly labels?: readonly string[];
  readonly expiresIn?: string;
}

let tokensMade = 0;

/** Makes a token over the API; gives its id, and the headers of who has it. */
export async function makeToken({ api }: Pick<StubApi, 'api'>, token: TestToken) {
  tokensMade += 1;
  const answer = await api.app.inject({
    method: 'POST',
    url: '/api/v1/tokens',
    headers: AUTHORIZED,
    payload: { name: `token ${tokensMade}`, ...token },
  });
  const { id, name, secret } = answer.json();
  return { id, name, secret, headers: { ...AUTHORIZED, authorization: `Bearer ${secret}` } };
}
