import { toTidewatchError } from '../model/errors.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import { createBackoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { Troubles } from './troubles.ts';
import { needsSaving, savedFieldsOf, type WorkspaceEntry } from './workspace-entry.ts';
import type { WorkspacePatch, WorkspaceService } from './workspace-service.ts';
import type { World } from './world.ts';

export interface RegistrarParts {
  readonly service: WorkspaceService;
  readonly world: World;
  readonly clock: Clock;
  readonly troubles: Troubles;
}

/** Enough for a store that commits all calls of one turn together. */
const CONCURRENCY = 64;

/** Keeps the registry equal to what is true, one workspace at a time, and tries again when it cannot be written. */
export class Registrar {
  readonly #parts: RegistrarParts;
  readonly #queue: WorkQueue<WorkspaceId>;
  /** First tries again soon, later every half minute: about the pace of the resync. */
  readonly #backoff = createBackoff({ initialMs: 200, maxMs: 30_000 });

  constructor(parts: RegistrarParts) {
    this.#parts = parts;
    const process = (id: WorkspaceId) => this.#save(id);
    const onError = (id: WorkspaceId, thrown: unknown) => this.#failed(id, thrown);
    this.#queue = new WorkQueue({ clock: parts.clock, concurrency: CONCURRENCY, process, onError });
  }

  /** Waiting, under way, or waiting for another try. */
  get size(): number {
    return this.#queue.size;
  }

  add(id: WorkspaceId): void {
    this.#queue.add(id);
  }

  /** Resolves when what can be saved now is saved. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#queue.close();
  }

  async #save(id: WorkspaceId): Promise<void> {
    const { service, world, troubles } = this.#parts;
    const entry = world.workspaces.get(id);
    if (entry === undefined || entry.status === null || !needsSaving(entry)) return;
    const patch = patchOf(entry, this.#parts.clock.now());
    await service.update(id, patch);
    entry.saved = savedFieldsOf(patch);
    if (troubles.succeed(`registry ${id}`, 'retry')) Object.assign(entry, { syncAttempts: 0, lastError: null });
    this.#backoff.reset();
    if (needsSaving(entry)) this.add(id);
  }

  #failed(id: WorkspaceId, thrown: unknown): void {
    const { world, troubles, clock } = this.#parts;
    const entry = world.workspaces.get(id);
    if (entry === undefined) return;
    const { code, message } = toTidewatchError(thrown, 'registry_failed');
    const error = `the registry did not take workspace ${id}: ${message}`;
    const attempts = troubles.fail(`registry ${id}`, { workspaceId: id, code, error, context: { workspaceId: id } });
    Object.assign(entry, { lastSyncAttempt: clock.now(), syncAttempts: attempts, lastError: error });
    this.#queue.addAfter(id, this.#backoff.next());
  }
}

type WholePatch = Required<Omit<WorkspacePatch, 'activity'>> &
  Pick<WorkspacePatch, 'activity'> & { readonly createdAt: number };

/** The whole record of a workspace, so that a registry that lost it can make it anew. */
export function patchOf(entry: WorkspaceEntry, now: number): WholePatch {
  return {
    name: entry.name,
    owner: entry.owner,
    labels: entry.labels,
    source: entry.source,
    status: entry.status ?? 'inactive',
    reason: entry.reason,
    statusSince: entry.statusSince,
    createdAt: entry.createdAt,
    updatedAt: now,
    edited: entry.edited,
    ...(entry.activity !== null && { activity: entry.activity }),
  };
}
