import { hash, randomBytes } from 'node:crypto';
import { TidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Logger, silentLogger } from '../runtime/logger.ts';
import type { TokenLimit } from './grant.ts';
import type { Role } from './role.ts';
import type { TokenRecord, TokenStore } from './token-store.ts';

/** Tokens begin so: scanners of source code recognise them by it. */
export const TOKEN_PREFIX = 'tw_';

/** 256 bits: guessing is out of the question. */
const SECRET_BYTES = 32;

/** A use is written down when the one before is so long ago: no write for each request. */
export const USE_STEP_MS = 10 * 60_000;

/** Tokens that work at one time: each is looked at when one is made. */
const TOKENS_MAX = 1_000;

/** What a token shall be. */
export interface TokenRequest {
  readonly name: string;
  readonly role: Role;
  readonly limit: TokenLimit | null;
  /** Epoch ms. */
  readonly expiresAt: number | null;
  /** Name of the token it is made with. */
  readonly createdBy: string;
}

export interface TokenBookParts {
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Told at once when a token is revoked. */
  readonly onRevoked: (id: string) => void;
}

/** The tokens that were given out. All are in memory: a look-up reads no store and takes as long for any text. */
export class TokenBook {
  readonly #parts: TokenBookParts;
  readonly #byId = new Map<string, TokenRecord>();
  readonly #idByHash = new Map<string, string>();

  constructor(parts: TokenBookParts) {
    this.#parts = parts;
    for (const token of parts.store.list()) if (token.revokedAt === null) this.#keep(token);
  }

  /** Those that were not revoked, expired ones too, the oldest first. */
  list(): readonly TokenRecord[] {
    return [...this.#byId.values()].sort((a, b) => a.createdAt - b.createdAt);
  }

  /** The token that works with the secret of this {@link secretHash}, and notes that it was used. */
  find(hashOfSecret: string): TokenRecord | undefined {
    const id = this.#idByHash.get(hashOfSecret);
    return id === undefined ? undefined : this.use(id);
  }

  /** The token with this id while it works; notes that it was used. */
  use(id: string): TokenRecord | undefined {
    const token = this.#byId.get(id);
    if (token === undefined || hasEnded(token, this.#parts.clock.now())) return undefined;
    this.#noteUse(token);
    return token;
  }

  /** Makes a token; its secret exists in the answer only. Throws `token_exists`, `bad_request` and `store_unwritable`. */
  create(request: TokenRequest): { readonly token: TokenRecord; readonly secret: string } {
    const { name, expiresAt } = request;
    const now = this.#parts.clock.now();
    if (expiresAt !== null && expiresAt <= now) throw new TidewatchError('bad_request', 'the token would have expired');
    if (name === ADMIN_NAME || this.list().some((token) => token.name === name)) {
      throw new TidewatchError('token_exists', `there is a token ${JSON.stringify(name)} already; revoke it first`);
    }
    if (this.#byId.size >= TOKENS_MAX) {
      throw new TidewatchError('bad_request', `there are ${TOKENS_MAX} tokens; revoke those that are not needed`);
    }
    const secret = `${TOKEN_PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
    const token: TokenRecord = {
      ...request,
      id: randomBytes(6).toString('hex'),
      secretHash: secretHash(secret),
      createdAt: now,
      lastUsedAt: null,
      revokedAt: null,
    };
    this.#parts.store.put(token);
    this.#keep(token);
    return { token, secret };
  }

  /**
   * Ends a token at once, whatever the store says. Throws `token_not_found`, and `store_unwritable`: then it works again
   * after a restart.
   */
  revoke(id: string): TokenRecord {
    const token = this.#byId.get(id);
    if (token === undefined) throw new TidewatchError('token_not_found', `there is no token ${JSON.stringify(id)}`);
    this.#byId.delete(id);
    this.#idByHash.delete(token.secretHash);
    this.#parts.onRevoked(id);
    const revoked = { ...token, revokedAt: this.#parts.clock.now() };
    this.#parts.store.put(revoked);
    return revoked;
  }

  #keep(token: TokenRecord): void {
    this.#byId.set(token.id, token);
    this.#idByHash.set(token.secretHash, token.id);
  }

  #noteUse(token: TokenRecord): void {
    const now = this.#parts.clock.now();
    if (token.lastUsedAt !== null && Math.abs(now - token.lastUsedAt) < USE_STEP_MS) return;
    const used = { ...token, lastUsedAt: now };
    this.#keep(used);
    try {
      this.#parts.store.put(used);
    } catch (error) {
      (this.#parts.logger ?? silentLogger).debug('the use of a token could not be written down', { error });
    }
  }
}

/** Name of the admin token, which is no token of the book. */
export const ADMIN_NAME = 'admin';

function hasEnded({ expiresAt }: TokenRecord, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}

/** What is kept of a secret instead of it: 64 hexadecimal digits. How long a look-up by it takes tells nothing of the secret. */
export function secretHash(secret: string): string {
  return hash('sha256', secret, 'hex');
}
