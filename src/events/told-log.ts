import type { TidewatchEvent } from '../model/events.ts';
import type { EventBounds, EventPage, EventQuery, EventReader } from './event-log.ts';
import { clampLimit, gapAt, matchesQuery } from './log-entry.ts';

/** Events told before they could be stored, oldest first, without a hole. */
export interface ToldEvents {
  readonly size: number;
  at(index: number): TidewatchEvent | undefined;
}

/**
 * The log as subscribers know it: what is stored, and behind it what was told while the log could not be written.
 * Without this, a reader who falls back to the log during an outage would stand still.
 */
export function toldLog(log: EventReader, told: ToldEvents): EventReader {
  function toldBounds(): EventBounds | undefined {
    const first = told.at(0);
    return first && { firstSeq: first.seq, lastSeq: first.seq + told.size - 1 };
  }

  function readTold(query: EventQuery, tail: EventBounds): EventPage {
    const gap = gapAt(query.after, tail);
    const limit = clampLimit(query.limit);
    const items: TidewatchEvent[] = [];
    for (let index = Math.max(0, query.after + 1 - tail.firstSeq); index < told.size; index += 1) {
      const event = told.at(index);
      if (event === undefined || !matchesQuery(event, query)) continue;
      items.push(event);
      if (items.length === limit) return { items, nextAfter: event.seq, gap };
    }
    return { items, nextAfter: tail.lastSeq, gap };
  }

  return {
    logId: log.logId,
    read(query) {
      const tail = toldBounds();
      const isStored = tail === undefined || query.after < log.bounds().lastSeq;
      return isStored ? log.read(query) : readTold(query, tail);
    },
    bounds() {
      const tail = toldBounds();
      const stored = log.bounds();
      if (tail === undefined) return stored;
      return { firstSeq: stored.firstSeq === 0 ? tail.firstSeq : stored.firstSeq, lastSeq: tail.lastSeq };
    },
  };
}
