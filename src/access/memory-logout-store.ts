import type { LogoutStore } from './logout-store.ts';

/** Log-outs that are forgotten with the process. */
export function memoryLogoutStore(): LogoutStore {
  const ends = new Map<string, number>();
  return {
    list: () => [...ends].map(([sessionId, endsAt]) => ({ sessionId, endsAt })),
    put({ sessionId, endsAt }, now) {
      for (const [old, until] of ends) if (until <= now) ends.delete(old);
      ends.set(sessionId, endsAt);
    },
  };
}
