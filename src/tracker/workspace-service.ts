import type { ActivityMark, WorkspaceId, WorkspaceSource, WorkspaceStatus } from '../model/workspace.ts';

/** What the registry keeps of a workspace. Instants are epoch ms. */
export interface WorkspaceRecord {
  readonly id: WorkspaceId;
  readonly name: string;
  readonly owner: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: WorkspaceSource;
  readonly status: WorkspaceStatus;
  /** Why it has this status. */
  readonly reason: string;
  /** When the status began. */
  readonly statusSince: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Fields a person changed: they win over what the containers' labels say. Absent: none. */
  readonly edited?: readonly ('name' | 'owner' | 'labels')[];
  /** When it was last worked in, written once a minute at most and when Tidewatch stops. Absent: never seen. */
  readonly activity?: ActivityMark;
}

/** Fields a caller may change. */
export type WorkspacePatch = Partial<Omit<WorkspaceRecord, 'id' | 'createdAt'>>;

/**
 * The workspace registry: SQLite by default, memory, or the library user's own database. Tidewatch reads it, keeps its
 * status true, and never deletes from it unless asked to.
 */
export interface WorkspaceService {
  /** `true`: nobody but Tidewatch writes it, so it need not be read again at every resync. */
  readonly exclusive?: boolean;
  list(): Promise<readonly WorkspaceRecord[]>;
  get(id: WorkspaceId): Promise<WorkspaceRecord | undefined>;
  /** Changes a record, or makes it when there was none: see {@link patchedRecord}. Gives the record as it is now. */
  update(id: WorkspaceId, patch: WorkspacePatch): Promise<WorkspaceRecord>;
  /** Forgets a record. A registry without it keeps workspaces for ever. */
  remove?(id: WorkspaceId): Promise<void>;
}

/**
 * The record after a change. Fields that the patch does not have, or has as `undefined`, stay as they were; in a new
 * record they get defaults. `id` never changes, `createdAt` is set once.
 */
export function patchedRecord(
  id: WorkspaceId,
  previous: WorkspaceRecord | undefined,
  patch: WorkspacePatch,
): WorkspaceRecord {
  const changes = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const at = patch.updatedAt ?? 0;
  const blank: WorkspaceRecord = {
    ...{ id, name: id, owner: null, labels: {}, source: { rule: 'registry', evidence: null } },
    ...{ status: 'inactive', reason: '', statusSince: at, createdAt: at, updatedAt: at },
  };
  const createdAt = previous?.createdAt ?? changes.createdAt ?? at;
  return { ...(previous ?? blank), ...changes, id, createdAt } as WorkspaceRecord;
}
