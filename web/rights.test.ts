import { describe, expect, it } from 'vitest';
import type { RouteSpec } from '../src/api/contract/route-spec.ts';
import { ROUTES } from '../src/api/contract/routes.ts';
import type { Me } from '../src/client/client.ts';
import { type ChangeName, missingRole, NEEDED_ROLE } from './rights.ts';

function holder(role: Me['role']): Me {
  return { name: 'n', role, limit: null, expiresAt: null };
}

describe('what the page offers', () => {
  it.each(Object.keys(NEEDED_ROLE) as ChangeName[])('%s to whom the contract lets', (change) => {
    const spec: RouteSpec = ROUTES[change];
    expect(NEEDED_ROLE[change]).toBe(spec.access);
    // Who has a limited token would need another rule.
    expect(spec.unlimited).not.toBe(true);
  });

  it('is what the role reaches', () => {
    expect(missingRole(holder('viewer'), 'syncAll')).toBe('operator');
    expect(missingRole(holder('operator'), 'syncAll')).toBeNull();
    expect(missingRole(holder('admin'), 'updateWorkspace')).toBeNull();
  });
});
