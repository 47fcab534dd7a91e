import { randomBytes } from 'node:crypto';
import type { Grant, TokenLimit } from '../access/grant.ts';
import { TidewatchError } from '../model/errors.ts';
import type { WorkspaceState } from '../model/workspace.ts';
import { toIso } from '../runtime/iso.ts';
import type { SyncReport } from '../tracker/tracker-stats.ts';
import { limitFilter } from './auth/workspace-scopes.ts';
import { knownStates } from './known-workspaces.ts';
import type { TrackerPort, WorkspaceEdit } from './ports.ts';

/** What is added to an id: 40 bits, so that nobody meets a workspace that is there. */
const SUFFIX_BYTES = 5;

/**
 * The id under which a grant's holder registers a workspace. Ids are one namespace for all, and "taken" would tell of a
 * workspace outside of the limit: a limited token always gets the id it asks for with a random end.
 */
export function registrationId({ limit }: Grant, id: string): string {
  return limit === null ? id : `${id}-${randomBytes(SUFFIX_BYTES).toString('hex')}`;
}

/**
 * What is said of a new workspace, with what the limit leaves no choice of: its only owner, its labels with a value. Throws
 * `forbidden` when it would lie outside.
 */
export function registrationWithin({ limit }: Grant, edit: WorkspaceEdit): WorkspaceEdit {
  if (limit === null) return edit;
  const [only, ...others] = limit.owners;
  const owner = edit.owner ?? (others.length === 0 ? only : undefined) ?? null;
  const labels = { ...labelsOf(limit), ...edit.labels };
  requireWithin(limit, { owner, labels });
  return { ...edit, owner, labels };
}

/** Throws `forbidden` when a workspace would leave the limit of who changes it. */
export function checkEdit({ limit }: Grant, state: WorkspaceState | undefined, edit: WorkspaceEdit): void {
  if (limit === null || state === undefined) return;
  const owner = edit.owner === undefined ? state.owner : edit.owner;
  requireWithin(limit, { owner, labels: edit.labels ?? state.labels });
}

function requireWithin(limit: TokenLimit, tags: Pick<WorkspaceState, 'owner' | 'labels'>): void {
  if (limitFilter(limit)(tags)) return;
  const wanted = [...(limit.owners.length > 0 ? [`owner ${limit.owners.join(' or ')}`] : []), ...limit.labels];
  throw new TidewatchError(
    'forbidden',
    `the workspace would lie outside of what this token is limited to (${wanted.join(', ')})`,
  );
}

function labelsOf({ labels }: TokenLimit): Record<string, string> {
  const pairs = labels.map((label) => {
    const at = label.indexOf('=');
    return at < 0 ? [label, ''] : [label.slice(0, at), label.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}

/** Compares all that a grant's holder may know of with the engine; a limited one's, one after the other. */
export async function syncKnown(grant: Grant, tracker: TrackerPort, now: () => number): Promise<SyncReport> {
  if (grant.limit === null) return tracker.forceSync();
  const total = { workspaceCount: 0, duration: 0, successCount: 0, errorCount: 0, recovered: 0, corrected: 0 };
  for (const { workspaceId } of knownStates(grant, tracker)) {
    // It may be forgotten while others are compared.
    if (tracker.getWorkspaceState(workspaceId) === undefined) continue;
    const report = await syncOne(grant, tracker, workspaceId);
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += report[name];
  }
  return { ...total, timestamp: toIso(now()) };
}

/** Compares one workspace with the engine; a limited token's report counts nothing but this one. */
export async function syncOne({ limit }: Grant, tracker: TrackerPort, id: string): Promise<SyncReport> {
  const report = await tracker.forceSync(id);
  if (limit === null) return report;
  const errorCount = Math.min(1, report.errorCount);
  return { ...report, workspaceCount: 1, successCount: 1 - errorCount, errorCount };
}
