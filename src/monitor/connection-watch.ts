import type { ConnectionSource } from '../engine/connections.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CpuMeter, OwnCost } from './own-cost.ts';
import { Presence } from './presence.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

export interface ConnectionWatchParts {
  readonly clock: Clock;
  readonly source: ConnectionSource;
  readonly workspaces: ReadonlyMap<string, WorkspaceMonitor>;
  readonly cpu: CpuMeter;
  readonly cost: OwnCost;
}

const EVERY_MS = 60_000;

/** A workspace in which anything else was seen since the last look needs no connections to be worked in. */
const QUIET_MS = 50_000;

/** Networks whose connections are read in one round: 25 ms, 0.04 % of a core. */
const READINGS_MOST = 20;

/** Looks once a minute at who stays connected with workspaces in which nothing else shows that somebody is there. */
export class ConnectionWatch {
  readonly #parts: ConnectionWatchParts;
  /** What is usual is learnt anew with each run of a container. */
  readonly #presences = new WeakMap<WorkspaceMonitor, { readonly runs: string; readonly presence: Presence }>();
  #readingsLeft = 0;
  #first = 0;

  constructor(parts: ConnectionWatchParts) {
    this.#parts = parts;
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, cost } = this.#parts;
    for (;;) {
      await clock.sleep(EVERY_MS * cost.slowdown, signal);
      if (signal.aborted) return;
      await this.#lookAtAll(signal);
    }
  }

  async #lookAtAll(signal: AbortSignal): Promise<void> {
    const { clock, workspaces } = this.#parts;
    this.#readingsLeft = READINGS_MOST;
    const all = [...workspaces.values()];
    const first = this.#first;
    for (let index = 0; index < all.length; index += 1) {
      await clock.yieldTurn();
      if (signal.aborted) return;
      const workspace = all[(first + index) % all.length];
      if (workspace !== undefined) await this.#look(workspace);
      // Who has to wait is the first in the next round.
      if (this.#readingsLeft > 0) this.#first = (first + index + 1) % all.length;
    }
  }

  async #look(workspace: WorkspaceMonitor): Promise<void> {
    const { clock } = this.#parts;
    const { activity } = workspace;
    if (!workspace.isActive || clock.now() - (activity.lastAt ?? 0) < QUIET_MS) return;
    const count = this.#measured(() => this.#countOf(workspace));
    if (count === null) return;
    const presence = this.#presenceOf(workspace);
    if (presence.needsReading(count)) {
      const open = await this.#fromOutside(workspace);
      if (open === null || this.#presenceOf(workspace) !== presence) return;
      presence.take(count, open);
    }
    const present = presence.look(clock.monotonic());
    if (present !== null) activity.note('connections', clock.now(), { containerId: null, ...present });
  }

  #presenceOf(workspace: WorkspaceMonitor): Presence {
    const runs = workspace.containers.map(({ ownNetworkPid }) => ownNetworkPid).join();
    const known = this.#presences.get(workspace);
    if (known?.runs === runs) return known.presence;
    const presence = new Presence();
    this.#presences.set(workspace, { runs, presence });
    return presence;
  }

  /** `null` when none of its networks can be read. */
  #countOf({ containers }: WorkspaceMonitor): number | null {
    let sum: number | null = null;
    for (const { ownNetworkPid } of containers) {
      const count = ownNetworkPid > 0 ? this.#parts.source.count(ownNetworkPid) : null;
      if (count !== null) sum = (sum ?? 0) + count;
    }
    return sum;
  }

  /** Connections that none of its own containers made; `null` when they are not to be read now. */
  async #fromOutside({ containers }: WorkspaceMonitor): Promise<ReadonlySet<string> | null> {
    const inside = new Set<string>();
    const remotes = new Map<string, string>();
    for (const { id, ownNetworkPid } of containers) {
      if (ownNetworkPid <= 0) continue;
      if (this.#readingsLeft <= 0) return null;
      this.#readingsLeft -= 1;
      const connections = this.#measured(() => this.#parts.source.read(id, ownNetworkPid));
      if (connections === null) return null;
      for (const end of connections.outbound) inside.add(end);
      for (const { local, remote } of connections.inbound) remotes.set(`${remote} ${local}`, remote);
      await this.#parts.clock.yieldTurn();
    }
    return new Set([...remotes].flatMap(([connection, remote]) => (inside.has(remote) ? [] : [connection])));
  }

  #measured<T>(work: () => T): T {
    const { cpu, cost, clock } = this.#parts;
    const before = cpu();
    const result = work();
    cost.add(cpu() - before, clock.monotonic());
    return result;
  }
}
