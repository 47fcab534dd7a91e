import { toTidewatchError } from '../model/errors.ts';
import { METRICS } from '../model/metric-catalogue.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import { withoutWorkspace } from './head/journal.ts';
import type { Recorder } from './recorder.ts';
import type { JournalEntry, SeriesStore } from './series-store.ts';

export interface HistoryPurgeParts {
  readonly store: SeriesStore;
  readonly recorder: Recorder;
  readonly clock: Clock;
}

/** So few blocks in one transaction that nobody waits for it. */
const DELETED_AT_ONCE = 64;

/** Deletes all that is kept of workspaces: out of memory, journal and blocks, in small steps. */
export class HistoryPurge {
  /** Blocks deleted so far. */
  blocks = 0;
  readonly #parts: HistoryPurgeParts;
  readonly #running = new Map<WorkspaceId, Promise<void>>();
  /** Something may be left of these. */
  readonly #unfinished = new Set<WorkspaceId>();

  constructor(parts: HistoryPurgeParts) {
    this.#parts = parts;
  }

  /** Whether a purge of it has begun that is not done, or failed. */
  isUnfinished(id: WorkspaceId): boolean {
    return this.#unfinished.has(id);
  }

  /** After it nothing comes back, also after a restart. Throws `store_unwritable`; then it may be tried again. */
  purge(id: WorkspaceId): Promise<void> {
    const begun = this.#running.get(id);
    if (begun !== undefined) return begun;
    const purging = this.#purge(id).finally(() => this.#running.delete(id));
    this.#running.set(id, purging);
    return purging;
  }

  /** Resolves when none runs. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }

  async #purge(id: WorkspaceId): Promise<void> {
    const { store, recorder, clock } = this.#parts;
    this.#unfinished.add(id);
    await recorder.hold(id);
    try {
      // The first step is in the turn in which it is held: what is noted later is of a new history.
      let number = store.rewriteJournal(Number.POSITIVE_INFINITY, (entry) => restOf(entry, id));
      while (number !== null) {
        await clock.yieldTurn();
        number = store.rewriteJournal(number, (entry) => restOf(entry, id));
      }
      for (let deleted = DELETED_AT_ONCE; deleted === DELETED_AT_ONCE; ) {
        await clock.yieldTurn();
        deleted = store.purge(id, DELETED_AT_ONCE);
        this.blocks += deleted;
      }
    } finally {
      recorder.release(id);
    }
    this.#unfinished.delete(id);
  }
}

function restOf(entry: JournalEntry, id: WorkspaceId): JournalEntry | null {
  try {
    return withoutWorkspace(entry, id, METRICS.length);
  } catch (thrown) {
    // Nothing of it can come back.
    if (toTidewatchError(thrown).code === 'chunk_damaged') return entry;
    throw thrown;
  }
}
