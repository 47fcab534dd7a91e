import type { TokenRecord, TokenStore } from './token-store.ts';

/** Tokens that end with the process. */
export function memoryTokenStore(): TokenStore {
  const tokens = new Map<string, TokenRecord>();
  return {
    list: () => [...tokens.values()].sort((a, b) => a.createdAt - b.createdAt),
    put: (token) => void tokens.set(token.id, token),
  };
}
