import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';

export const SESSION_COOKIE = 'tidewatch_session';

/** A browser stays logged in this long. */
const SESSION_MS = 30 * 86_400_000;

/** Log-outs remembered; each is forgotten when its session would have ended anyway. */
const REVOKED_MAX = 10_000;

/** Sessions of browsers. */
export interface Sessions {
  /** A new session as the value of the cookie. */
  create(): string;
  isValid(cookie: string): boolean;
  revoke(cookie: string): void;
}

/**
 * Sessions that need no store: the cookie holds its own end, signed with a key made from the admin token. They outlive a
 * restart and end when the token is replaced. A log-out is remembered until the restart.
 */
export function createSessions(adminToken: string, clock: Clock): Sessions {
  const key = createHmac('sha256', adminToken).update('tidewatch session').digest();
  const revoked = new Map<string, number>();

  function sign(payload: string): string {
    return createHmac('sha256', key).update(payload).digest('base64url');
  }

  function endOf(cookie: string): number | undefined {
    const [, payload, end, signature] = /^((\d{1,15})\.[\w-]{16})\.([\w-]{43})$/.exec(cookie) ?? [];
    if (payload === undefined || end === undefined || signature === undefined) return undefined;
    return isSame(sign(payload), signature) ? Number(end) : undefined;
  }

  return {
    create() {
      const payload = `${clock.now() + SESSION_MS}.${randomBytes(12).toString('base64url')}`;
      return `${payload}.${sign(payload)}`;
    },
    isValid(cookie) {
      const end = endOf(cookie);
      return end !== undefined && end > clock.now() && !revoked.has(cookie);
    },
    revoke(cookie) {
      const end = endOf(cookie);
      if (end === undefined) return;
      for (const [old, until] of revoked) if (until <= clock.now() || revoked.size >= REVOKED_MAX) revoked.delete(old);
      revoked.set(cookie, end);
    },
  };
}

/** The cookie's value in a `Cookie` header. */
export function sessionOf(header: string | undefined): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2);
    if (name === SESSION_COOKIE && value) return value;
  }
  return undefined;
}

/** `Set-Cookie` for a session; `null` takes it away. */
export function sessionCookie(session: string | null): string {
  const attributes = 'Path=/; HttpOnly; SameSite=Strict';
  return session === null
    ? `${SESSION_COOKIE}=; ${attributes}; Max-Age=0`
    : `${SESSION_COOKIE}=${session}; ${attributes}; Max-Age=${SESSION_MS / 1000}`;
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
