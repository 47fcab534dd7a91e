import type { EventGap, TidewatchClient } from '../client/client.ts';
import type { EventType, TidewatchEvent } from '../model/events.ts';
import { fromIso } from '../runtime/iso.ts';

/** Which events. */
export interface EventQuery {
  readonly types?: readonly EventType[];
  readonly workspace?: string;
}

/** Sequence numbers the log holds. */
export interface LogBounds {
  readonly firstSeq: number;
  readonly lastSeq: number;
}

export interface FoundEvents {
  readonly items: readonly TidewatchEvent[];
  /** Where to go on. */
  readonly nextAfter: number;
}

type EventReader = Pick<TidewatchClient, 'events'>;

/** Most the API gives at once. */
const PAGE = 1000;

/** Reads on from a cursor to the end or the limit. Gives the cursor it came to. */
export async function readAfter(
  client: EventReader,
  { after, limit, ...query }: EventQuery & { after: number; limit: number },
  sink: { print(event: TidewatchEvent): void; onGap?(gap: EventGap): void },
): Promise<number> {
  let cursor = after;
  let left = limit;
  while (left > 0) {
    const page = await client.events({ ...query, after: cursor, limit: Math.min(left, PAGE) });
    if (page.gap !== null) sink.onGap?.(page.gap);
    for (const event of page.items) sink.print(event);
    left -= page.items.length;
    // The cursor of a filtered page moves even where nothing fits; where it rests, the log ends.
    if (page.nextAfter <= cursor) return page.nextAfter;
    cursor = page.nextAfter;
  }
  return cursor;
}

/** The newest `count` events that fit, oldest first. */
export async function readNewest(
  client: EventReader,
  { count, ...query }: EventQuery & { count: number },
  bounds: LogBounds,
): Promise<FoundEvents> {
  const isEnough = (items: readonly TidewatchEvent[]) => items.length >= count;
  const { items, nextAfter } = await readBackwards(client, query, { bounds, first: count, isEnough });
  return { items: items.slice(-count), nextAfter };
}

/** Events that happened at or after an instant, at most the newest `count`, oldest first. */
export async function readSince(
  client: EventReader,
  { since, count, ...query }: EventQuery & { since: number; count: number },
  bounds: LogBounds,
): Promise<FoundEvents> {
  const isBefore = ({ timestamp }: TidewatchEvent) => (fromIso(timestamp) ?? 0) < since;
  const isEnough = ([oldest]: readonly TidewatchEvent[]) => oldest !== undefined && isBefore(oldest);
  const found = await readBackwards(client, query, { bounds, first: PAGE, isEnough });
  const items = found.items.filter((event) => !isBefore(event));
  return { items: items.slice(-Math.min(count, items.length || 1)), nextAfter: found.nextAfter };
}

interface Looking {
  readonly bounds: LogBounds;
  /** How many events from the end are looked at first. */
  readonly first: number;
  isEnough(items: readonly TidewatchEvent[]): boolean;
}

/** The API reads forward only: looks at the end of the log, and at four times as much of it until it is enough. */
async function readBackwards(
  client: EventReader,
  query: EventQuery,
  { bounds: { firstSeq, lastSeq }, first, isEnough }: Looking,
): Promise<FoundEvents> {
  const beginning = Math.max(0, firstSeq - 1);
  for (let span = first; ; span *= 4) {
    const items: TidewatchEvent[] = [];
    const after = Math.max(beginning, lastSeq - span);
    const sink = { print: (event: TidewatchEvent) => void items.push(event) };
    const nextAfter = await readAfter(client, { ...query, after, limit: Infinity }, sink);
    if (after === beginning || isEnough(items)) return { items, nextAfter };
  }
}
