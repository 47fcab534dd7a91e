import type { Role } from '../access/role.ts';
import { EventBus } from '../events/bus.ts';
import type { EventLog } from '../events/event-log.ts';
import { memoryEventLog } from '../events/memory-event-log.ts';
import { memorySeriesStore } from '../metrics/memory-series-store.ts';
import { MetricsCollector } from '../metrics/metrics-collector.ts';
import { TidewatchError } from '../model/errors.ts';
import type { EventDraft } from '../model/events.ts';
import type { WorkspaceMetrics } from '../model/workspace.ts';
import { ResourceMonitor } from '../monitor/resource-monitor.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type Logger, silentLogger } from '../runtime/logger.ts';
import { type ApiOptions, type ApiServer, createApiServer } from './api-server.ts';
import { StubTracker } from './stub-tracker.contract.ts';

export const TOKEN = 'a-token-of-at-least-22-characters';
export const AUTHORIZED = { authorization: `Bearer ${TOKEN}`, host: 'localhost:7420' };

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

/** Begins anew with the same log, of which only the newest events are left; it listens. */
export async function restartPruned(stub: StubApi, keepAtMost: number): Promise<StubApi> {
  await stub.bus.drain();
  stub.log.prune({ olderThan: 0, keepAtMost });
  const fresh = await stubApi({ log: stub.log });
  await stub.close();
  await fresh.api.listen();
  return fresh;
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
