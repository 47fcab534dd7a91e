import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryLogoutStore } from '../access/memory-logout-store.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { createLoginCodes } from './auth/login-codes.ts';
import { createSessions, sessionCookie, sessionOf } from './auth/sessions.ts';
import type { RouteSpec } from './contract/route-spec.ts';
import { ROUTES } from './contract/routes.ts';
import { AUTHORIZED, type StubApi, stubApi, TOKEN } from './stub-api.contract.ts';

let stub: StubApi;
beforeAll(async () => {
  stub = await stubApi();
  stub.tracker.put('shop');
});
afterAll(() => stub.close());

const host = 'localhost:7420';
/** Wrong tokens from one address are slowed down. */
let addresses = 0;
function nextAddress(): string {
  addresses += 1;
  return `10.0.${addresses >> 8}.${addresses & 255}`;
}

const routes = Object.entries<RouteSpec>(ROUTES).map(([name, { method, path, access }]) => ({
  name,
  method,
  url: path.replace('{id}', 'shop'),
  isOpen: access === 'open',
}));

describe('the token', () => {
  const refused: readonly (readonly [string, Record<string, string>])[] = [
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['the token cut short', { authorization: `Bearer ${TOKEN.slice(1)}` }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a forged session', { cookie: `tidewatch_session=9999999999999.admin.aaaaaaaaaaaaaaaa.${'a'.repeat(43)}` }],
    ['a wrong token beside nothing', { authorization: 'Bearer wrong', cookie: 'tidewatch_session=' }],
  ];
  test.each(
    routes
      .filter(({ isOpen }) => !isOpen)
      .flatMap((route) => refused.map(([what, headers]) => ({ ...route, what, headers }))),
  )('$method $url with $what is refused', async ({ method, url, headers }) => {
    const answer = await stub.api.app.inject({
      method,
      url,
      headers: { host, ...headers },
      remoteAddress: nextAddress(),
    });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(answer.json()).toMatchObject({ code: 'unauthorized', status: 401 });
  });

  test.each(routes.filter(({ isOpen, name }) => !isOpen && name !== 'streamEvents'))(
    'opens $method $url',
    async ({ method, url }) => {
      const answer = await stub.api.app.inject({ method, url, headers: AUTHORIZED });
      expect([401, 403]).not.toContain(answer.statusCode);
    },
  );

  test.each(routes.filter(({ isOpen }) => isOpen))('is not needed for $method $url', async ({ method, url }) => {
    const answer = await stub.api.app.inject({ method, url, headers: { host } });
    expect(answer.statusCode).toBe(200);
  });

  test('is asked for before a path is told to exist or not', async () => {
    for (const url of ['/nowhere', '/api/v1/nowhere', '/assets/app.js', '/healthz/x']) {
      expect((await stub.api.app.inject({ url, headers: { host } })).statusCode).toBe(401);
    }
  });

  test('a changing request without it changes nothing', async () => {
    await stub.api.app.inject({
      method: 'PATCH',
      url: '/api/v1/workspaces/shop',
      headers: { host },
      payload: { status: 'archived' },
    });
    expect(stub.tracker.getWorkspaceState('shop')?.status).toBe('active');
  });
});

describe('Host and Origin', () => {
  test.each(['localhost', 'localhost:7420', '127.0.0.1:7420', '127.9.9.9', '[::1]:80', 'LOCALHOST.'])(
    'Host %s is served',
    async (name) => {
      expect((await stub.api.app.inject({ url: '/healthz', headers: { host: name } })).statusCode).toBe(200);
    },
  );

  test.each([
    'evil.example',
    'localhost.evil.example',
    '10.0.0.1:7420',
    '127.0.0.1.evil.example',
    'a b',
    'localhost:x',
    '[::2]',
  ])('Host %j is refused with the right token too', async (name) => {
    const answer = await stub.api.app.inject({ url: '/api/v1/stats', headers: { ...AUTHORIZED, host: name } });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'forbidden' });
  });

  test('a server of every network is served by number, but not by a foreign name', async () => {
    const open = await stubApi({ address: { kind: 'tcp', host: '0.0.0.0', port: 0 }, allowedHosts: ['Tw.example'] });
    const statusOf = async (name: string) =>
      (await open.api.app.inject({ url: '/healthz', headers: { host: name } })).statusCode;
    expect([await statusOf('10.0.0.1:7420'), await statusOf('tw.example'), await statusOf('evil.example')]).toEqual([
      200, 200, 403,
    ]);
    await open.close();
  });

  test.each([
    ['the server’s own page', { origin: 'http://localhost:7420' }, 200],
    ['no page', {}, 200],
    ['a foreign page', { origin: 'http://evil.example' }, 403],
    ['a page of another port', { origin: 'http://localhost:3000' }, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
    ['a page the browser calls foreign', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of a neighbour', { 'sec-fetch-site': 'same-site' }, 403],
    ['a page the browser calls own', { 'sec-fetch-site': 'same-origin' }, 200],
  ])('a changing request of %s', async (_what, headers, status) => {
    const answer = await stub.api.app.inject({
      method: 'POST',
      url: '/api/v1/sync',
      headers: { ...AUTHORIZED, ...headers },
    });
    expect(answer.statusCode).toBe(status);
  });

  test('a page of the reverse proxy may change things', async () => {
    const proxied = await stubApi({ allowedHosts: ['tw.example'] });
    const headers = { ...AUTHORIZED, origin: 'https://tw.example' };
    expect((await proxied.api.app.inject({ method: 'POST', url: '/api/v1/sync', headers })).statusCode).toBe(200);
    await proxied.close();
  });
});

describe('logging in', () => {
  function cookieOf(answer: { cookies: readonly { name: string; value: string }[] }): string {
    const cookie = answer.cookies.find(({ name }) => name === 'tidewatch_session');
    return `tidewatch_session=${cookie?.value}`;
  }

  async function statusWith(cookie: string): Promise<number> {
    return (await stub.api.app.inject({ url: '/api/v1/stats', headers: { host, cookie } })).statusCode;
  }

  test('the link works once, sets a cookie scripts cannot read, and leads to the page', async () => {
    const link = new URL(stub.api.loginUrl() ?? '');
    const url = link.pathname + link.search;
    const answer = await stub.api.app.inject({ url, headers: { host } });
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/');
    expect(answer.headers['set-cookie']).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=2592000$/);
    expect(await statusWith(cookieOf(answer))).toBe(200);
    const again = await stub.api.app.inject({ url, headers: { host } });
    expect(again.statusCode).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('used already');
  });

  test('the token works in the form and as JSON, a wrong one in neither', async () => {
    const form = (token: string) =>
      stub.api.app.inject({
        method: 'POST',
        url: '/login',
        headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
        payload: `token=${token}`,
      });
    const json = (token: unknown) =>
      stub.api.app.inject({ method: 'POST', url: '/login', headers: { host }, payload: { token } as object });
    expect((await form(TOKEN)).statusCode).toBe(303);
    expect(await statusWith(cookieOf(await form(TOKEN)))).toBe(200);
    const answer = await json(TOKEN);
    expect(answer.statusCode).toBe(204);
    expect(await statusWith(cookieOf(answer))).toBe(200);
    for (const wrong of [await form('wrong'), await json('wrong'), await json(1), await json(null)]) {
      expect(wrong.statusCode).toBe(401);
      expect(wrong.headers['set-cookie']).toBeUndefined();
    }
  });

  test('logging out ends the session', async () => {
    const cookie = cookieOf(
      await stub.api.app.inject({ method: 'POST', url: '/login', headers: { host }, payload: { token: TOKEN } }),
    );
    const answer = await stub.api.app.inject({ method: 'POST', url: '/logout', headers: { host, cookie } });
    expect(answer.headers['set-cookie']).toContain('Max-Age=0');
    expect(await statusWith(cookie)).toBe(401);
  });

  test('a foreign page that makes a browser open links of log-in holds up no log-in', async () => {
    const headers = { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' };
    for (let tries = 0; tries < 25; tries += 1) {
      expect((await stub.api.app.inject({ url: `/login?code=${tries}`, headers })).statusCode).toBe(401);
    }
    const logIn = { method: 'POST', url: '/login', headers: { host }, payload: { token: TOKEN } } as const;
    expect((await stub.api.app.inject(logIn)).statusCode).toBe(204);
  });

  test('a visitor without a session is led to the log-in page, which loads nothing', async () => {
    const visit = await stub.api.app.inject({ url: '/', headers: { host, accept: 'text/html' } });
    expect([visit.statusCode, visit.headers.location]).toEqual([303, '/login']);
    const page = await stub.api.app.inject({ url: '/login', headers: { host } });
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/style-src 'self' 'sha256-[\w+/=]+'/);
    expect(page.body).not.toContain('<script');
  });
});

function sessionsOf(adminToken: string, clock: FakeClock, logouts = memoryLogoutStore()) {
  return createSessions({ adminToken, logouts, clock, logger: silentLogger });
}

describe('sessions and codes', () => {
  test('a session ends by itself, outlives a restart, and ends when the token is replaced', () => {
    const clock = new FakeClock();
    const session = sessionsOf(TOKEN, clock).create({ tokenId: 'admin' });
    expect(sessionsOf(TOKEN, clock).read(session)).toMatchObject({ tokenId: 'admin' });
    expect(sessionsOf(`${TOKEN}2`, clock).read(session)).toBeUndefined();
    clock.step(31 * 86_400_000);
    expect(sessionsOf(TOKEN, clock).read(session)).toBeUndefined();
  });

  test('who has logged out is out after a restart too', () => {
    const [clock, logouts] = [new FakeClock(), memoryLogoutStore()];
    const sessions = sessionsOf(TOKEN, clock, logouts);
    const [left, stays] = [sessions.create({ tokenId: 'admin' }), sessions.create({ tokenId: 'admin' })];
    sessions.revoke(left);
    for (const known of [sessions, sessionsOf(TOKEN, clock, logouts)]) {
      expect([known.read(left), known.read(stays)?.tokenId]).toEqual([undefined, 'admin']);
    }
  });

  test('a log-out that cannot be stored ends the session all the same', () => {
    const full = { list: () => [], put: () => expect.unreachable() };
    const sessions = sessionsOf(TOKEN, new FakeClock(), full);
    const session = sessions.create({ tokenId: 'admin' });
    sessions.revoke(session);
    expect(sessions.read(session)).toBeUndefined();
  });

  test('a session of a person holds who that is, and may end earlier', () => {
    const clock = new FakeClock();
    const sessions = sessionsOf(TOKEN, clock);
    const session = sessions.create({ tokenId: 'oidc1', person: 'WyJhbm4iXQ', lifetimeMs: 1_000 });
    expect(sessions.read(session)).toMatchObject({
      tokenId: 'oidc1',
      person: 'WyJhbm4iXQ',
      endsAt: clock.now() + 1_000,
    });
    expect(sessionCookie(session, { isSecure: false, lifetimeMs: 1_000 })).toMatch(/; Max-Age=1$/);
    clock.step(1_000);
    expect(sessions.read(session)).toBeUndefined();
  });

  test.each([{ tokenId: 'admin' }, { tokenId: 'oidc1', person: 'WyJhbm4iXQ' }])(
    'with any character changed %j is none',
    (begin) => {
      const sessions = sessionsOf(TOKEN, new FakeClock());
      const session = sessions.create(begin);
      for (let index = 0; index < session.length; index += 1) {
        const other = session[index] === 'x' ? 'y' : 'x';
        expect(sessions.read(session.slice(0, index) + other + session.slice(index + 1))).toBeUndefined();
      }
    },
  );

  test('a code ends after ten minutes, and the oldest gives way to the seventeenth', async () => {
    const clock = new FakeClock();
    const codes = createLoginCodes(clock);
    const late = codes.create();
    await clock.advance(10 * 60_000);
    expect(codes.redeem(late)).toBe(false);
    const made = Array.from({ length: 17 }, () => codes.create());
    expect(made.map((code) => codes.redeem(code))).toEqual([false, ...Array(16).fill(true)]);
  });

  test('the cookie is sent over TLS only when it came so, and so is its end', () => {
    for (const session of ['value', null]) {
      expect(sessionCookie(session, { isSecure: true })).toContain('; Secure');
      expect(sessionCookie(session, { isSecure: false })).not.toContain('Secure');
    }
  });

  test('the cookie is found among others', () => {
    expect(sessionOf('a=b; tidewatch_session=v; c=d')).toBe('v');
    expect(sessionOf('xtidewatch_session=v')).toBeUndefined();
    expect(sessionOf(undefined)).toBeUndefined();
  });
});
