import type { WorkspaceId, WorkspaceState } from '../../model/workspace.ts';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import type { TrackerPort } from '../ports.ts';
import { workspaceJson } from '../workspace-json.ts';
import { ChangeTable } from './change-table.ts';
import { type PacedFlush, pacedFlush } from './paced-flush.ts';
import { StateSnapshots } from './state-snapshots.ts';
import { textFrame } from './text-frame.ts';
import type { WorkspaceFilter } from './workspace-filter.ts';

/** Where states come from. */
export type StateSource = Pick<TrackerPort, 'getAllWorkspaceStates' | 'getWorkspaceState' | 'onStateChange'>;

/** What states are given to: one client's connection. */
export interface StateSink {
  /** It takes nothing now; when it does, it is given what changed by then. */
  readonly isFull: boolean;
  write(chunk: Buffer): void;
}

/** A client's place in the states. */
export interface StateStream {
  /** All states that it may see, as a JSON array; what changes from now on is given after it. */
  snapshot(): Buffer;
  /** The sink takes something again. */
  resume(): void;
  close(): void;
}

/** Freshness, thresholds and the like change without a callback: they are looked at so often while somebody is there. */
const LOOK_MS = 2_000;

interface StateClient {
  readonly sink: StateSink;
  readonly filter: WorkspaceFilter | null;
  /** What a client with a scope was told of: what leaves its scope is removed for it, and of others it hears nothing. */
  readonly shown: Set<WorkspaceId> | null;
  /** Version of the states it was given last. */
  seen: number;
}

/**
 * Gives workspaces' states to any number of clients: all of them at first, then each that changed, as it is when it is sent. A
 * client is only a number, the version it has seen: a slow one costs nothing and delays nobody.
 */
export class StateHub {
  readonly #source: StateSource;
  readonly #clock: Clock;
  readonly #clients = new Set<StateClient>();
  /** Messages by workspace, made when somebody is to get them. */
  readonly #table = new ChangeTable<Buffer, Buffer>((changes) =>
    changes.length === 0 ? null : Buffer.concat(changes.map(([id, row]) => row ?? removedFrame(id))),
  );
  readonly #snapshots: StateSnapshots;
  readonly #changed = new Set<WorkspaceId>();
  readonly #flush: PacedFlush;
  readonly #unsubscribe: () => void;
  #marks = new Map<WorkspaceId, string>();
  #cancelLook: CancelTimer = () => {};

  constructor(source: StateSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
    this.#snapshots = new StateSnapshots(source, clock);
    this.#flush = pacedFlush(clock, () => this.#give());
    this.#unsubscribe = source.onStateChange((id) => this.#change(id));
  }

  add(sink: StateSink, filter: WorkspaceFilter | null): StateStream {
    if (this.#clients.size === 0) this.#begin();
    const shown = filter === null || filter.scope === null ? null : new Set<WorkspaceId>();
    const client: StateClient = { sink, filter, shown, seen: this.#table.version };
    this.#clients.add(client);
    return {
      snapshot: () => {
        client.seen = this.#table.version;
        const { text, ids } = this.#snapshots.of(filter);
        if (shown !== null) for (const id of ids) shown.add(id);
        return text;
      },
      resume: () => this.#giveTo(client),
      close: () => {
        if (this.#clients.delete(client) && this.#clients.size === 0) this.#rest();
      },
    };
  }

  /** Gives no more. The connections stay the caller's. */
  close(): void {
    this.#unsubscribe();
    this.#flush.close();
    this.#clients.clear();
    this.#rest();
  }

  #begin(): void {
    // Version 0 has no past: who has seen it would not be told of what is gone.
    this.#table.advance();
    this.#marks = marksOf(this.#source.getAllWorkspaceStates());
    this.#cancelLook = this.#clock.setTimer(LOOK_MS, () => this.#look());
  }

  /** Nobody is there. */
  #rest(): void {
    this.#cancelLook();
    this.#table.clear();
    this.#snapshots.clear();
    this.#changed.clear();
    this.#marks = new Map();
  }

  #change(id: WorkspaceId): void {
    this.#snapshots.clear();
    if (this.#clients.size === 0) return;
    this.#changed.add(id);
    this.#flush.request();
  }

  /** Finds what changed without being told. */
  #look(): void {
    const marks = marksOf(this.#source.getAllWorkspaceStates());
    for (const [id, mark] of marks) if (this.#marks.get(id) !== mark) this.#change(id);
    for (const id of this.#marks.keys()) if (!marks.has(id)) this.#change(id);
    this.#marks = marks;
    let oldest = this.#table.version;
    for (const { seen } of this.#clients) oldest = Math.min(oldest, seen);
    this.#table.pruneSeen(oldest);
    this.#cancelLook = this.#clock.setTimer(LOOK_MS, () => this.#look());
  }

  #give(): void {
    this.#table.advance();
    for (const id of this.#changed) {
      const state = this.#source.getWorkspaceState(id);
      this.#table.set(id, state === undefined ? null : stateFrame(state));
    }
    this.#changed.clear();
    for (const client of this.#clients) this.#giveTo(client);
  }

  #giveTo(client: StateClient): void {
    if (client.sink.isFull || client.seen === this.#table.version) return;
    const { seen, filter, shown } = client;
    client.seen = this.#table.version;
    const frame = shown === null ? this.#table.after(seen, filter) : this.#scopedAfter(seen, client);
    if (frame !== null && frame.length > 0) client.sink.write(frame);
  }

  #scopedAfter(version: number, { filter, shown }: StateClient): Buffer {
    const frames = this.#table.changesAfter(version).map(([id, row]) => {
      if (row !== null && filter?.accepts(id) === true) {
        shown?.add(id);
        return row;
      }
      return shown?.delete(id) === true ? removedFrame(id) : Buffer.alloc(0);
    });
    return Buffer.concat(frames);
  }
}

function stateFrame(state: WorkspaceState): Buffer {
  return textFrame(`{"type":"state","workspace":${JSON.stringify(workspaceJson(state))}}`);
}

function removedFrame(workspaceId: WorkspaceId): Buffer {
  return textFrame(JSON.stringify({ type: 'removed', workspaceId }));
}

/** What may change of a state without a callback; figures and instants alone are no change. */
function marksOf(states: ReadonlyMap<WorkspaceId, WorkspaceState>): Map<WorkspaceId, string> {
  const marks = new Map<WorkspaceId, string>();
  for (const [id, { freshness, exceeded, labelProblems, diskUsed, syncAttempts, lastError }] of states) {
    const thresholds = exceeded.map(({ metric, containerId, since }) => `${metric} ${containerId} ${since}`);
    const mark = [freshness.state, ...thresholds, labelProblems.length, diskUsed?.measuredAt, syncAttempts, lastError];
    marks.set(id, mark.join('|'));
  }
  return marks;
}
