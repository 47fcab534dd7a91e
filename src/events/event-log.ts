import type { EventDraft, EventType, TidewatchEvent } from '../model/events.ts';

/** Where events are kept: gapless sequence numbers that survive restarts. Methods are synchronous; batches are small. */
export interface EventLog {
  /**
   * Appends in one transaction and gives the events with their sequence numbers. When it returns, they survive the
   * death of the process. Throws TidewatchError `store_unwritable` (nothing of the batch was kept) when it cannot.
   */
  append(drafts: readonly EventDraft[]): readonly TidewatchEvent[];
  /** Events after a cursor, oldest first. */
  read(query: EventQuery): EventPage;
  /** Oldest and newest sequence number kept; both 0 in a log that never had an event. */
  bounds(): { readonly firstSeq: number; readonly lastSeq: number };
  /** Deletes by age and number, oldest first; never renumbers. Gives how many. */
  prune(limits: { readonly olderThan: number; readonly keepAtMost: number }): number;
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
  /** Set when events between the cursor and the first kept one were deleted. */
  readonly gap: { readonly from: number; readonly to: number } | null;
}
