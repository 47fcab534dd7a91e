import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';

export const SESSION_COOKIE = 'tidewatch_session';

/** A browser stays logged in this long. */
const SESSION_MS = 30 * 86_400_000;

/** Log-outs remembered; each is forgotten when its session would have ended anyway. */
const REVOKED_MAX = 10_000;

/** A session whose signature is right and that has not ended. */
export interface Session {
  readonly cookie: string;
  /** Id of the token it began with: it may do what that may, as long as that works. */
  readonly tokenId: string;
  /** Epoch ms. */
  readonly endsAt: number;
}

/** Sessions of browsers. */
export interface Sessions {
  /** A new session as the value of the cookie. */
  create(tokenId: string): string;
  read(cookie: string): Session | undefined;
  revoke(cookie: string): void;
}

/**
 * Sessions that need no store: the cookie holds its own end and its token's id, signed with a key made from the admin
 * token. They outlive a restart and end when that is replaced. A log-out is remembered until the restart.
 */
export function createSessions(adminToken: string, clock: Clock): Sessions {
  const key = createHmac('sha256', adminToken).update('tidewatch session').digest();
  const revoked = new Map<string, number>();

  function sign(payload: string): string {
    return createHmac('sha256', key).update(payload).digest('base64url');
  }

  function signed(cookie: string): Session | undefined {
    const parts = /^((\d{1,15})\.([a-z0-9]{1,32})\.[\w-]{16})\.([\w-]{43})$/.exec(cookie);
    const [, payload, end, tokenId, signature] = parts ?? [];
    if (payload === undefined || tokenId === undefined || signature === undefined) return undefined;
    return isSame(sign(payload), signature) ? { cookie, tokenId, endsAt: Number(end) } : undefined;
  }

  return {
    create(tokenId) {
      const payload = `${clock.now() + SESSION_MS}.${tokenId}.${randomBytes(12).toString('base64url')}`;
      return `${payload}.${sign(payload)}`;
    },
    read(cookie) {
      const session = signed(cookie);
      return session !== undefined && session.endsAt > clock.now() && !revoked.has(cookie) ? session : undefined;
    },
    revoke(cookie) {
      const session = signed(cookie);
      if (session === undefined) return;
      for (const [old, until] of revoked) if (until <= clock.now() || revoked.size >= REVOKED_MAX) revoked.delete(old);
      revoked.set(cookie, session.endsAt);
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

/** `Set-Cookie` for a session; `null` takes it away. `isSecure`: the browser came by TLS, and shall not send it without. */
export function sessionCookie(session: string | null, isSecure: boolean): string {
  const attributes = `Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
  return session === null
    ? `${SESSION_COOKIE}=; ${attributes}; Max-Age=0`
    : `${SESSION_COOKIE}=${session}; ${attributes}; Max-Age=${SESSION_MS / 1000}`;
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
