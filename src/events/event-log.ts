import type { EventDraft, EventType, TidewatchEvent } from '../model/events.ts';

/** Where events are kept: gapless sequence numbers that survive restarts. Methods are synchronous; batches are small. */
export interface EventLog extends EventReader {
  /**
   * Appends in one transaction and gives the events with their sequence numbers. When it returns, they survive the
   * death of the process. Throws TidewatchError `store_unwritable` (nothing of the batch was kept) when it cannot.
   * `firstSeq` is for the writer alone that told events before it could store them: the number of the first draft,
   * never below the next one; what it skips is lost, and the first draft is the `gap` event that says so.
   */
  append(drafts: readonly EventDraft[], firstSeq?: number): readonly TidewatchEvent[];
  /**
   * Deletes by age (`olderThan`: epoch ms of when they were stored) and number, oldest first; never renumbers. Gives how
   * many; as a call may delete only a part to stay short, call it until it gives 0.
   */
  prune(limits: { readonly olderThan: number; readonly keepAtMost: number }): number;
}

/** The reader's side of a log. */
export interface EventReader {
  /** First part of the events' ids: differs between any two logs. */
  readonly logId: string;
  /** Events after a cursor, oldest first. */
  read(query: EventQuery): EventPage;
  /**
   * Oldest and newest sequence number kept; both 0 in a log that never had an event. When all was deleted, `lastSeq` is
   * the last one given and `firstSeq` the one after it.
   */
  bounds(): EventBounds;
}

/** See {@link EventReader.bounds}. */
export interface EventBounds {
  readonly firstSeq: number;
  readonly lastSeq: number;
}

export interface EventQuery {
  /** Cursor: only events with a greater sequence number. 0 is the beginning. */
  readonly after: number;
  readonly types?: readonly EventType[];
  readonly workspaceId?: string;
  /** At most so many events (1 to 1000). */
  readonly limit: number;
}

export interface EventPage {
  readonly items: readonly TidewatchEvent[];
  /** Cursor for the next page: of the last event looked at, so that filtered pages advance too. */
  readonly nextAfter: number;
  /**
   * What the reader is not given: events between the cursor and the first kept one that were deleted; or, when the cursor is
   * beyond the end, all of this log. Then it belongs to another one, which was lost or replaced, and `nextAfter` is this
   * one's end.
   */
  readonly gap: { readonly from: number; readonly to: number } | null;
}
