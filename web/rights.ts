import { type Role, reaches } from '../src/access/role.ts';
import type { Me } from '../src/client/client.ts';

/** What buttons do, by the route of the contract that does it, with the role it needs: the contract itself is too large for a page. */
export const NEEDED_ROLE = { syncAll: 'operator', updateWorkspace: 'operator' } as const satisfies Record<string, Role>;
export type ChangeName = keyof typeof NEEDED_ROLE;

/** The role that is needed and that `me` does not have; `null`: it may. Before it is known who it is, nobody is refused. */
export function missingRole(me: Me | null, change: ChangeName): Role | null {
  const needed = NEEDED_ROLE[change];
  return me === null || reaches(me.role, needed) ? null : needed;
}
