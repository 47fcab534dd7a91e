import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { EndWatch } from '../../access/end-watch.ts';
import type { Grant } from '../../access/grant.ts';
import { ADMIN_NAME, secretHash, TokenBook } from '../../access/token-book.ts';
import type { TokenRecord, TokenStore } from '../../access/token-store.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { Attempts } from './attempts.ts';
import { createLoginCodes, type LoginCodes } from './login-codes.ts';
import { createSessions, type Session, sessionOf } from './sessions.ts';
import type { WorkspaceScopes } from './workspace-scopes.ts';

/** Who may come in, and what they may do then. */
export interface Access {
  readonly tokens: TokenBook;
  readonly codes: LoginCodes;
  readonly attempts: Attempts;
  /** What a request's token or session allows; `null` when it has none that works. */
  identify(headers: IncomingHttpHeaders): Grant | null;
  /** What a token allows. */
  identifyToken(token: string): Grant | null;
  /** What the admin token allows, for who comes by a log-in link. */
  readonly admin: Grant;
  /** Begins a session with what a grant allows; gives the value of the cookie. It ends with the grant's token. */
  logIn(grant: Grant): string;
  /** Ends a session, and the streams that were opened with it. */
  logOut(cookie: string): void;
  close(): void;
}

export interface AccessParts {
  readonly adminToken: string;
  readonly tokens: TokenStore;
  readonly scopes: WorkspaceScopes;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Id of the admin token: no token of the book has one like it. */
const ADMIN_ID = 'admin';

type TokenRights = Pick<TokenRecord, 'id' | 'name' | 'role' | 'limit' | 'expiresAt'>;

const ADMIN: TokenRights = { id: ADMIN_ID, name: ADMIN_NAME, role: 'admin', limit: null, expiresAt: null };

/** Access by the admin token, by tokens of the store, or by a session that began with one of them. */
export function createAccess({ adminToken, tokens: store, scopes, clock, logger }: AccessParts): Access {
  const isAdminHash = hashCheck(secretHash(adminToken));
  const ends = new EndWatch(clock);
  const tokens = new TokenBook({ store, clock, logger, onRevoked: (id) => ends.end(id) });
  const sessions = createSessions(adminToken, clock);

  function rightsOf(secret: string): TokenRights | undefined {
    const hash = secretHash(secret);
    return isAdminHash(hash) ? ADMIN : tokens.find(hash);
  }

  /** It may have ended since the request began. */
  function works(id: string, session: Session | null): boolean {
    const isOpen = session === null || sessions.read(session.cookie) !== undefined;
    return isOpen && (id === ADMIN_ID || tokens.use(id) !== undefined);
  }

  function grantOf(rights: TokenRights, session: Session | null): Grant {
    const { id, name, role, limit, expiresAt } = rights;
    const keys = [id, ...(session === null ? [] : [session.cookie])];
    const instants = [expiresAt, session?.endsAt ?? null].filter((at) => at !== null);
    const endsAt = instants.length === 0 ? null : Math.min(...instants);
    const onEnd = (callback: () => void) => {
      if (works(id, session)) return ends.wait({ keys, endsAt, callback });
      callback();
      return () => {};
    };
    return { ...{ id, name, role, limit }, scope: limit && scopes.of(limit), onEnd };
  }

  /** One for each record, which is another one after each change. Whether it still works is asked each time. */
  const grants = new WeakMap<TokenRights, Grant>();

  function identifyToken(secret: string): Grant | null {
    const rights = rightsOf(secret);
    if (rights === undefined) return null;
    const grant = grants.get(rights) ?? grantOf(rights, null);
    grants.set(rights, grant);
    return grant;
  }

  function identifySession(cookie: string): Grant | null {
    const session = sessions.read(cookie);
    if (session === undefined) return null;
    const rights = session.tokenId === ADMIN_ID ? ADMIN : tokens.use(session.tokenId);
    return rights === undefined ? null : grantOf(rights, session);
  }

  return {
    tokens,
    codes: createLoginCodes(clock),
    attempts: new Attempts(clock),
    identifyToken,
    identify(headers) {
      const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
      if (bearer !== undefined) return identifyToken(bearer);
      const session = sessionOf(headers.cookie);
      return session === undefined ? null : identifySession(session);
    },
    admin: grantOf(ADMIN, null),
    logIn: ({ id }) => sessions.create(id),
    logOut(cookie) {
      sessions.revoke(cookie);
      ends.end(cookie);
    },
    close() {
      ends.close();
      scopes.close();
    },
  };
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
