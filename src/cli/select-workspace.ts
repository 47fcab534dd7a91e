import { TidewatchError } from '../model/errors.ts';
import { normalizeWorkspaceId } from '../model/workspace-id.ts';
import { nearestName } from '../runtime/nearest-name.ts';
import type { Workspace } from './workspace.ts';

/** What is taken for WORKSPACE, for the help of commands. */
export const WORKSPACE_ARGUMENT = 'id, beginning of an id, name, or a container’s name or id';

/** More candidates than this do not help a person choose. */
const CANDIDATES_SHOWN = 5;

/** The start of a container's id as engines print it; a shorter one would fit by chance. */
const CONTAINER_ID_START = /^[0-9a-f]{12,64}$/;

/**
 * The workspace a person means: by id, by a name only one has, by the name or id of a container (also the short one), or
 * by the beginning of an id only one has. Throws `usage` when several fit, `workspace_not_found` with the nearest names
 * when none does.
 */
export function selectWorkspace(workspaces: readonly Workspace[], typed: string): Workspace {
  const wanted = normalizeWorkspaceId(typed);
  const exact = workspaces.find(({ id }) => id === wanted);
  if (exact) return exact;
  const fitting = fittingTo(workspaces, wanted);
  const [only, ...others] = fitting;
  if (only === undefined) throw notFound(workspaces, wanted);
  if (others.length === 0) return only;
  const shown = fitting.slice(0, CANDIDATES_SHOWN).map(({ id, name }) => `${id} (${name})`);
  const more = fitting.length > shown.length ? ` and ${fitting.length - shown.length} more` : '';
  throw new TidewatchError(
    'usage',
    `"${wanted}" fits ${fitting.length} workspaces: ${shown.join(', ')}${more}. Give the whole id.`,
  );
}

/** By the first of the ways by which any fits. */
function fittingTo(workspaces: readonly Workspace[], wanted: string): readonly Workspace[] {
  const named = workspaces.filter(({ name }) => normalizeWorkspaceId(name) === wanted);
  if (named.length > 0) return named;
  const isContainerId = CONTAINER_ID_START.test(wanted);
  const holding = workspaces.filter(({ containers }) =>
    containers.some(({ id, name }) => name === wanted || (isContainerId && id.startsWith(wanted))),
  );
  return holding.length > 0 ? holding : workspaces.filter(({ id }) => wanted !== '' && id.startsWith(wanted));
}

function notFound(workspaces: readonly Workspace[], wanted: string): TidewatchError {
  const names = [...new Set(workspaces.flatMap(({ id, name }) => [name, id]))];
  const near = nearestName(wanted, names);
  const containing = names.filter((name) => wanted.length > 1 && name.toLowerCase().includes(wanted.toLowerCase()));
  const guesses = [...new Set([...(near === undefined ? [] : [near]), ...containing])].slice(0, CANDIDATES_SHOWN);
  const advice =
    guesses.length > 0 ? `Did you mean ${guesses.join(', ')}?` : 'To see all workspaces, run: tidewatch ls';
  return new TidewatchError('workspace_not_found', `There is no workspace "${wanted}". ${advice}`);
}
