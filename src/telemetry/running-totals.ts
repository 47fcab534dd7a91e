import type { WorkspaceContainer } from '../model/container.ts';
import type { WorkspaceId, WorkspaceState } from '../model/workspace.ts';

const COUNTERS = ['networkRx', 'networkTx', 'diskRead', 'diskWrite', 'restarts'] as const;
type Counter = (typeof COUNTERS)[number];

/** A total that never falls while the workspace is known; `null` where it was never told. */
export type WorkspaceTotals = (counter: Counter) => number | null;

/** As `docker stats` counts megabytes. */
const MB = 1e6;

/**
 * Totals that only grow, out of sums that fall when a container ends or begins anew: Prometheus would take such a fall for a
 * restart, and add to its rates all that the others have moved.
 */
export class RunningTotals {
  readonly #kept = new Map<WorkspaceId, Float64Array>();

  /** The totals with what came since the workspace was seen last. */
  take(state: WorkspaceState): WorkspaceTotals {
    const kept = this.#keptOf(state.workspaceId);
    const isOne = state.containers.length === 1;
    for (let counter = 0; counter < COUNTERS.length; counter += 1) {
      const now = readingOf(state, COUNTERS[counter] as Counter);
      if (now !== null) advance(kept, counter, { now, isOne });
    }
    // What runs next counts from zero. That nothing could be read lately is no end.
    if (!state.containers.some(isThere)) kept.fill(0, 0, COUNTERS.indexOf('restarts'));
    return (counter) => {
      const total = kept[COUNTERS.length + COUNTERS.indexOf(counter)] as number;
      return Number.isNaN(total) ? null : total;
    };
  }

  /** Forgets workspaces that are not there any more. */
  keepOnly(ids: ReadonlySet<WorkspaceId>): void {
    for (const id of this.#kept.keys()) if (!ids.has(id)) this.#kept.delete(id);
  }

  /** Readings of the last time, then totals: `NaN` until there is one. */
  #keptOf(id: WorkspaceId): Float64Array {
    let kept = this.#kept.get(id);
    if (kept === undefined) {
      kept = new Float64Array(COUNTERS.length * 2).fill(Number.NaN, COUNTERS.length);
      this.#kept.set(id, kept);
    }
    return kept;
  }
}

/** The first reading counts whole, so that a restart of Tidewatch goes on where the kernel's own counters are. */
function advance(kept: Float64Array, counter: number, { now, isOne }: { now: number; isOne: boolean }): void {
  const before = kept[counter] as number;
  const total = kept[COUNTERS.length + counter] as number;
  // A fall: one container began anew, and what it has is new. Of several, who knows which: nothing is added once.
  const more = now >= before ? now - before : isOne ? now : 0;
  kept[counter] = now;
  kept[COUNTERS.length + counter] = (Number.isNaN(total) ? 0 : total) + more;
}

function isThere({ state }: WorkspaceContainer): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting' || state === 'unknown';
}

function readingOf({ metrics, containers }: WorkspaceState, counter: Counter): number | null {
  switch (counter) {
    case 'networkRx':
      return bytes(metrics?.networkRxMB);
    case 'networkTx':
      return bytes(metrics?.networkTxMB);
    case 'diskRead':
      return bytes(metrics?.diskReadMB);
    case 'diskWrite':
      return bytes(metrics?.diskWriteMB);
    case 'restarts':
      return containers.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0);
  }
}

function bytes(megabytes: number | null | undefined): number | null {
  return megabytes == null ? null : Math.round(megabytes * MB);
}
