import type { WorkspaceScope } from '../../access/grant.ts';
import type { WorkspaceId } from '../../model/workspace.ts';

export type { WorkspaceScope };

/** Which workspaces a client is told of. */
export interface WorkspaceFilter {
  /** Filters with one key accept the same. */
  readonly key: string;
  /** Those it asked for; `null`: all. */
  readonly ids: ReadonlySet<WorkspaceId> | null;
  /** `null`: no limit. */
  readonly scope: WorkspaceScope | null;
  /** With `seq`, of the event with this number. */
  accepts(id: WorkspaceId, seq?: number): boolean;
}

const scopeNumbers = new WeakMap<WorkspaceScope, number>();
let scopes = 0;

/** `null`: all workspaces, without a limit. */
export function workspaceFilter(
  wanted: readonly WorkspaceId[] | null,
  scope: WorkspaceScope | null,
): WorkspaceFilter | null {
  if (wanted === null && scope === null) return null;
  const ids = wanted && new Set(wanted);
  return {
    key: JSON.stringify([ids && [...ids].sort(), scope && numberOf(scope)]),
    ids,
    scope,
    accepts: (id, seq) => (ids === null || ids.has(id)) && (scope === null || scope(id, seq)),
  };
}

function numberOf(scope: WorkspaceScope): number {
  const known = scopeNumbers.get(scope);
  if (known !== undefined) return known;
  scopes += 1;
  scopeNumbers.set(scope, scopes);
  return scopes;
}
