import type { Grant } from '../../access/grant.ts';
import type { EventQuery } from '../../events/event-log.ts';
import { TidewatchError } from '../../model/errors.ts';
import { EVENT_TYPES, type EventType, isEventType } from '../../model/events.ts';
import { normalizeWorkspaceId } from '../../model/workspace-id.ts';
import type { Clock } from '../../runtime/clock.ts';
import { PAGE_DEFAULT } from '../contract/input-schemas.ts';
import type { RouteOutput } from '../contract/routes.ts';
import { readKnownEvents } from '../known-events.ts';
import { knownId, noSuchWorkspace, requireScope } from '../known-workspaces.ts';
import type { EventsPort, TrackerPort } from '../ports.ts';
import type { Handlers } from '../register-routes.ts';

interface EventListQuery {
  readonly after?: number;
  readonly types?: string;
  readonly workspace?: string;
  readonly limit?: number;
}

export interface EventParts {
  readonly events: EventsPort;
  readonly tracker: TrackerPort;
  readonly clock: Clock;
}

/** Routes that read the event log. */
export function eventHandlers(parts: EventParts): Pick<Handlers, 'listEvents' | 'listWorkspaceEvents'> {
  const { events, tracker } = parts;
  return {
    listEvents: ({ query, grant }) => readEvents(parts, query, grant),
    listWorkspaceEvents: ({ params, query, grant }) => {
      requireScope(grant, tracker);
      const id = grant.scope === null ? normalizeWorkspaceId(params.id) : knownId(grant, params.id);
      if (!isKnownWorkspace(id, { tracker, log: events.log, grant })) throw noSuchWorkspace(id);
      return readEvents(parts, { ...query, workspace: id }, grant);
    },
  };
}

interface Knowledge {
  readonly tracker: TrackerPort;
  readonly log: EventsPort['log'];
  readonly grant: Grant;
}

/** There is one with this id, or there was, as the log remembers; a limited token hears only of its own. */
export function isKnownWorkspace(workspaceId: string, { tracker, log, grant }: Knowledge): boolean {
  if (grant.scope !== null) return grant.scope(workspaceId);
  if (tracker.getWorkspaceState(workspaceId) !== undefined) return true;
  return log.read({ after: 0, limit: 1, workspaceId }).items.length > 0;
}

/** `status_changed,error` → the types; `null` for all. Throws `bad_request` on a type that is none. */
export function readTypes(types: string | undefined): EventType[] | null {
  if (types === undefined || types === '' || types === '*') return null;
  return types.split(',').map((type) => {
    if (isEventType(type)) return type;
    throw new TidewatchError(
      'bad_request',
      `query parameter types: ${JSON.stringify(type.slice(0, 50))} is no event type; types are ${EVENT_TYPES.join(', ')}`,
    );
  });
}

async function readEvents(
  { events, tracker, clock }: EventParts,
  query: EventListQuery,
  grant: Grant,
): Promise<RouteOutput<'listEvents'>> {
  requireScope(grant, tracker);
  const { after = 0, limit = PAGE_DEFAULT, workspace } = query;
  const types = readTypes(query.types);
  const wanted: EventQuery = {
    after,
    limit,
    ...(types && { types }),
    ...(workspace !== undefined && { workspaceId: normalizeWorkspaceId(workspace) }),
  };
  const page =
    grant.scope === null
      ? events.log.read(wanted)
      : await readKnownEvents({ log: events.log, clock }, wanted, grant.scope);
  return { items: [...page.items], nextAfter: page.nextAfter, gap: page.gap && { ...page.gap } };
}
