import type { WorkspaceId } from '../model/workspace.ts';
import type { ContainerRecord } from './container-record.ts';
import type { ContainerStore } from './container-store.ts';
import {
  activityOf,
  type EntrySeed,
  entryOfRecord,
  newEntry,
  savedFieldsOf,
  type WorkspaceEntry,
} from './workspace-entry.ts';
import type { WorkspaceRecord } from './workspace-service.ts';

/** Which containers make which workspace, and what people said of it. */
export class WorkspaceBook {
  readonly #entries = new Map<WorkspaceId, WorkspaceEntry>();
  readonly #store: ContainerStore;

  constructor(store: ContainerStore) {
    this.#store = store;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: WorkspaceId): WorkspaceEntry | undefined {
    return this.#entries.get(id);
  }

  values(): IterableIterator<WorkspaceEntry> {
    return this.#entries.values();
  }

  add(entry: WorkspaceEntry): void {
    this.#entries.set(entry.id, entry);
  }

  forget(id: WorkspaceId): void {
    this.#entries.delete(id);
  }

  containersOf(entry: WorkspaceEntry): ContainerRecord[] {
    const records: ContainerRecord[] = [];
    for (const id of entry.containerIds) {
      const record = this.#store.get(id);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  /** The entry of a container's workspace, made when there was none; the container becomes part of it. */
  attach(containerId: string, seed: EntrySeed, at: number): WorkspaceEntry {
    let entry = this.#entries.get(seed.id);
    if (entry === undefined) {
      entry = newEntry(seed, at);
      this.#entries.set(seed.id, entry);
    } else {
      describe(entry, seed);
    }
    // Not spread: that would leave room for sixteen more.
    if (!entry.containerIds.includes(containerId)) entry.containerIds = entry.containerIds.concat(containerId);
    return entry;
  }

  detach(record: ContainerRecord): WorkspaceEntry | undefined {
    const entry = this.#entries.get(record.workspaceId);
    if (entry !== undefined) entry.containerIds = entry.containerIds.filter((id) => id !== record.id);
    return entry;
  }

  /** Takes over a registry record: what it says of a workspace not seen before, or what was changed from outside. */
  adopt(record: WorkspaceRecord): WorkspaceEntry {
    const known = this.#entries.get(record.id);
    if (known === undefined) {
      const entry = entryOfRecord(record);
      this.#entries.set(record.id, entry);
      return entry;
    }
    known.edited = record.edited ?? known.edited;
    known.name = record.name;
    known.owner = record.owner ?? known.owner;
    known.saved = savedFieldsOf(record);
    known.activity = activityOf(record) ?? known.activity;
    return known;
  }
}

/**
 * What its containers say of a workspace; what a person changed stays. The first container of several has the word, but
 * for a dev container among the services of its Compose project.
 */
function describe(entry: WorkspaceEntry, seed: EntrySeed): void {
  const isFirst =
    entry.containerIds.length === 0 || (entry.source.rule === 'compose' && seed.source.rule !== 'compose');
  const isFree = (field: 'name' | 'owner' | 'labels') => !entry.edited.includes(field);
  if (isFirst) {
    entry.source = seed.source;
    if (isFree('name')) entry.name = seed.name;
  }
  if (isFree('owner')) entry.owner = isFirst ? (seed.owner ?? entry.owner) : (entry.owner ?? seed.owner);
  if (isFree('labels')) entry.labels = isFirst ? seed.labels : { ...seed.labels, ...entry.labels };
}
