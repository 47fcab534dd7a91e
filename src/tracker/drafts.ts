import type { ErrorCode } from '../model/errors.ts';
import type { EventDraft } from '../model/events.ts';
import type { ReasonCode } from '../model/reasons.ts';
import type { WorkspaceMetrics, WorkspaceStatus } from '../model/workspace.ts';
import { toIso } from '../runtime/iso.ts';
import type { ContainerRecord } from './container-record.ts';
import type { SyncReport } from './tracker-stats.ts';
import type { Transition } from './transition.ts';

/** The event of one container step. `metrics`: what its workspace used last, where that is known. */
export function containerUpdateDraft(
  record: ContainerRecord,
  transition: Transition,
  { recovered, metrics }: { readonly recovered: boolean; readonly metrics: WorkspaceMetrics | null },
): EventDraft {
  const { from, to } = transition;
  const at = toIso(transition.at);
  return {
    type: 'container_update',
    workspaceId: record.workspaceId,
    timestamp: at,
    message: `container ${record.name} ${from === null ? `appeared as ${to}` : `went from ${from} to ${to}`}`,
    data: { containerId: record.id, oldState: from, newState: to, updatedAt: at, metrics },
    recovered,
  };
}

/** What a change of status is told with. Instants are epoch ms. */
export interface StatusChange {
  readonly workspaceId: string;
  readonly name: string;
  readonly oldStatus: WorkspaceStatus | null;
  readonly newStatus: WorkspaceStatus;
  readonly reason: { readonly code: ReasonCode; readonly message: string };
  readonly containerId: string | null;
  readonly at: number;
  readonly recovered: boolean;
}

export function statusChangedDraft(change: StatusChange): EventDraft {
  const { oldStatus, newStatus, reason } = change;
  const at = toIso(change.at);
  const verb = oldStatus === null ? `is ${newStatus}` : `went from ${oldStatus} to ${newStatus}`;
  return {
    type: 'status_changed',
    workspaceId: change.workspaceId,
    timestamp: at,
    message: `workspace ${change.name} ${verb}: ${reason.message}`,
    data: { oldStatus, newStatus, reason: reason.code, containerId: change.containerId, changedAt: at },
    recovered: change.recovered,
  };
}

/** Something that keeps failing. */
export interface Failure {
  readonly workspaceId: string | null;
  readonly code: ErrorCode;
  readonly error: string;
  readonly retryCount: number;
  readonly at: number;
  readonly context: Readonly<Record<string, string | number | boolean | null>>;
}

export function errorDraft(failure: Failure): EventDraft {
  const at = toIso(failure.at);
  return {
    type: 'error',
    workspaceId: failure.workspaceId,
    timestamp: at,
    message: failure.error,
    data: {
      error: failure.error,
      code: failure.code,
      retryCount: failure.retryCount,
      occurredAt: at,
      context: failure.context,
    },
    recovered: false,
  };
}

/** `downtimeMs`: how long it did not work. */
export function recoveryDraft(failure: Failure, how: { method: string; at: number; downtimeMs: number }): EventDraft {
  const at = toIso(how.at);
  const downtime = Math.round(how.downtimeMs);
  return {
    type: 'recovery',
    workspaceId: failure.workspaceId,
    timestamp: at,
    message: `works again after ${(downtime / 1000).toFixed(1)} s: ${failure.error}`,
    data: { resolvedError: failure.error, recoveryMethod: how.method, recoveredAt: at, downtime },
    recovered: false,
  };
}

export function syncStartDraft(workspaceCount: number, at: number): EventDraft {
  const timestamp = toIso(at);
  const data = { workspaceCount, duration: 0, successCount: 0, errorCount: 0, timestamp };
  return { type: 'sync_start', workspaceId: null, timestamp, message: 'sync begins', data, recovered: false };
}

export function syncCompleteDraft(report: SyncReport): EventDraft {
  const { workspaceCount, recovered, corrected, errorCount, timestamp } = report;
  const message = `sync of ${workspaceCount} workspaces: ${recovered} recovered, ${corrected} corrected, ${errorCount} failed`;
  return { type: 'sync_complete', workspaceId: null, timestamp, message, data: { ...report }, recovered: false };
}

export function workspaceRemovedDraft({ id, name }: { id: string; name: string }, at: number): EventDraft {
  const removedAt = toIso(at);
  const message = `workspace ${name} was forgotten`;
  const data = { name, removedAt };
  return { type: 'workspace_removed', workspaceId: id, timestamp: removedAt, message, data, recovered: false };
}

/** Transitions between two instants may be missing. Epoch ms. */
export function engineGapDraft(reason: string, from: number | null, to: number): EventDraft {
  const data = { scope: 'engine' as const, reason, from: from === null ? null : toIso(from), to: toIso(to) };
  return { type: 'gap', workspaceId: null, timestamp: data.to, message: reason, data, recovered: false };
}
