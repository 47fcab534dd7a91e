import { describe, expect, test } from 'vitest';
import type { TokenRecord, TokenStore } from './token-store.ts';

/** A token, with what a test wants to be different. */
export function tokenRecord(fields: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id: 'one',
    name: 'grafana',
    role: 'viewer',
    limit: null,
    secretHash: 'a'.repeat(64),
    createdAt: 1_000,
    createdBy: 'admin',
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    ...fields,
  };
}

/** What every store of tokens does. `reopen` gives the same store as after a restart, where there is such a thing. */
export function describeTokenStore(name: string, open: () => { store: TokenStore; reopen?: () => TokenStore }): void {
  describe(name, () => {
    test('begins empty', () => {
      expect(open().store.list()).toEqual([]);
    });

    test('gives back what was put, the oldest first, and keeps it', () => {
      const { store, reopen } = open();
      const limited = tokenRecord({
        id: 'two',
        name: 'team a “ü” \u0000',
        role: 'operator',
        limit: { owners: ['ann', 'bob'], labels: ['team=a', 'x'] },
        createdAt: 500,
        expiresAt: 9_000,
        lastUsedAt: 700,
      });
      store.put(tokenRecord());
      store.put(limited);
      expect(store.list()).toEqual([limited, tokenRecord()]);
      expect((reopen ?? (() => store))().list()).toEqual([limited, tokenRecord()]);
    });

    test('a token with the same id replaces the one before', () => {
      const { store } = open();
      store.put(tokenRecord());
      store.put(tokenRecord({ revokedAt: 5 }));
      expect(store.list()).toEqual([tokenRecord({ revokedAt: 5 })]);
    });
  });
}
