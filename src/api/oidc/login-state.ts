import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';
import { cookieOf, isSame } from '../auth/sessions.ts';

/** So long a person may take at the provider. */
const LOGIN_MS = 10 * 60_000;

/** Log-ins that are remembered as used; the oldest give way, whose codes the provider does not take again either. */
const USED_MAX = 10_000;

const COOKIE = 'tidewatch_oidc';

/** What binds an answer of the provider to the browser that asked, and to one question. */
export interface LoginState {
  readonly state: string;
  readonly nonce: string;
  /** PKCE: the provider learns its hash first, then the text itself. */
  readonly verifier: string;
}

/** Log-ins that have begun. Nothing is kept of them here until they end, so beginning many costs no memory. */
export interface LoginStates {
  /** A new one, and the cookie that holds it. */
  begin(isSecure: boolean): { readonly login: LoginState; readonly cookie: string };
  /** The one that this browser began and this answer belongs to, once; `undefined`: there is none. */
  take(cookies: string | undefined, state: string | null): LoginState | undefined;
  /** `Set-Cookie` that takes the cookie away. */
  endCookie(isSecure: boolean): string;
}

/**
 * The cookie holds its end and a random text, signed with a key made from the admin token; state, nonce and verifier are
 * made of that text and the key. So the state, which stands in addresses, does not help to make the cookie, and the
 * verifier never leaves this server before the code is exchanged.
 */
export function createLoginStates(adminToken: string, clock: Clock): LoginStates {
  const key = createHmac('sha256', adminToken).update('tidewatch oidc log-in').digest();
  const used = new Map<string, number>();

  function derive(purpose: string, text: string): string {
    return createHmac('sha256', key).update(`${purpose} ${text}`).digest('base64url');
  }

  function loginOf(random: string): LoginState {
    return { state: derive('state', random), nonce: derive('nonce', random), verifier: derive('verifier', random) };
  }

  function use(random: string, endsAt: number): void {
    for (const [old, until] of used) if (until <= clock.now() || used.size >= USED_MAX) used.delete(old);
    used.set(random, endsAt);
  }

  return {
    begin(isSecure) {
      const random = randomBytes(32).toString('base64url');
      const payload = `${clock.now() + LOGIN_MS}.${random}`;
      const value = `${payload}.${derive('cookie', payload)}`;
      return { login: loginOf(random), cookie: setCookie(value, LOGIN_MS / 1000, isSecure) };
    },
    take(cookies, state) {
      const parts = /^((\d{1,15})\.([\w-]{43}))\.([\w-]{43})$/.exec(cookieOf(cookies, COOKIE) ?? '');
      const [, payload, end, random, signature] = parts ?? [];
      if (payload === undefined || random === undefined || signature === undefined || state === null) return undefined;
      if (!isSame(derive('cookie', payload), signature)) return undefined;
      const login = loginOf(random);
      // A wrong state uses nothing up: else any page could spoil a log-in by opening the callback.
      if (Number(end) <= clock.now() || used.has(random) || !isSame(login.state, state)) return undefined;
      use(random, Number(end));
      return login;
    },
    endCookie: (isSecure) => setCookie('', 0, isSecure),
  };
}

/**
 * SameSite=Lax, not Strict: the provider's page sends the browser back here, and a Strict cookie would not come along. Lax
 * ones come with such a visit, but not with what foreign pages load or post.
 */
function setCookie(value: string, maxAge: number, isSecure: boolean): string {
  const secure = isSecure ? '; Secure' : '';
  return `${COOKIE}=${value}; Path=/login/oidc; HttpOnly; SameSite=Lax${secure}; Max-Age=${maxAge}`;
}
