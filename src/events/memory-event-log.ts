import type { EventDraft, TidewatchEvent } from '../model/events.ts';
import { BoundedQueue } from '../runtime/bounded-queue.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { EventLog, EventPage, EventQuery } from './event-log.ts';
import { clampLimit, gapAt, matchesQuery, newLogId, placeEvent } from './log-entry.ts';

export interface MemoryEventLogOptions {
  /** Most events kept; the oldest make room (default 10,000: about 5 MB). */
  readonly capacity?: number;
  readonly clock?: Clock;
}

interface Stored {
  readonly event: TidewatchEvent;
  readonly storedAt: number;
}

/** An event log that ends with the process. */
export function memoryEventLog({ capacity = 10_000, clock = systemClock }: MemoryEventLogOptions = {}): EventLog {
  const logId = newLogId();
  const stored = new BoundedQueue<Stored>(capacity);
  let lastSeq = 0;

  function append(drafts: readonly EventDraft[], firstSeq = lastSeq + 1): readonly TidewatchEvent[] {
    const storedAt = clock.now();
    const start = Math.max(firstSeq, lastSeq + 1);
    const events = drafts.map((draft, index) => placeEvent(draft, logId, start + index));
    for (const event of events) stored.push({ event, storedAt });
    lastSeq = events.at(-1)?.seq ?? lastSeq;
    return events;
  }

  function bounds() {
    const firstSeq = stored.at(0)?.event.seq ?? (lastSeq === 0 ? 0 : lastSeq + 1);
    return { firstSeq, lastSeq };
  }

  /** Place of the first event after a cursor. */
  function indexAfter(after: number): number {
    let low = 0;
    let high = stored.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((stored.at(middle)?.event.seq ?? 0) <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function read(query: EventQuery): EventPage {
    const gap = gapAt(query.after, bounds());
    if (query.after > lastSeq) return { items: [], nextAfter: lastSeq, gap };
    const limit = clampLimit(query.limit);
    const items: TidewatchEvent[] = [];
    for (let index = indexAfter(query.after); index < stored.size; index += 1) {
      const event = stored.at(index)?.event;
      if (event === undefined || !matchesQuery(event, query)) continue;
      items.push(event);
      if (items.length === limit) return { items, nextAfter: event.seq, gap };
    }
    return { items, nextAfter: lastSeq, gap };
  }

  function prune({ olderThan, keepAtMost }: { olderThan: number; keepAtMost: number }): number {
    let pruned = 0;
    for (let oldest = stored.at(0); oldest; oldest = stored.at(0)) {
      if (oldest.storedAt >= olderThan && oldest.event.seq > lastSeq - Math.max(0, keepAtMost)) break;
      stored.shift();
      pruned += 1;
    }
    return pruned;
  }

  return { logId, append, read, bounds, prune };
}
