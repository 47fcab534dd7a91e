import type { EventDraft } from '../model/events.ts';
import type { WorkspaceCondition } from './derive-workspace.ts';
import { statusChangedDraft } from './drafts.ts';
import type { WorkspaceEntry } from './workspace-entry.ts';

/** A condition whose status differs from the one told before. */
export interface StatusNews {
  readonly condition: WorkspaceCondition;
  /** `at: null`: when the phase began. */
  readonly cause: { readonly at: number | null; readonly recovered: boolean };
  readonly counts: { recovered: number; corrected: number };
}

/** Notes the new status as told and gives the event of it; a workspace's first has no status before it. */
export function tellStatus(entry: WorkspaceEntry, { condition, cause, counts }: StatusNews): EventDraft {
  const { id, name, status } = entry;
  const at = Math.max(cause.at ?? condition.since, status === null ? 0 : entry.statusSince);
  const reason =
    status === null ? { code: 'workspace_initialized' as const, message: condition.reason.message } : condition.reason;
  const recovered = cause.recovered && status !== null;
  if (recovered) counts.recovered += 1;
  if (cause.recovered && entry.saved !== null) counts.corrected += 1;
  entry.status = condition.status;
  entry.statusSince = at;
  const change = { workspaceId: id, name, oldStatus: status, newStatus: condition.status, reason };
  return statusChangedDraft({ ...change, containerId: condition.containerId, at, recovered });
}
