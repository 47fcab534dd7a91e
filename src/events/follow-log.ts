import type { EventType, TidewatchEvent } from '../model/events.ts';
import { BoundedQueue } from '../runtime/bounded-queue.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { EventBusPort } from './event-bus.ts';
import type { EventReader } from './event-log.ts';
import { matchesQuery } from './log-entry.ts';

export interface FollowOptions {
  /** Cursor: only events with a greater sequence number; the end of the log unless given. */
  readonly after?: number;
  readonly types?: readonly EventType[];
  readonly workspaceId?: string;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** An event, or the sequence numbers that are gone for good. */
export type Followed =
  | { readonly kind: 'event'; readonly event: TidewatchEvent }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number };

/** Events read in one go while catching up: about a millisecond. */
const PAGE = 256;

/** Live events kept for a reader that is behind; beyond that it reads them from the log. */
const LIVE_KEPT = 256;

/**
 * Reads the log from a cursor and goes on live, without hole or duplicate. What comes live is taken only where it
 * continues the cursor; everything else is read from the log, so a slow reader costs no memory. Ends when the signal
 * aborts. Give it the bus's own `log`: that one also knows events that wait for a log that cannot be written.
 */
export async function* followLog(
  { log, bus }: { log: EventReader; bus: Pick<EventBusPort, 'on'> },
  { signal, after, clock = systemClock, ...filter }: FollowOptions,
): AsyncGenerator<Followed> {
  const live = new BoundedQueue<TidewatchEvent>(LIVE_KEPT);
  let wake = () => {};
  const off = bus.on(
    '*',
    (event) => {
      live.push(event);
      wake();
    },
    { name: 'log follower' },
  );
  const abort = () => wake();
  signal.addEventListener('abort', abort);
  let cursor = after ?? log.bounds().lastSeq;
  let isBehind = after !== undefined;
  try {
    while (!signal.aborted) {
      if (isBehind) {
        const page = log.read({ ...filter, after: cursor, limit: PAGE });
        isBehind = page.nextAfter !== cursor;
        cursor = page.nextAfter;
        if (page.gap !== null) yield { kind: 'gap', ...page.gap };
        for (const event of page.items) {
          if (signal.aborted) return;
          yield { kind: 'event', event };
        }
        await clock.yieldTurn();
        continue;
      }
      const event = live.shift();
      if (event === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (live.size > 0 || signal.aborted) resolve();
        });
      } else if (event.seq === cursor + 1) {
        cursor = event.seq;
        if (matchesQuery(event, filter)) yield { kind: 'event', event };
      } else {
        isBehind = event.seq > cursor;
      }
    }
  } finally {
    off();
    signal.removeEventListener('abort', abort);
  }
}
