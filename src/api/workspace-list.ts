import type { WorkspaceState } from '../model/workspace.ts';
import type { WorkspacePage } from './contract/entity-schemas.ts';
import { PAGE_DEFAULT, type SortField, type WorkspaceListQuery } from './contract/input-schemas.ts';
import { decodeCursor, encodeCursor, type PageCursor } from './page-cursor.ts';
import { oneSpelling, tagFilter } from './tag-filter.ts';
import { workspaceJson } from './workspace-json.ts';

/** One page of the workspaces that match. Throws `bad_request` on a cursor that is none. */
export function listWorkspaces(states: Iterable<WorkspaceState>, query: WorkspaceListQuery): WorkspacePage {
  const { sort = 'name', limit = PAGE_DEFAULT } = query;
  const place = query.cursor === undefined ? undefined : decodeCursor(query.cursor, sort);
  const matching = filterWorkspaces(states, query).map((state) => ({ state, place: placeOf(state, sort) }));
  matching.sort((a, b) => comparePlaces(a.place, b.place));
  const rest = place === undefined ? matching : matching.filter((one) => comparePlaces(one.place, place) > 0);
  const page = rest.slice(0, limit);
  const last = rest.length > limit ? page.at(-1) : undefined;
  return {
    items: page.map(({ state }) => workspaceJson(state)),
    total: matching.length,
    nextCursor: last === undefined ? null : encodeCursor(last.place),
  };
}

function filterWorkspaces(states: Iterable<WorkspaceState>, query: WorkspaceListQuery): WorkspaceState[] {
  const { status = [] } = query;
  const words = oneSpelling(query.q?.toLowerCase() ?? '');
  const isTagged = tagFilter(query);
  return [...states].filter(
    (state) =>
      (status.length === 0 || status.includes(state.status)) &&
      isTagged(state) &&
      (words === '' || searchedTexts(state).some((text) => oneSpelling(text.toLowerCase()).includes(words))),
  );
}

function searchedTexts({ workspaceId, name, owner, containers }: WorkspaceState): string[] {
  return [workspaceId, name, owner ?? '', ...containers.flatMap((container) => [container.name, container.image])];
}

const SORT_KEYS: Readonly<Record<SortField, (state: WorkspaceState) => string>> = {
  name: ({ name }) => name.toLowerCase(),
  id: ({ workspaceId }) => workspaceId,
  owner: ({ owner }) => owner?.toLowerCase() ?? '',
  status: ({ status }) => status,
  phase: ({ phase }) => phase,
  since: ({ since }) => since,
  lastUpdated: ({ lastUpdated }) => lastUpdated,
};

function placeOf(state: WorkspaceState, sort: string): PageCursor {
  const field = (sort.startsWith('-') ? sort.slice(1) : sort) as SortField;
  return { sort, key: SORT_KEYS[field](state), id: state.workspaceId };
}

/** By code unit, the same on every machine; the id decides between equals, so that no two places are the same. */
function comparePlaces(a: PageCursor, b: PageCursor): number {
  const order = compare(a.key, b.key) || compare(a.id, b.id);
  return a.sort.startsWith('-') ? -order : order;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
