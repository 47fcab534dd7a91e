import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { EndWatch } from '../../access/end-watch.ts';
import type { Grant } from '../../access/grant.ts';
import type { LogoutStore } from '../../access/logout-store.ts';
import { ADMIN_NAME, secretHash, TokenBook } from '../../access/token-book.ts';
import type { TokenRecord, TokenStore } from '../../access/token-store.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { Attempts } from './attempts.ts';
import { createLoginCodes, type LoginCodes } from './login-codes.ts';
import { createSessions, type Session, type SessionBegin, sessionOf } from './sessions.ts';
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
  /** Begins a session of a token, which ends with it, or of a person; gives the value of the cookie. */
  logIn(begin: SessionBegin): string;
  /** Ends a session, and the streams that were opened with it. */
  logOut(cookie: string): void;
  close(): void;
}

export interface AccessParts {
  readonly adminToken: string;
  readonly tokens: TokenStore;
  readonly logouts: LogoutStore;
  readonly scopes: WorkspaceScopes;
  /** Who logs in without a token; nobody unless given. */
  readonly people?: People | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** People whom another system knows. */
export interface People {
  /** What a session of a person allows now; `undefined`: nothing any more. */
  rightsOf(person: string): Pick<Grant, 'name' | 'role' | 'limit'> | undefined;
}

/** Id of the admin token: no token of the book has one like it. */
const ADMIN_ID = 'admin';

type Rights = Pick<TokenRecord, 'id' | 'name' | 'role' | 'limit' | 'expiresAt'>;

const ADMIN: Rights = { id: ADMIN_ID, name: ADMIN_NAME, role: 'admin', limit: null, expiresAt: null };

/** Access by the admin token, by tokens of the store, or by a session that began with one of them or of a person. */
export function createAccess({ adminToken, tokens: store, logouts, ...parts }: AccessParts): Access {
  const { scopes, people, clock, logger } = parts;
  const ends = new EndWatch(clock);
  const tokens = new TokenBook({ store, clock, logger, onRevoked: (id) => ends.end(id) });
  const sessions = createSessions({ adminToken, logouts, clock, logger });
  const rightsOf = createRights({ adminToken, tokens, people });

  /** It may have ended since the request began. */
  function works(id: string, session: Session | null): boolean {
    if (session === null) return id === ADMIN_ID || tokens.use(id) !== undefined;
    return sessions.read(session.cookie) !== undefined && rightsOf.session(session) !== undefined;
  }

  function grantOf(rights: Rights, session: Session | null): Grant {
    const { id, name, role, limit, expiresAt } = rights;
    const keys = [id, ...(session === null ? [] : [session.cookie])];
    const instants = [expiresAt, session?.endsAt ?? null].filter((at) => at !== null);
    const endsAt = instants.length === 0 ? null : Math.min(...instants);
    const onEnd = (callback: () => void) => {
      if (works(id, session)) return ends.wait({ keys, endsAt, callback });
      callback();
      return () => {};
    };
    return { ...{ id, name, role, limit, endsAt }, scope: limit && scopes.of(limit), onEnd };
  }

  /** One for each record, which is another one after each change. Whether it still works is asked each time. */
  const grants = new WeakMap<Rights, Grant>();

  function identifyToken(secret: string): Grant | null {
    const rights = rightsOf.secret(secret);
    if (rights === undefined) return null;
    const grant = grants.get(rights) ?? grantOf(rights, null);
    grants.set(rights, grant);
    return grant;
  }

  function identifySession(cookie: string): Grant | null {
    const session = sessions.read(cookie);
    const rights = session && rightsOf.session(session);
    return session === undefined || rights === undefined ? null : grantOf(rights, session);
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
    logIn: (begin) => sessions.create(begin),
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

interface RightsParts {
  readonly adminToken: string;
  readonly tokens: TokenBook;
  readonly people: People | null | undefined;
}

/** What a secret and a session allow now; `undefined`: nothing. */
function createRights({ adminToken, tokens, people }: RightsParts) {
  const expected = Buffer.from(secretHash(adminToken));
  return {
    secret(secret: string): Rights | undefined {
      const hash = secretHash(secret);
      // Hashes are of one length, so the comparison's time tells neither the token nor how long it is.
      return timingSafeEqual(Buffer.from(hash), expected) ? ADMIN : tokens.find(hash);
    },
    session({ tokenId, person }: Session): Rights | undefined {
      if (person === null) return tokenId === ADMIN_ID ? ADMIN : tokens.use(tokenId);
      const rights = people?.rightsOf(person);
      return rights && { ...rights, id: tokenId, expiresAt: null };
    },
  };
}
