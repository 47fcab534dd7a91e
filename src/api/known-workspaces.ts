import type { Grant } from '../access/grant.ts';
import { TidewatchError } from '../model/errors.ts';
import type { WorkspaceState } from '../model/workspace.ts';
import { isWorkspaceId, normalizeWorkspaceId } from '../model/workspace-id.ts';
import { limitFilter } from './auth/workspace-scopes.ts';
import type { TrackerPort } from './ports.ts';

/**
 * The id that a text means. Throws `workspace_not_found` for an id no workspace can have, which reaches no registry, and
 * for what the grant's holder may not know of: in the same words whether it is there or not.
 */
export function knownId(grant: Grant, text: string): string {
  const id = normalizeWorkspaceId(text);
  if (!isWorkspaceId(id) || (grant.scope !== null && !grant.scope(id))) throw noSuchWorkspace(text);
  return id;
}

/** All workspaces the grant's holder may know of. */
export function knownStates(
  { limit }: Grant,
  tracker: Pick<TrackerPort, 'getAllWorkspaceStates'>,
): readonly WorkspaceState[] {
  const states = [...tracker.getAllWorkspaceStates().values()];
  return limit === null ? states : states.filter(limitFilter(limit));
}

/**
 * Throws `not_ready` where it is not known yet which events a limited token may see: a reader would pass over its own.
 */
export function requireScope({ scope }: Grant, tracker: Pick<TrackerPort, 'getStats'>): void {
  if (scope === null || tracker.getStats().synced) return;
  throw new TidewatchError(
    'not_ready',
    'the first sync is not done yet, so it is not known which workspaces this token may see; try again in a moment',
  );
}

export function noSuchWorkspace(id: string): TidewatchError {
  return new TidewatchError('workspace_not_found', `there is no workspace ${JSON.stringify(id.slice(0, 128))}`);
}
