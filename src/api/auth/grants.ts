import { timingSafeEqual } from 'node:crypto';
import type { EndWatch } from '../../access/end-watch.ts';
import type { Grant } from '../../access/grant.ts';
import { ADMIN_NAME, secretHash, type TokenBook } from '../../access/token-book.ts';
import type { TokenRecord } from '../../access/token-store.ts';
import type { Session, Sessions } from './sessions.ts';
import type { WorkspaceScopes } from './workspace-scopes.ts';

/** People whom another system knows. */
export interface People {
  /** What a session of a person allows now; `undefined`: nothing any more. */
  rightsOf(person: string): Pick<Grant, 'name' | 'role' | 'limit'> | undefined;
}

export interface GrantsParts {
  readonly adminToken: string;
  readonly tokens: TokenBook;
  readonly sessions: Sessions;
  readonly people: People | null;
  readonly scopes: WorkspaceScopes;
  readonly ends: EndWatch;
}

/** Id of the admin token: no token of the book has one like it. */
const ADMIN_ID = 'admin';

type Rights = Pick<TokenRecord, 'id' | 'name' | 'role' | 'limit' | 'expiresAt'>;

const ADMIN: Rights = { id: ADMIN_ID, name: ADMIN_NAME, role: 'admin', limit: null, expiresAt: null };

/** What tokens and sessions allow as long as they work. */
export class Grants {
  /** What the admin token allows. */
  readonly admin: Grant;
  readonly #parts: GrantsParts;
  readonly #isAdminHash: (hash: string) => boolean;
  /** One for each record, which is another one after each change. Whether it still works is asked each time. */
  readonly #ofTokens = new WeakMap<Rights, Grant>();

  constructor(parts: GrantsParts) {
    this.#parts = parts;
    this.#isAdminHash = hashCheck(secretHash(parts.adminToken));
    this.admin = this.#grantOf(ADMIN, null);
  }

  /** What the token with this secret allows; `null`: there is none that works. */
  ofSecret(secret: string): Grant | null {
    const hash = secretHash(secret);
    const rights = this.#isAdminHash(hash) ? ADMIN : this.#parts.tokens.find(hash);
    if (rights === undefined) return null;
    const grant = this.#ofTokens.get(rights) ?? this.#grantOf(rights, null);
    this.#ofTokens.set(rights, grant);
    return grant;
  }

  /** What the session of this cookie allows; `null`: there is none that works. */
  ofSession(cookie: string): Grant | null {
    const session = this.#parts.sessions.read(cookie);
    const rights = session && this.#rightsOf(session);
    return session === undefined || rights === undefined ? null : this.#grantOf(rights, session);
  }

  #rightsOf({ tokenId, person }: Session): Rights | undefined {
    const { tokens, people } = this.#parts;
    if (person === null) return tokenId === ADMIN_ID ? ADMIN : tokens.use(tokenId);
    const rights = people?.rightsOf(person);
    return rights && { ...rights, id: tokenId, expiresAt: null };
  }

  /** It may have ended since the request began. */
  #works(id: string, session: Session | null): boolean {
    const { tokens, sessions } = this.#parts;
    if (session === null) return id === ADMIN_ID || tokens.use(id) !== undefined;
    return sessions.read(session.cookie) !== undefined && this.#rightsOf(session) !== undefined;
  }

  #grantOf({ id, name, role, limit, expiresAt }: Rights, session: Session | null): Grant {
    const { scopes, ends } = this.#parts;
    const keys = [id, ...(session === null ? [] : [session.cookie])];
    const instants = [expiresAt, session?.endsAt ?? null].filter((at) => at !== null);
    const endsAt = instants.length === 0 ? null : Math.min(...instants);
    const onEnd = (callback: () => void) => {
      if (this.#works(id, session)) return ends.wait({ keys, endsAt, callback });
      callback();
      return () => {};
    };
    return { id, name, role, limit, endsAt, scope: limit && scopes.of(limit), onEnd };
  }
}

/** Hashes are of one length, so the time it takes tells neither the secret nor how long that is. */
function hashCheck(expectedHash: string): (hash: string) => boolean {
  const expected = Buffer.from(expectedHash);
  const given = Buffer.alloc(expected.length);
  return (hash) => {
    given.write(hash, 'latin1');
    return timingSafeEqual(given, expected);
  };
}
