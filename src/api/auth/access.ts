import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import { createLoginCodes, type LoginCodes } from './login-codes.ts';
import { createSessions, type Sessions, sessionOf } from './sessions.ts';

/** Who may come in. */
export interface Access {
  readonly sessions: Sessions;
  readonly codes: LoginCodes;
  isToken(token: string): boolean;
  /** The request carries the token or a session. */
  isAllowed(headers: IncomingHttpHeaders): boolean;
}

/** Access by the admin token, or by a session that began with it. */
export function createAccess(adminToken: string, clock: Clock): Access {
  const expected = hashOf(adminToken);
  const sessions = createSessions(adminToken, clock);
  // Hashes are of one length, so the comparison's time tells neither the token nor how long it is.
  const isToken = (token: string) => timingSafeEqual(hashOf(token), expected);
  return {
    sessions,
    codes: createLoginCodes(clock),
    isToken,
    isAllowed(headers) {
      const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
      if (bearer !== undefined) return isToken(bearer);
      const session = sessionOf(headers.cookie);
      return session !== undefined && sessions.isValid(session);
    },
  };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
