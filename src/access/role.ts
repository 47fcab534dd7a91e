/** What a token lets its holder do; each may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;

/** `viewer` reads, `operator` also changes workspaces, `admin` also deletes for good and gives out tokens. */
export type Role = (typeof ROLES)[number];

/** Whether who has a role may do what needs another. */
export function reaches(held: Role, needed: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(needed);
}

export function isRole(value: unknown): value is Role {
  return (ROLES as readonly unknown[]).includes(value);
}
