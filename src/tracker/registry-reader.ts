import { toTidewatchError } from '../model/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Troubles } from './troubles.ts';
import type { WorkspaceEntry } from './workspace-entry.ts';
import type { WorkspaceRecord, WorkspaceService } from './workspace-service.ts';
import type { World } from './world.ts';

export interface RegistryReaderParts {
  readonly service: WorkspaceService;
  readonly world: World;
  readonly troubles: Troubles;
  logger(): Logger;
  onUnsaved(entry: WorkspaceEntry): void;
}

const KEY = 'registry list';

/** Reads the registry: at the start, and again at every resync when others write it too. */
export class RegistryReader {
  readonly #parts: RegistryReaderParts;
  #hasRead = false;

  constructor(parts: RegistryReaderParts) {
    this.#parts = parts;
  }

  /** Takes over what the registry remembers, before the first look at the engine. Resolves even when it cannot. */
  async read(): Promise<void> {
    for (const record of await this.#list()) this.#guarded(record, () => this.#parts.world.workspaces.adopt(record));
  }

  /** Looks for what others changed. Gives whether the registry could not be read. */
  async reread(isFirst: boolean): Promise<boolean> {
    if (this.#hasRead && (isFirst || this.#parts.service.exclusive)) return false;
    for (const record of await this.#list()) this.#guarded(record, () => this.#compare(record));
    return !this.#hasRead;
  }

  async #list(): Promise<readonly WorkspaceRecord[]> {
    const { service, troubles, logger } = this.#parts;
    try {
      const records = await service.list();
      this.#hasRead = true;
      troubles.succeed(KEY, 'resync');
      return records;
    } catch (thrown) {
      const { code, message } = toTidewatchError(thrown, 'registry_failed');
      const error = `the registry cannot be read: ${message}`;
      logger().warn(error);
      this.#hasRead = false;
      troubles.fail(KEY, { workspaceId: null, code, error, context: {} });
      return [];
    }
  }

  #compare(record: WorkspaceRecord): void {
    const { world } = this.#parts;
    const known = world.workspaces.get(record.id);
    const wasArchived = known?.archivedAt ?? null;
    const entry = world.workspaces.adopt(record);
    const isArchived = record.status === 'archived';
    if (known === undefined || isArchived !== (wasArchived !== null)) {
      const cause = { at: record.statusSince, recovered: false };
      world.changeEntry(entry, cause, () => {
        entry.archivedAt = isArchived ? (wasArchived ?? record.statusSince) : null;
      });
    } else if (record.status !== entry.status) {
      world.counts.corrected += 1;
      this.#parts.onUnsaved(entry);
    }
  }

  /** A record that is not what the port promises is told and left alone; the others go on. */
  #guarded(record: WorkspaceRecord, take: () => void): void {
    try {
      if (typeof record?.id !== 'string' || record.id === '') throw new TypeError('it has no id');
      take();
    } catch (thrown) {
      const { message } = toTidewatchError(thrown);
      this.#parts.logger().warn(`the registry gave a record that cannot be used: ${message}`);
    }
  }
}
