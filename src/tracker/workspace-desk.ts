import { TidewatchError, toTidewatchError } from '../model/errors.ts';
import type { WorkspaceId, WorkspaceState } from '../model/workspace.ts';
import { isWorkspaceId, normalizeWorkspaceId } from '../model/workspace-id.ts';
import { patchOf } from './registrar.ts';
import { newEntry, REGISTERED_RULE, savedFieldsOf, type WorkspaceEntry } from './workspace-entry.ts';
import type { WorkspacePatch, WorkspaceService } from './workspace-service.ts';
import type { World } from './world.ts';

/** What a person may say of a workspace. */
export interface WorkspaceEdit {
  readonly name?: string;
  readonly owner?: string | null;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A workspace registered before it has containers. */
export interface WorkspaceRegistration extends WorkspaceEdit {
  readonly id: WorkspaceId;
}

export interface DeskParts {
  readonly world: World;
  readonly service: WorkspaceService;
  engineNow(): number;
}

/** Where people say something of workspaces: it is in the registry before it is believed. */
export class WorkspaceDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  async archive(id: WorkspaceId): Promise<WorkspaceState> {
    const entry = this.#entry(id);
    if (entry.archivedAt !== null) return this.#parts.world.views.of(entry);
    const at = this.#parts.engineNow();
    await this.#save(entry, { status: 'archived', statusSince: at, reason: 'archived_by_user' });
    return this.#change(entry, at, () => {
      entry.archivedAt = at;
    });
  }

  async unarchive(id: WorkspaceId): Promise<WorkspaceState> {
    const entry = this.#entry(id);
    if (entry.archivedAt === null) return this.#parts.world.views.of(entry);
    const at = this.#parts.engineNow();
    await this.#save(entry, { status: 'inactive', statusSince: at, reason: 'unarchived_by_user' });
    return this.#change(entry, at, () => {
      entry.archivedAt = null;
    });
  }

  async register({ id: given, ...edit }: WorkspaceRegistration): Promise<WorkspaceState> {
    const { world } = this.#parts;
    const id = normalizeWorkspaceId(given);
    if (!isWorkspaceId(id)) {
      throw new TidewatchError('bad_request', `${JSON.stringify(given.slice(0, 128))} cannot be the id of a workspace`);
    }
    if (world.workspaces.get(id) !== undefined) {
      throw new TidewatchError('workspace_exists', `there is a workspace with the id "${id}" already`);
    }
    const at = this.#parts.engineNow();
    const source = { rule: REGISTERED_RULE, evidence: null };
    const seed = { id, name: edit.name ?? id, owner: edit.owner ?? null, labels: edit.labels ?? {}, source };
    const entry = { ...newEntry(seed, at), edited: fieldsOf(edit) };
    const patch = { ...patchOf(entry, at), reason: 'workspace_registered' };
    await this.#update(id, patch);
    entry.saved = savedFieldsOf(patch);
    // A container of it may have been found while the registry wrote.
    const known = world.workspaces.get(id);
    if (known !== undefined) return this.#change(known, at, () => applyEdit(known, edit));
    world.workspaces.add(entry);
    return this.#change(entry, at, () => {});
  }

  async edit(id: WorkspaceId, edit: WorkspaceEdit): Promise<WorkspaceState> {
    const entry = this.#entry(id);
    const changed = { ...entry };
    applyEdit(changed, edit);
    const { name, owner, labels, edited } = changed;
    await this.#save(entry, { name, owner, labels, edited });
    return this.#change(entry, this.#parts.engineNow(), () => applyEdit(entry, edit));
  }

  async forget(id: WorkspaceId): Promise<void> {
    const { world, service } = this.#parts;
    const entry = this.#entry(id);
    if (entry.containerIds.length > 0) {
      const count = entry.containerIds.length;
      throw new TidewatchError(
        'workspace_running',
        `workspace "${id}" still has ${count} container${count === 1 ? '' : 's'} and would be found again at once; remove them first, or archive it`,
      );
    }
    const { saved } = entry;
    // What has no record is not written to.
    entry.saved = null;
    try {
      await service.remove?.(id);
    } catch (thrown) {
      entry.saved = saved;
      throw toTidewatchError(thrown, 'registry_failed');
    }
    world.forget(entry);
  }

  #entry(id: WorkspaceId): WorkspaceEntry {
    const entry = this.#parts.world.workspaces.get(id);
    if (entry === undefined) throw new TidewatchError('workspace_not_found', `there is no workspace "${id}"`);
    return entry;
  }

  #change(entry: WorkspaceEntry, at: number, change: () => void): WorkspaceState {
    const { world } = this.#parts;
    world.changeEntry(entry, { at, recovered: false }, change);
    return world.views.of(entry);
  }

  async #save(entry: WorkspaceEntry, patch: WorkspacePatch): Promise<void> {
    const whole = { ...patchOf(entry, this.#parts.engineNow()), ...patch };
    await this.#update(entry.id, whole);
    entry.saved = savedFieldsOf(whole);
  }

  async #update(id: WorkspaceId, patch: WorkspacePatch): Promise<void> {
    try {
      await this.#parts.service.update(id, patch);
    } catch (thrown) {
      throw toTidewatchError(thrown, 'registry_failed');
    }
  }
}

function applyEdit(entry: WorkspaceEntry, edit: WorkspaceEdit): void {
  if (edit.name !== undefined) entry.name = edit.name;
  if (edit.owner !== undefined) entry.owner = edit.owner;
  if (edit.labels !== undefined) entry.labels = edit.labels;
  entry.edited = [...new Set([...entry.edited, ...fieldsOf(edit)])];
}

function fieldsOf(edit: WorkspaceEdit): WorkspaceEntry['edited'] {
  const fields = ['name', 'owner', 'labels'] as const;
  return fields.filter((field) => edit[field] !== undefined);
}
