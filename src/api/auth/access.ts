import type { IncomingHttpHeaders } from 'node:http';
import { EndWatch } from '../../access/end-watch.ts';
import type { Grant } from '../../access/grant.ts';
import type { LogoutStore } from '../../access/logout-store.ts';
import { TokenBook } from '../../access/token-book.ts';
import type { TokenStore } from '../../access/token-store.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { Attempts } from './attempts.ts';
import { Grants, type People } from './grants.ts';
import { createLoginCodes, type LoginCodes } from './login-codes.ts';
import { createSessions, type SessionBegin, sessionOf } from './sessions.ts';
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

/** Access by the admin token, by tokens of the store, or by a session that began with one of them or of a person. */
export function createAccess({ adminToken, tokens: store, logouts, ...parts }: AccessParts): Access {
  const { scopes, people = null, clock, logger } = parts;
  const ends = new EndWatch(clock);
  const tokens = new TokenBook({ store, clock, logger, onRevoked: (id) => ends.end(id) });
  const sessions = createSessions({ adminToken, logouts, clock, logger });
  const grants = new Grants({ adminToken, tokens, sessions, people, scopes, ends });

  return {
    tokens,
    codes: createLoginCodes(clock),
    attempts: new Attempts(clock),
    identifyToken: (secret) => grants.ofSecret(secret),
    identify(headers) {
      const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
      if (bearer !== undefined) return grants.ofSecret(bearer);
      const session = sessionOf(headers.cookie);
      return session === undefined ? null : grants.ofSession(session);
    },
    admin: grants.admin,
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
