import type { WorkspaceId } from '../../model/workspace.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { TrackerPort } from '../ports.ts';
import { workspaceJson } from '../workspace-json.ts';
import type { WorkspaceFilter } from './workspace-filter.ts';

/** All states that a filter accepts. */
export interface StateSnapshot {
  /** A JSON array. */
  readonly text: Buffer;
  readonly ids: readonly WorkspaceId[];
}

/** States change by callbacks, and then a snapshot is made anew; figures in it may be this old. */
const KEPT_MS = 1_000;

/** Snapshots of all states, made once for those who come together, as after a restart. */
export class StateSnapshots {
  readonly #source: Pick<TrackerPort, 'getAllWorkspaceStates'>;
  readonly #clock: Clock;
  readonly #made = new Map<string, StateSnapshot>();
  #madeAt = 0;

  constructor(source: Pick<TrackerPort, 'getAllWorkspaceStates'>, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  of(filter: WorkspaceFilter | null): StateSnapshot {
    const now = this.#clock.monotonic();
    if (now - this.#madeAt > KEPT_MS) this.#made.clear();
    if (this.#made.size === 0) this.#madeAt = now;
    const key = filter?.key ?? '';
    const snapshot = this.#made.get(key) ?? this.#make(filter);
    this.#made.set(key, snapshot);
    return snapshot;
  }

  clear(): void {
    this.#made.clear();
  }

  #make(filter: WorkspaceFilter | null): StateSnapshot {
    const states = [...this.#source.getAllWorkspaceStates().values()];
    const accepted = filter === null ? states : states.filter(({ workspaceId }) => filter.accepts(workspaceId));
    return {
      text: Buffer.from(JSON.stringify(accepted.map(workspaceJson))),
      ids: accepted.map(({ workspaceId }) => workspaceId),
    };
  }
}
