import { randomUUID } from 'node:crypto';
import type { EventDraft, TidewatchEvent } from '../model/events.ts';
import type { EventBounds, EventPage, EventQuery } from './event-log.ts';

/** A draft at its place in a log; only an event's own fields are taken over. */
export function placeEvent(draft: EventDraft, logId: string, seq: number): TidewatchEvent {
  const { type, workspaceId, timestamp, message, data, recovered } = draft;
  return { seq, id: `${logId}-${seq}`, type, workspaceId, timestamp, message, data, recovered } as TidewatchEvent;
}

/** An id that no other log has. */
export function newLogId(): string {
  return randomUUID().slice(0, 8);
}

/** What a reader at a cursor is not given. */
export function gapAt(after: number, bounds: EventBounds): EventPage['gap'] {
  // The cursor is of another log: which events of this one its reader saw is not known.
  if (after > bounds.lastSeq) return bounds.lastSeq === 0 ? null : { from: 1, to: bounds.lastSeq };
  return after + 1 < bounds.firstSeq ? { from: after + 1, to: bounds.firstSeq - 1 } : null;
}

/** Whether a query asks for this event, its cursor aside. */
export function matchesQuery(
  event: TidewatchEvent,
  { types, workspaceId }: Pick<EventQuery, 'types' | 'workspaceId'>,
): boolean {
  if (workspaceId !== undefined && event.workspaceId !== workspaceId) return false;
  return types === undefined || types.includes(event.type);
}

/** A page's size within the port's bounds. */
export function clampLimit(limit: number): number {
  return Math.min(1_000, Math.max(1, Math.floor(limit) || 1));
}
