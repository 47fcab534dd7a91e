import type { WorkspaceState } from '../model/workspace.ts';
import { PAGE_DEFAULT, type Sort, type SortField, type WorkspaceListQuery } from './contract/input-schemas.ts';
import { decodeCursor, encodeCursor, type PageCursor } from './page-cursor.ts';
import { oneSpelling, tagFilter } from './tag-filter.ts';

/** One page of the workspaces that match. */
export interface StatePage {
  readonly states: readonly WorkspaceState[];
  /** How many match, on all pages. */
  readonly total: number;
  readonly nextCursor: string | null;
}

/** The page that is asked for. Throws `bad_request` on a cursor that is none. */
export function pageOf(states: readonly WorkspaceState[], query: WorkspaceListQuery): StatePage {
  const { sort = 'name', limit = PAGE_DEFAULT } = query;
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, sort);
  const { keyOf, isDescending } = orderOf(sort);
  const places = filterWorkspaces(states, query).map((state) => ({ key: keyOf(state), id: state.workspaceId, state }));
  const comparePlaces = isDescending ? (a: Place, b: Place) => compare(b, a) : compare;
  places.sort(comparePlaces);
  const rest = after === undefined ? places : places.filter((place) => comparePlaces(place, after) > 0);
  const page = rest.slice(0, limit);
  const last = rest.length > limit ? page.at(-1) : undefined;
  return {
    states: page.map(({ state }) => state),
    total: places.length,
    nextCursor: last === undefined ? null : encodeCursor({ sort, key: last.key, id: last.id }),
  };
}

function filterWorkspaces(states: readonly WorkspaceState[], query: WorkspaceListQuery): readonly WorkspaceState[] {
  const { status = [] } = query;
  const words = oneSpelling(query.q?.toLowerCase() ?? '');
  const isTagged = tagFilter(query);
  return states.filter(
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

type Place = Pick<PageCursor, 'key' | 'id'>;

function orderOf(sort: Sort): { keyOf: (state: WorkspaceState) => string; isDescending: boolean } {
  const isDescending = sort.startsWith('-');
  return { keyOf: SORT_KEYS[(isDescending ? sort.slice(1) : sort) as SortField], isDescending };
}

/** By code unit, the same on every machine; the id decides between equals, so that no two places are the same. */
function compare(a: Place, b: Place): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
