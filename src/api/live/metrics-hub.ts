import type { WorkspaceId, WorkspaceMetrics } from '../../model/workspace.ts';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import { inSlices } from './in-slices.ts';
import { type MetricsFrame, MetricsTable } from './metrics-table.ts';
import type { WorkspaceFilter } from './workspace-filter.ts';

/** Where figures come from. */
export interface MetricsSource {
  /** Workspaces that are read. */
  getActiveMonitors(): readonly WorkspaceId[];
  getWorkspaceMetrics(id: WorkspaceId): WorkspaceMetrics | undefined;
  /** Reads the workspace often until the function it gives is called. */
  watch(id: WorkspaceId): () => void;
}

/** What frames are given to: one client's connection, of whatever protocol. */
export interface MetricsSink {
  /** It takes nothing now and misses this frame; the next one it gets has what it missed, as it is then. */
  readonly isFull: boolean;
  send(frame: MetricsFrame): void;
}

export interface MetricsHubParts {
  readonly source: MetricsSource;
  /** Calls back when a workspace is forgotten: under the same id there may be another one at once. Gives how to end that. */
  onForgotten(callback: (id: WorkspaceId) => void): () => void;
  readonly clock: Clock;
}

/** Between two frames; watched workspaces are read as often. */
const FRAME_MS = 1_000;

interface MetricsClient {
  readonly sink: MetricsSink;
  /** `null`: all. */
  readonly filter: WorkspaceFilter | null;
  /** Version of the figures it was given last; 0: none yet. */
  seen: number;
}

/**
 * Gives what workspaces use to any number of clients, each second what changed. While there are clients, what they look at
 * is watched. A client is only a number, the version it has seen: a slow one costs nothing and delays nobody.
 */
export class MetricsHub {
  readonly #parts: MetricsHubParts;
  readonly #clients = new Set<MetricsClient>();
  readonly #watches = new Map<WorkspaceId, () => void>();
  readonly #table = new MetricsTable();
  readonly #unsubscribe: () => void;
  #cancelTick: CancelTimer = () => {};
  #isGiving = false;
  #isClosed = false;

  constructor(parts: MetricsHubParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.onForgotten((id) => this.#release(id));
  }

  /** Begins with all there is, at once. Gives how to take the client away when its connection ends. */
  add(sink: MetricsSink, filter: WorkspaceFilter | null): () => void {
    if (this.#isClosed) return () => {};
    const isKnown = this.#isRead(filter);
    const client = { sink, filter, seen: 0 };
    this.#clients.add(client);
    if (!isKnown) this.#read();
    this.#give(client);
    if (this.#clients.size === 1) this.#schedule();
    return () => this.#remove(client);
  }

  /** Gives no more frames and watches nothing. The connections stay the caller's. */
  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#clients.clear();
    this.#rest();
  }

  #remove(client: MetricsClient): void {
    if (!this.#clients.delete(client)) return;
    if (this.#clients.size === 0) this.#rest();
    else for (const id of this.#watches.keys()) if (!this.#isWanted(id)) this.#release(id);
  }

  /** Nobody looks. */
  #rest(): void {
    this.#cancelTick();
    for (const id of this.#watches.keys()) this.#release(id);
    this.#table.clear();
  }

  #schedule(): void {
    this.#cancelTick = this.#parts.clock.setTimer(FRAME_MS, () => {
      this.#schedule();
      void this.#tick();
    });
  }

  async #tick(): Promise<void> {
    // Not before all have what is newest: then they get what is newer at once.
    if (this.#isGiving) return;
    this.#isGiving = true;
    try {
      this.#read();
      let oldest = this.#table.version;
      const give = (client: MetricsClient) => {
        this.#give(client);
        oldest = Math.min(oldest, client.seen);
      };
      await inSlices(this.#clients, give, this.#parts.clock);
      this.#table.prune(oldest);
    } finally {
      this.#isGiving = false;
    }
  }

  #read(): void {
    const { source, clock } = this.#parts;
    const active = new Set(source.getActiveMonitors().filter((id) => this.#isWanted(id)));
    const current = new Map<WorkspaceId, WorkspaceMetrics>();
    for (const id of active) {
      if (!this.#watches.has(id)) this.#watches.set(id, source.watch(id));
      const metrics = source.getWorkspaceMetrics(id);
      if (metrics !== undefined) current.set(id, metrics);
    }
    for (const id of this.#watches.keys()) if (!active.has(id)) this.#release(id);
    this.#table.update(current, clock.now());
  }

  #give(client: MetricsClient): void {
    if (client.sink.isFull) return;
    const frame = this.#table.after(client.seen, client.filter);
    client.seen = this.#table.version;
    if (frame !== null) client.sink.send(frame);
  }

  /** Somebody looks at what the filter accepts. */
  #isRead(filter: WorkspaceFilter | null): boolean {
    for (const client of this.#clients) {
      if (client.filter === null || client.filter.key === filter?.key) return true;
    }
    return false;
  }

  /** Somebody looks at this workspace, or at all. */
  #isWanted(id: WorkspaceId): boolean {
    for (const { filter } of this.#clients) if (filter === null || filter.accepts(id)) return true;
    return false;
  }

  #release(id: WorkspaceId): void {
    this.#watches.get(id)?.();
    this.#watches.delete(id);
  }
}
