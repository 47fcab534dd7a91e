import { describe, expect, test } from 'vitest';
import type { LogoutStore } from './logout-store.ts';

/** What every store of log-outs does. */
export function describeLogoutStore(name: string, open: () => LogoutStore): void {
  describe(name, () => {
    test('gives back what was put, each once', () => {
      const store = open();
      expect(store.list()).toEqual([]);
      store.put({ sessionId: 'b', endsAt: 2_000 }, 1_000);
      store.put({ sessionId: 'a', endsAt: 3_000 }, 1_000);
      store.put({ sessionId: 'b', endsAt: 2_000 }, 1_000);
      expect(new Set(store.list())).toEqual(
        new Set([
          { sessionId: 'a', endsAt: 3_000 },
          { sessionId: 'b', endsAt: 2_000 },
        ]),
      );
    });

    test('forgets sessions that have ended by themselves', () => {
      const store = open();
      store.put({ sessionId: 'a', endsAt: 2_000 }, 1_000);
      store.put({ sessionId: 'b', endsAt: 9_000 }, 2_000);
      expect(store.list()).toEqual([{ sessionId: 'b', endsAt: 9_000 }]);
    });
  });
}
