import type { WorkspaceScope } from '../access/grant.ts';
import type { WorkspaceId, WorkspaceState, WorkspaceStatus } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Census } from './own-families.ts';
import { RunningTotals } from './running-totals.ts';
import type { WorkspaceFacts } from './workspace-families.ts';

/** Where workspaces come from. */
export interface WorkspaceSource {
  getWorkspaceIds(): readonly WorkspaceId[];
  getWorkspaceState(id: WorkspaceId): WorkspaceState | undefined;
}

export interface WorkspaceWalkOptions {
  readonly workspaces: WorkspaceSource;
  readonly clock: Clock;
  /** So many workspaces are told of at most; those that run come first. */
  readonly maxWorkspaces: number;
}

/** Looking at the clock costs as much as a line of text. */
const WORKSPACES_BETWEEN_LOOKS = 8;

/** Goes through all workspaces that are told of, in slices that never hold the event loop for long. */
export class WorkspaceWalk {
  readonly #options: WorkspaceWalkOptions;
  readonly #totals = new RunningTotals();

  constructor(options: WorkspaceWalkOptions) {
    this.#options = options;
  }

  /** Calls `visit` with each; waits where it gives something to wait for. Gives how many there are. */
  async each(
    visit: (facts: WorkspaceFacts) => Promise<void> | undefined,
    scope: WorkspaceScope | null = null,
  ): Promise<Census> {
    const { workspaces, clock } = this.#options;
    const slices = new Slices(clock);
    const all = workspaces.getWorkspaceIds();
    this.#totals.keepOnly(new Set(all));
    const told = await this.#choose(scope === null ? all : await within(scope, all, slices), slices);
    const byStatus = new Map(told.leftOut);
    let looked = 0;
    for (const id of told.ids) {
      const state = workspaces.getWorkspaceState(id);
      if (state !== undefined) {
        byStatus.set(state.status, (byStatus.get(state.status) ?? 0) + 1);
        const wait = visit({ state, totals: this.#totals.take(state) });
        if (wait !== undefined) await wait;
      }
      looked += 1;
      if (looked % WORKSPACES_BETWEEN_LOOKS === 0) await slices.next();
    }
    return { byStatus, leftOut: [...told.leftOut.values()].reduce((sum, count) => sum + count, 0) };
  }

  /** Where there are too many, those that run stay: their figures are what is looked at. */
  async #choose(ids: readonly WorkspaceId[], slices: Slices): Promise<Choice> {
    const { workspaces, maxWorkspaces } = this.#options;
    if (ids.length <= maxWorkspaces) return { ids, leftOut: new Map() };
    const byStatus = new Map<WorkspaceStatus, WorkspaceId[]>([
      ['active', []],
      ['inactive', []],
      ['archived', []],
    ]);
    for (const id of ids) {
      const state = workspaces.getWorkspaceState(id);
      if (state !== undefined) byStatus.get(state.status)?.push(id);
      await slices.next();
    }
    const chosen: WorkspaceId[] = [];
    const leftOut = new Map<WorkspaceStatus, number>();
    for (const [status, some] of byStatus) {
      const room = maxWorkspaces - chosen.length;
      chosen.push(...some.slice(0, room));
      if (some.length > room) leftOut.set(status, some.length - room);
    }
    return { ids: chosen, leftOut };
  }
}

/** A scope looks at the workspace each time it is asked. */
async function within(scope: WorkspaceScope, ids: readonly WorkspaceId[], slices: Slices): Promise<WorkspaceId[]> {
  const own: WorkspaceId[] = [];
  for (const id of ids) {
    if (scope(id)) own.push(id);
    await slices.next();
  }
  return own;
}

interface Choice {
  readonly ids: readonly WorkspaceId[];
  readonly leftOut: ReadonlyMap<WorkspaceStatus, number>;
}

/** Others have their turn after so many ms of work. */
const SLICE_MS = 4;

/** Work in pieces, between which others have their turn. */
class Slices {
  readonly #clock: Clock;
  #beganAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganAt = clock.monotonic();
  }

  /** Gives others their turn when this one lasted long enough. */
  async next(): Promise<void> {
    if (this.#clock.monotonic() - this.#beganAt < SLICE_MS) return;
    await this.#clock.yieldTurn();
    this.#beganAt = this.#clock.monotonic();
  }
}
