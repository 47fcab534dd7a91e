import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RoleRule } from '../../access/role-rules.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type StubApi, stubApi } from '../stub-api.contract.ts';
import { FORGING_CLIENT, type ForgingProvider, metadataOf, startForgingProvider } from './forging-provider.contract.ts';
import type { OidcOptions } from './oidc-options.ts';

const RULE: RoleRule = { claim: 'groups', values: ['ops'], role: 'admin', owners: [], labels: [], ownerClaim: null };

let provider: ForgingProvider;
let stub: StubApi;
let clock: FakeClock;
let lines: string[];

beforeAll(async () => {
  provider = await startForgingProvider();
});
afterAll(() => provider.stop());
beforeEach(async () => {
  provider.reset();
  clock = new FakeClock();
  lines = [];
  stub = await serve();
});
afterEach(async () => {
  await stub.close();
  // Whatever happens: neither the log nor the provider's words may give it away.
  expect(lines.join('\n')).not.toContain(FORGING_CLIENT.clientSecret);
});

function serve(options: Partial<OidcOptions> = {}): Promise<StubApi> {
  const write = (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const oidc: OidcOptions = {
    ...{ issuer: provider.issuer, ...FORGING_CLIENT, redirectUrl: null, scopes: [] },
    ...{ providerName: 'ID', rules: [RULE], sessionMs: 3_600_000, ...options },
  };
  return stubApi({ oidc, logger, clock });
}

const host = 'localhost:7420';

interface Begun {
  readonly cookie: string;
  readonly state: string;
  readonly url: URL;
}

async function begin(): Promise<Begun> {
  const answer = await stub.api.app.inject({ url: '/login/oidc', headers: { host } });
  expect(answer.statusCode).toBe(303);
  const url = new URL(String(answer.headers.location));
  provider.nonce = url.searchParams.get('nonce') ?? '';
  const cookie = answer.cookies.find(({ name }) => name === 'tidewatch_oidc');
  return { url, state: url.searchParams.get('state') ?? '', cookie: `tidewatch_oidc=${cookie?.value}` };
}

async function callback(query: string, cookie: string | null, remoteAddress = '10.0.0.1') {
  const headers = { host, ...(cookie !== null && { cookie }) };
  const answer = await stub.api.app.inject({ url: `/login/oidc/callback?${query}`, headers, remoteAddress });
  const session = answer.cookies.find(({ name }) => name === 'tidewatch_session')?.value ?? null;
  return { status: answer.statusCode, body: answer.body, headers: answer.headers, session };
}

/** What the provider really answers, unless the test has it lie. */
async function whole() {
  const { cookie, state } = await begin();
  return callback(`code=c&state=${state}`, cookie);
}

const asked = (path: string) => provider.asked.filter((request) => request.path === path);

describe('an answer that belongs to no log-in of this browser is refused, and the provider asked nothing', () => {
  test.each<[string, (begun: Begun) => Promise<[string, string | null]>]>([
    ['no cookie', async ({ state }) => [`code=c&state=${state}`, null]],
    ['the cookie of another browser', async ({ state }) => [`code=c&state=${state}`, (await begin()).cookie]],
    ['the state of another browser', async ({ cookie }) => [`code=c&state=${(await begin()).state}`, cookie]],
    ['no state', async ({ cookie }) => ['code=c', cookie]],
    ['an empty state', async ({ cookie }) => ['code=c&state=', cookie]],
    [
      'a cookie made of the state',
      async ({ state }) => [`code=c&state=${state}`, `tidewatch_oidc=9999999999999.${state}.${state}`],
    ],
    ['a cookie that lasts longer', async ({ cookie, state }) => [`code=c&state=${state}`, cookie.replace('=1', '=2')]],
    ['an empty cookie', async ({ state }) => [`code=c&state=${state}`, 'tidewatch_oidc=']],
    [
      'a cookie of ten minutes ago',
      async ({ cookie, state }) => {
        clock.step(10 * 60_000);
        return [`code=c&state=${state}`, cookie];
      },
    ],
  ])('%s', async (_what, forge) => {
    const [query, cookie] = await forge(await begin());
    const answer = await callback(query, cookie);
    expect([answer.status, answer.session]).toEqual([400, null]);
    expect(answer.body).toContain('This log-in was not begun in this browser');
    expect(asked('/token')).toEqual([]);
  });

  test('an answer that was used already', async () => {
    const { cookie, state } = await begin();
    expect((await callback(`code=c&state=${state}`, cookie)).status).toBe(200);
    expect((await callback(`code=c&state=${state}`, cookie)).status).toBe(400);
    expect((await callback(`code=other&state=${state}`, cookie)).status).toBe(400);
    expect(asked('/token')).toHaveLength(1);
  });

  test('a foreign page that opens the callback spoils no log-in that has begun', async () => {
    const { cookie, state } = await begin();
    const spoiled = await callback('code=c&state=guessed', cookie);
    expect(spoiled.headers['set-cookie']).toBeUndefined();
    expect((await callback(`code=c&state=${state}`, cookie)).status).toBe(200);
  });

  test('what is told without a log-in is not shown', async () => {
    const answer = await callback('error=oops&error_description=call+0900+now&state=x', null);
    expect(answer.body).not.toContain('0900');
    expect(answer.body).not.toContain('oops');
  });

  test('a log-in that has begun here ends here, whatever the address asks for', async () => {
    const visit = await stub.api.app.inject({
      url: '/login/oidc?next=https://evil.example&redirect_uri=https://evil.example&scope=all',
      headers: { host },
    });
    expect(String(visit.headers.location)).not.toContain('evil.example');
    const { cookie, state } = await begin();
    const answer = await callback(`code=c&state=${state}&next=//evil.example&url=//evil.example`, cookie);
    expect([answer.status, answer.headers.location]).toEqual([200, undefined]);
    expect(answer.body).not.toContain('evil.example');
    const elsewhere = await stub.api.app.inject({ url: '/login/oidc', headers: { host: 'evil.example' } });
    expect(elsewhere.statusCode).toBe(403);
  });

  test('a port that is none is refused as such', async () => {
    const answer = await stub.api.app.inject({ url: '/login/oidc', headers: { host: 'localhost:99999' } });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad_request']);
  });
});

describe('the code', () => {
  test('is exchanged with the verifier whose hash went ahead, and the secret in the header alone', async () => {
    const { cookie, state, url } = await begin();
    await callback(`code=the-code&state=${state}`, cookie);
    const [request] = asked('/token');
    const form = new URLSearchParams(request?.body);
    const hash = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    expect([url.searchParams.get('code_challenge'), form.get('code')]).toEqual([hash, 'the-code']);
    const secret = Buffer.from(`${FORGING_CLIENT.clientId}:${FORGING_CLIENT.clientSecret}`).toString('base64');
    expect(request?.authorization).toBe(`Basic ${secret}`);
    expect([
      request?.body.includes(FORGING_CLIENT.clientSecret),
      url.href.includes(FORGING_CLIENT.clientSecret),
    ]).toEqual([false, false]);
  });

  test('goes with the secret in the body where the provider takes it there alone, and without one where there is none', async () => {
    provider.answers.set('/.well-known/openid-configuration', {
      ...metadataOf(provider.issuer),
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    });
    expect((await whole()).status).toBe(200);
    expect(new URLSearchParams(asked('/token')[0]?.body).get('client_secret')).toBe(FORGING_CLIENT.clientSecret);
    provider.reset();
    await stub.close();
    stub = await serve({ clientSecret: null });
    expect((await whole()).status).toBe(200);
    expect(asked('/token')[0]).toMatchObject({ authorization: undefined });
    expect(asked('/token')[0]?.body).not.toContain('client_secret');
  });
});

describe('the address to come back to', () => {
  test('is the configured one behind a proxy with TLS, and cookies are kept from plain HTTP then', async () => {
    await stub.close();
    const redirectUrl = 'https://tw.example.com/login/oidc/callback';
    stub = await serve({ redirectUrl });
    const { cookie, state, url } = await begin();
    expect(url.searchParams.get('redirect_uri')).toBe(redirectUrl);
    const { headers } = await callback(`code=c&state=${state}`, cookie);
    expect(new URLSearchParams(asked('/token')[0]?.body).get('redirect_uri')).toBe(redirectUrl);
    const cookies = [headers['set-cookie']].flat();
    expect(cookies).toHaveLength(2);
    for (const one of cookies) expect(one).toContain('; Secure');
  });

  test('is nowhere without an identity provider', async () => {
    await stub.close();
    stub = await stubApi();
    for (const url of ['/login/oidc', '/login/oidc/callback?code=c&state=s']) {
      expect((await stub.api.app.inject({ url, headers: { host } })).statusCode).toBe(401);
    }
    const page = await stub.api.app.inject({ url: '/login', headers: { host } });
    expect(page.body).not.toContain('/login/oidc');
  });
});

describe('what cannot be relied on lets nobody in', () => {
  const past = Math.floor(Date.now() / 1000) - 3_600;

  test.each<[string, Partial<ForgingProvider>, string]>([
    ['an id token for another log-in', { nonce: 'other' }, 'unexpected ID Token'],
    ['an id token without a nonce', { claims: { nonce: undefined } }, '(nonce) claim missing'],
    ['an id token of another issuer', { claims: { iss: 'http://127.0.0.1:1/' } }, '(issuer) claim value'],
    ['an id token for another client', { claims: { aud: 'somebody-else' } }, '(audience) claim value'],
    ['an id token that has expired', { claims: { exp: past, iat: past - 60 } }, 'expiration is past'],
    ['an id token without an end', { claims: { exp: undefined } }, '(expiration time) claim missing'],
    ['an id token without a subject', { claims: { sub: undefined } }, '(subject) claim missing'],
    ['an id token signed with another key', { signature: 'other key' }, 'signature verification failed'],
    ['an id token signed by nobody', { signature: 'none' }, 'header parameter'],
    ['an id token signed with the secret', { signature: 'client secret' }, 'header parameter'],
    ['no id token', { answers: new Map([['/token', { access_token: 'a', token_type: 'Bearer' }]]) }, 'id_token'],
    [
      'an id token that is none',
      { answers: new Map([['/token', { access_token: 'a', token_type: 'Bearer', id_token: 'x.y.z' }]]) },
      'failed to parse JWT',
    ],
    [
      'a token answer that is no JSON',
      { answers: new Map([['/token', { type: 'text/html', body: '<h1>hi</h1>' }]]) },
      'content-type',
    ],
    [
      'figures of somebody else',
      { answers: new Map([['/userinfo', { sub: 'ann', groups: ['ops'] }]]) },
      'OAUTH_JSON_ATTRIBUTE',
    ],
    ['no keys', { answers: new Map([['/jwks', { keys: [] }]]) }, 'no applicable keys'],
  ])('%s', async (_what, lie, reason) => {
    const { cookie, state } = await begin();
    Object.assign(provider, lie);
    const answer = await callback(`code=c&state=${state}`, cookie);
    expect([answer.status, answer.session]).toEqual([502, null]);
    expect(answer.body).toContain('What ID answered cannot be relied on');
    const told = lines.filter((line) => line.startsWith('nobody was logged in'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(reason);
    for (const token of ['eyJ', 'an-access-token']) expect(told.join()).not.toContain(token);
  });

  test('an answer that names another issuer', async () => {
    provider.answers.set('/.well-known/openid-configuration', {
      ...metadataOf(provider.issuer),
      authorization_response_iss_parameter_supported: true,
    });
    for (const iss of ['', '&iss=http%3A%2F%2F127.0.0.1%3A1%2F']) {
      const { cookie, state } = await begin();
      expect((await callback(`code=c&state=${state}${iss}`, cookie)).status).toBe(502);
    }
    expect(asked('/token')).toEqual([]);
    const { cookie, state } = await begin();
    expect((await callback(`code=c&state=${state}&iss=${encodeURIComponent(provider.issuer)}`, cookie)).status).toBe(
      200,
    );
  });

  test.each([
    ['code=c&code=d', 502],
    ['', 502],
    ['error=%3Cscript%3Ealert(1)%3C/script%3E&error_description=%3Cimg%20src=x%20onerror=alert(1)%3E%22%27', 403],
    [`error=x&error_description=${'A'.repeat(5_000)}`, 403],
  ])('an answer as %s', async (query, status) => {
    const { cookie, state } = await begin();
    const answer = await callback(`${query}&state=${state}`, cookie);
    expect([answer.status, answer.session]).toEqual([status, null]);
    expect(answer.body).not.toMatch(/<script|<img/);
    expect(answer.body.length).toBeLessThan(4_000);
    expect(asked('/token')).toEqual([]);
  });

  test('a state given twice is none', async () => {
    const { cookie, state } = await begin();
    expect((await callback(`code=c&state=${state}&state=x`, cookie)).session).toBeNull();
    expect(asked('/token')).toEqual([]);
  });

  test('a provider that gives the secret back finds it nowhere', async () => {
    const body = JSON.stringify({ error: 'invalid_client', error_description: `not ${FORGING_CLIENT.clientSecret}` });
    provider.answers.set('/token', { status: 401, body });
    const answer = await whole();
    expect([answer.status, answer.body.includes(FORGING_CLIENT.clientSecret)]).toEqual([502, false]);
    expect(lines.join('\n')).toContain('invalid_client: not …');
  });
});

describe('a provider that is away', () => {
  const page = async () => {
    const answer = await stub.api.app.inject({ url: '/login/oidc', headers: { host } });
    return { status: answer.statusCode, body: answer.body };
  };

  test('keeps nobody from starting, and is asked again when somebody comes', async () => {
    await provider.stop();
    await stub.close();
    stub = await serve();
    expect((await stub.api.app.inject({ url: '/login', headers: { host } })).statusCode).toBe(200);
    const away = await page();
    expect([away.status, away.body]).toEqual([503, expect.stringContaining('ID does not answer as it should')]);
    expect(lines.join('\n')).toContain('fetch failed; ');
    await provider.start();
    expect((await page()).status).toBe(303);
    await provider.stop();
    expect((await page()).status).toBe(303);
    await provider.start();
  });

  test.each<[string, () => void]>([
    [
      'that is another one',
      () => provider.answers.set('/.well-known/openid-configuration', metadataOf('https://other.example/')),
    ],
    [
      'that is a web site',
      () => provider.answers.set('/.well-known/openid-configuration', { type: 'text/html', body: '<html>' }),
    ],
    [
      'that gives no end',
      () => provider.answers.set('/.well-known/openid-configuration', { body: `{"x":"${'x'.repeat(1_100_000)}"}` }),
    ],
  ])('or %s', async (_what, lie) => {
    lie();
    expect((await page()).status).toBe(503);
    provider.reset();
    expect((await page()).status).toBe(303);
  });

  test('is not waited for longer than ten seconds, in either step', async () => {
    const { cookie, state } = await begin();
    provider.answers.set('/token', 'never');
    const late = callback(`code=c&state=${state}`, cookie);
    await vi.waitFor(() => expect(asked('/token')).toHaveLength(1), { timeout: 20_000, interval: 5 });
    await clock.advance(10_000);
    expect((await late).status).toBe(503);
    await stub.close();
    stub = await serve();
    provider.asked.length = 0;
    provider.answers.set('/.well-known/openid-configuration', 'never');
    const [one, two] = [page(), page()];
    await vi.waitFor(() => expect(provider.asked).toHaveLength(1), { timeout: 20_000, interval: 5 });
    await clock.advance(10_000);
    expect([(await one).status, (await two).status]).toEqual([503, 503]);
    expect(provider.asked).toHaveLength(1);
  });

  test('is never sent anything to another machine without TLS', async () => {
    provider.answers.set('/.well-known/openid-configuration', {
      ...metadataOf(provider.issuer),
      token_endpoint: 'http://192.0.2.1/token',
    });
    expect((await whole()).status).toBe(503);
    expect(lines.join('\n')).toContain('another machine without TLS');
  });
});

describe('a session of a person', () => {
  const statusWith = async (session: string | null, url = '/api/v1/stats') =>
    (await stub.api.app.inject({ url, headers: { host, cookie: `tidewatch_session=${session}` } })).statusCode;

  test('ends by itself', async () => {
    const { session } = await whole();
    expect(await statusWith(session)).toBe(200);
    clock.step(3_600_000);
    expect(await statusWith(session)).toBe(401);
  });

  test.each(['its end', 'a log-out'])('ends its streams by %s', async (how) => {
    const { session } = await whole();
    await stub.api.listen();
    const headers = { cookie: `tidewatch_session=${session}` };
    const stream = await fetch(`${stub.api.url()}/api/v1/events/stream`, { headers });
    expect(stream.status).toBe(200);
    const ended = stream.text();
    if (how === 'its end') await clock.advance(3_600_000);
    else await stub.api.app.inject({ method: 'POST', url: '/logout', headers: { host, ...headers } });
    await ended;
    expect(await statusWith(session)).toBe(401);
  });

  test('is void when the rules or the provider are others, and outlives a restart when they are not', async () => {
    const { session } = await whole();
    const restarted = async (options: Partial<OidcOptions>) => {
      await stub.close();
      stub = await serve(options);
      return statusWith(session);
    };
    expect(await restarted({})).toBe(200);
    expect(await restarted({ rules: [{ ...RULE, role: 'viewer' }] })).toBe(401);
    expect(await restarted({ clientId: 'other' })).toBe(401);
    await stub.close();
    stub = await stubApi({ clock });
    expect(await statusWith(session)).toBe(401);
  });

  test('is told as that of the person in refusals', async () => {
    await stub.close();
    stub = await serve({ rules: [{ ...RULE, role: 'viewer' }] });
    const { session } = await whole();
    const headers = { host, cookie: `tidewatch_session=${session}` };
    const answer = await stub.api.app.inject({ method: 'POST', url: '/api/v1/sync', headers });
    expect(answer.json().detail).toBe('this needs the role operator; "mallory@example.com" has the role viewer');
  });
});

test('many callbacks of no log-in, which any page can make a browser send, hold up nobody, and the provider hears of none', async () => {
  const { cookie, state } = await begin();
  for (let tries = 0; tries < 25; tries += 1) expect((await callback('code=c&state=x', null)).status).toBe(400);
  expect(asked('/token')).toEqual([]);
  expect((await callback(`code=c&state=${state}`, cookie)).status).toBe(200);
});
