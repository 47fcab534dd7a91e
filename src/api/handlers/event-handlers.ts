import { TidewatchError } from '../../model/errors.ts';
import { EVENT_TYPES, type EventType, isEventType } from '../../model/events.ts';
import { normalizeWorkspaceId } from '../../model/workspace-id.ts';
import { PAGE_DEFAULT } from '../contract/input-schemas.ts';
import type { RouteOutput } from '../contract/routes.ts';
import type { EventsPort, TrackerPort } from '../ports.ts';
import type { Handlers } from '../register-routes.ts';
import { noSuchWorkspace } from './workspace-handlers.ts';

interface EventListQuery {
  readonly after?: number;
  readonly types?: string;
  readonly workspace?: string;
  readonly limit?: number;
}

/** Routes that read the event log. */
export function eventHandlers(
  events: EventsPort,
  tracker: TrackerPort,
): Pick<Handlers, 'listEvents' | 'listWorkspaceEvents'> {
  return {
    listEvents: ({ query }) => readEvents(events, query),
    listWorkspaceEvents: ({ params, query }) => {
      const id = normalizeWorkspaceId(params.id);
      if (!isKnownWorkspace(id, { tracker, log: events.log })) throw noSuchWorkspace(id);
      return readEvents(events, { ...query, workspace: id });
    },
  };
}

/** There is one with this id, or there was, as the log remembers. */
export function isKnownWorkspace(
  workspaceId: string,
  { tracker, log }: { readonly tracker: TrackerPort; readonly log: EventsPort['log'] },
): boolean {
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

function readEvents(events: EventsPort, query: EventListQuery): RouteOutput<'listEvents'> {
  const { after = 0, limit = PAGE_DEFAULT, workspace } = query;
  const types = readTypes(query.types);
  const page = events.log.read({
    after,
    limit,
    ...(types && { types }),
    ...(workspace !== undefined && { workspaceId: normalizeWorkspaceId(workspace) }),
  });
  return { items: [...page.items], nextAfter: page.nextAfter, gap: page.gap && { ...page.gap } };
}
