import type { ReasonCode } from '../model/reasons.ts';
import type { ActivityMark, Phase, WorkspaceId, WorkspaceSource, WorkspaceStatus } from '../model/workspace.ts';
import type { WorkspaceRecord } from './workspace-service.ts';

/** A field of a workspace that a person may change. */
export type EditableField = 'name' | 'owner' | 'labels';

/** What the tracker keeps of one workspace; its condition is derived from the containers when it is asked for. */
export interface WorkspaceEntry {
  readonly id: WorkspaceId;
  name: string;
  owner: string | null;
  labels: Readonly<Record<string, string>>;
  source: WorkspaceSource;
  edited: readonly EditableField[];
  /** Ids of its containers. */
  containerIds: readonly string[];
  /** Since when it is archived, epoch ms; `null` when it is not. */
  archivedAt: number | null;
  /** Status told last; `null` before the first. */
  status: WorkspaceStatus | null;
  statusSince: number;
  /** Phase told last; `null` while it is not known since when it lasts. */
  phase: Phase | null;
  reason: ReasonCode;
  since: number;
  createdAt: number;
  lastUpdated: number;
  lastSyncAttempt: number | null;
  syncAttempts: number;
  lastError: string | null;
  /** What the registry holds, as far as known; `null`: no record yet. */
  saved: SavedFields | null;
  /** The newest activity the registry knows. */
  activity: ActivityMark | null;
}

/** The fields of a registry record that Tidewatch keeps true. */
export type SavedFields = Pick<WorkspaceRecord, 'name' | 'owner' | 'labels' | 'source' | 'status'>;

/** The source of what a person registered, until a container of it is seen. */
export const REGISTERED_RULE = 'registry';

/** Where a new entry comes from. */
export type EntrySeed = Pick<WorkspaceEntry, 'id' | 'name' | 'owner' | 'labels' | 'source'>;

const NO_IDS: readonly string[] = Object.freeze([]);
const NO_EDITS: readonly EditableField[] = Object.freeze([]);

/** An entry of a workspace just found, at `at` (epoch ms). */
export function newEntry(seed: EntrySeed, at: number): WorkspaceEntry {
  return {
    id: seed.id,
    name: seed.name,
    owner: seed.owner,
    labels: seed.labels,
    source: seed.source,
    edited: NO_EDITS,
    containerIds: NO_IDS,
    archivedAt: null,
    status: null,
    statusSince: at,
    phase: null,
    reason: 'workspace_initialized',
    since: at,
    createdAt: at,
    lastUpdated: at,
    lastSyncAttempt: null,
    syncAttempts: 0,
    lastError: null,
    saved: null,
    activity: null,
  };
}

/** The registry keeps no phase: what its status says of one. An inactive workspace may be so for many reasons. */
const PHASE_REMEMBERED = { active: 'running', archived: 'archived', inactive: null } as const;

/** An entry as the registry tells it. */
export function entryOfRecord(record: WorkspaceRecord): WorkspaceEntry {
  const entry = newEntry(record, record.createdAt);
  entry.status = record.status;
  entry.statusSince = record.statusSince;
  entry.since = record.statusSince;
  entry.phase = PHASE_REMEMBERED[record.status];
  entry.edited = record.edited ?? NO_EDITS;
  entry.archivedAt = record.status === 'archived' ? record.statusSince : null;
  entry.saved = savedFieldsOf(record);
  entry.activity = activityOf(record);
  return entry;
}

/** The activity of a record; other people's registries may hold anything. */
export function activityOf({ activity }: WorkspaceRecord): ActivityMark | null {
  if (!Number.isFinite(activity?.at) || typeof activity?.kind !== 'string') return null;
  return { at: activity.at, kind: activity.kind };
}

/** The fields of a record that are compared with what Tidewatch holds true. */
export function savedFieldsOf({ name, owner, labels, source, status }: SavedFields): SavedFields {
  return { name, owner, labels, source, status };
}

/** The registry does not yet say what the entry says. */
export function needsSaving(entry: WorkspaceEntry): boolean {
  const { saved } = entry;
  if (saved === null) return true;
  return (
    saved.status !== entry.status ||
    saved.name !== entry.name ||
    saved.owner !== entry.owner ||
    saved.source.rule !== entry.source.rule ||
    !hasSameLabels(saved.labels, entry.labels)
  );
}

function hasSameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}
