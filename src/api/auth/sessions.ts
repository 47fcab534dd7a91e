import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { LogoutStore } from '../../access/logout-store.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';

export const SESSION_COOKIE = 'tidewatch_session';

/** A browser stays logged in this long, unless it is told otherwise. */
const SESSION_MS = 30 * 86_400_000;

/** Log-outs remembered; each is forgotten when its session would have ended anyway. */
const REVOKED_MAX = 10_000;

/** A session whose signature is right and that has not ended. */
export interface Session {
  readonly cookie: string;
  readonly id: string;
  /** Id of the token it began with: it may do what that may, as long as that works. Of a person, the person's. */
  readonly tokenId: string;
  /** What is known of a person who logged in without a token, as it was given at the log-in; `null` for a token. */
  readonly person: string | null;
  /** Epoch ms. */
  readonly endsAt: number;
}

/** What a session begins with. */
export interface SessionBegin {
  readonly tokenId: string;
  /** base64url, at most 2048 characters. */
  readonly person?: string;
  /** How long it lasts; 30 days unless given. */
  readonly lifetimeMs?: number;
}

/** Sessions of browsers. */
export interface Sessions {
  /** A new session as the value of the cookie. */
  create(begin: SessionBegin): string;
  read(cookie: string): Session | undefined;
  /** Ends it at once, whether that can be stored or not. */
  revoke(cookie: string): void;
}

export interface SessionsParts {
  readonly adminToken: string;
  readonly logouts: LogoutStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Sessions that need no store: the cookie holds its own end and its token's id, signed with a key made from the admin
 * token. They outlive a restart and end when that is replaced. Log-outs are what is stored of them.
 */
export function createSessions({ adminToken, logouts, clock, logger }: SessionsParts): Sessions {
  const key = createHmac('sha256', adminToken).update('tidewatch session').digest();
  const revoked = new Map(logouts.list().map(({ sessionId, endsAt }) => [sessionId, endsAt]));

  function sign(payload: string): string {
    return createHmac('sha256', key).update(payload).digest('base64url');
  }

  function signed(cookie: string): Session | undefined {
    const parts = /^((\d{1,15})\.([a-z0-9]{1,32})\.([\w-]{16})(?:\.([\w-]{1,2048}))?)\.([\w-]{43})$/.exec(cookie);
    const [, payload, end, tokenId, id, person = null, signature] = parts ?? [];
    if (!payload || !tokenId || !id || !signature) return undefined;
    return isSame(sign(payload), signature) ? { cookie, id, tokenId, person, endsAt: Number(end) } : undefined;
  }

  return {
    create({ tokenId, person, lifetimeMs = SESSION_MS }) {
      const parts = [
        clock.now() + lifetimeMs,
        tokenId,
        randomBytes(12).toString('base64url'),
        ...(person ? [person] : []),
      ];
      const payload = parts.join('.');
      return `${payload}.${sign(payload)}`;
    },
    read(cookie) {
      const session = signed(cookie);
      return session !== undefined && session.endsAt > clock.now() && !revoked.has(session.id) ? session : undefined;
    },
    revoke(cookie) {
      const session = signed(cookie);
      if (session === undefined) return;
      const { id, endsAt } = session;
      const now = clock.now();
      for (const [old, until] of revoked) if (until <= now || revoked.size >= REVOKED_MAX) revoked.delete(old);
      revoked.set(id, endsAt);
      try {
        logouts.put({ sessionId: id, endsAt }, now);
      } catch (error) {
        logger.warn('a log-out could not be written down; the session works again after a restart', { error });
      }
    },
  };
}

/** The session's cookie in a `Cookie` header. */
export function sessionOf(header: string | undefined): string | undefined {
  return cookieOf(header, SESSION_COOKIE);
}

/** A cookie's value in a `Cookie` header. */
export function cookieOf(header: string | undefined, cookie: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2);
    if (name === cookie && value) return value;
  }
  return undefined;
}

/** How a browser shall keep a session. */
export interface CookieKeeping {
  /** It came by TLS, and shall not send it without. */
  readonly isSecure: boolean;
  /** 30 days unless given. */
  readonly lifetimeMs?: number | undefined;
}

/** `Set-Cookie` for a session; `null` takes it away. */
export function sessionCookie(session: string | null, { isSecure, lifetimeMs = SESSION_MS }: CookieKeeping): string {
  const attributes = `Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
  return session === null
    ? `${SESSION_COOKIE}=; ${attributes}; Max-Age=0`
    : `${SESSION_COOKIE}=${session}; ${attributes}; Max-Age=${Math.floor(lifetimeMs / 1000)}`;
}

/** Compares two texts in a time that does not tell where they differ. */
export function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
