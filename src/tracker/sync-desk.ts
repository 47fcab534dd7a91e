import { TidewatchError } from '../model/errors.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import { toIso } from '../runtime/iso.ts';
import type { Inspector } from './inspector.ts';
import type { Pace } from './pace.ts';
import type { Synchronizer, SyncOptions } from './synchronizer.ts';
import type { SyncReport } from './tracker-stats.ts';
import type { World } from './world.ts';

export interface SyncDeskParts {
  readonly synchronizer: Synchronizer;
  readonly world: World;
  readonly inspector: Inspector;
  readonly clock: Clock;
  readonly pace: Pace;
  onSynced(): void;
}

/** Runs one sync at a time and remembers how they went. */
export class SyncDesk {
  readonly #parts: SyncDeskParts;
  #tail: Promise<unknown> = Promise.resolve();
  count = 0;
  failed = 0;
  last: SyncReport | null = null;

  constructor(parts: SyncDeskParts) {
    this.#parts = parts;
  }

  /** Runs after the syncs before it. Rejects when the engine does not answer. */
  run(options: SyncOptions): Promise<SyncReport> {
    return this.#next(async () => {
      const { synchronizer, pace, clock } = this.#parts;
      const begunAt = clock.monotonic();
      this.last = await synchronizer.run(options);
      pace.lastListMs = Math.max(0, pace.listedAt - begunAt);
      this.count += 1;
      this.#parts.onSynced();
      return this.last;
    });
  }

  /** Compares one workspace: the list for what is new or gone, and each of its containers in full. */
  async runOne(id: WorkspaceId): Promise<SyncReport> {
    const { world, clock } = this.#parts;
    this.#containerIds(id);
    const begunAt = clock.monotonic();
    const before = { ...world.counts };
    const { errorCount: listErrors } = await this.run({});
    const errors = await this.#next(() => this.#confirmAll(id));
    const errorCount = Math.min(1, errors + listErrors);
    return {
      workspaceCount: 1,
      duration: Math.round(clock.monotonic() - begunAt),
      successCount: 1 - errorCount,
      errorCount,
      recovered: world.counts.recovered - before.recovered,
      corrected: world.counts.corrected - before.corrected,
      timestamp: toIso(clock.now()),
    };
  }

  async #confirmAll(id: WorkspaceId): Promise<number> {
    const ids = this.#parts.world.workspaces.get(id)?.containerIds ?? [];
    const settled = await Promise.all(ids.map((containerId) => this.#parts.inspector.confirm(containerId)));
    return settled.filter((isSettled) => !isSettled).length;
  }

  #containerIds(id: WorkspaceId): readonly string[] {
    const entry = this.#parts.world.workspaces.get(id);
    if (entry === undefined) throw new TidewatchError('workspace_not_found', `there is no workspace "${id}"`);
    return entry.containerIds;
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {
      this.failed += 1;
    });
    return result;
  }
}
