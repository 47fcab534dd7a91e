import type { WorkspaceScope } from '../access/grant.ts';
import type { EventPage, EventQuery } from '../events/event-log.ts';
import type { TidewatchEvent } from '../model/events.ts';
import type { Clock } from '../runtime/clock.ts';
import { acceptsEvent, eventFilter } from './live/event-filter.ts';
import { workspaceFilter } from './live/workspace-filter.ts';
import type { EventsPort } from './ports.ts';

/** Events looked at in one turn of the event loop. */
const BATCH = 500;

/**
 * A page of those events that a limited token may know of. Its cursor is that of the last one given, and stays where it was
 * when there is none: events of others move nothing.
 */
export async function readKnownEvents(
  { log, clock }: { readonly log: EventsPort['log']; readonly clock: Pick<Clock, 'yieldTurn'> },
  query: EventQuery,
  scope: WorkspaceScope,
): Promise<EventPage> {
  const { after, limit, workspaceId } = query;
  const { lastSeq } = log.bounds();
  // The cursor is of another log: where this one ends is not told, it is begun anew.
  if (after > lastSeq) return { items: [], nextAfter: 0, gap: after === 0 ? null : { from: 1, to: after } };
  const filter = eventFilter(null, workspaceFilter(workspaceId === undefined ? null : [workspaceId], scope));
  const items: TidewatchEvent[] = [];
  let gap: EventPage['gap'] = null;
  for (let cursor = after; cursor < lastSeq && items.length < limit; ) {
    const page = log.read({ ...query, after: cursor, limit: BATCH });
    if (cursor === after) gap = page.gap;
    items.push(...page.items.filter((event) => acceptsEvent(filter, event)));
    if (page.nextAfter <= cursor) break;
    cursor = page.nextAfter;
    await clock.yieldTurn();
  }
  const given = items.slice(0, limit);
  return { items: given, nextAfter: given.at(-1)?.seq ?? after, gap };
}
