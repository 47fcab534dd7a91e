import type { EventType, TidewatchEvent } from '../model/events.ts';
import type { EventBusPort } from './event-bus.ts';
import type { EventLog } from './event-log.ts';

export interface FollowOptions {
  /** Cursor: only events with a greater sequence number; the end of the log unless given. */
  readonly after?: number;
  readonly types?: readonly EventType[];
  readonly workspaceId?: string;
  readonly signal: AbortSignal;
}

/** An event, or the sequence numbers that are gone for good. */
export type Followed =
  | { readonly kind: 'event'; readonly event: TidewatchEvent }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number };

/** Events read in one go while catching up. */
const PAGE = 256;

/**
 * Reads the log from a cursor and goes on live, without hole or duplicate: the log is the only source, the bus only says
 * that there is more. A slow reader costs no memory. Ends when the signal aborts.
 */
export async function* followLog(
  { log, bus }: { log: EventLog; bus: EventBusPort },
  options: FollowOptions,
): AsyncGenerator<Followed> {
  const { signal, after: from, ...filter } = options;
  let after = from ?? log.bounds().lastSeq;
  let wake = () => {};
  let hasMore = true;
  const more = () => {
    hasMore = true;
    wake();
  };
  const off = bus.on('*', more, { name: 'log follower', capacity: 1 });
  signal.addEventListener('abort', more, { once: true });
  try {
    while (!signal.aborted) {
      hasMore = false;
      const page = log.read({ ...filter, after, limit: PAGE });
      if (page.gap !== null) yield { kind: 'gap', ...page.gap };
      for (const event of page.items) {
        yield { kind: 'event', event };
        if (signal.aborted) return;
      }
      const isAtEnd = page.nextAfter === after || page.items.length < PAGE;
      after = page.nextAfter;
      if (!isAtEnd || hasMore) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (hasMore || signal.aborted) resolve();
      });
    }
  } finally {
    off();
    signal.removeEventListener('abort', more);
  }
}
