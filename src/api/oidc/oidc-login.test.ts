import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RoleRule } from '../../access/role-rules.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type StubApi, stubApi } from '../stub-api.contract.ts';
import { CookieBrowser, locationOf, type Seen } from './cookie-browser.contract.ts';
import type { OidcOptions } from './oidc-options.ts';
import { CLIENT, type RealProvider, startProvider } from './real-provider.contract.ts';

const RULE: RoleRule = { claim: 'groups', values: ['ops'], role: 'admin', owners: [], labels: [], ownerClaim: null };
const RULES: readonly RoleRule[] = [
  RULE,
  { ...RULE, values: ['dev'], role: 'operator', ownerClaim: 'preferred_username' },
  { ...RULE, claim: 'email', values: ['*@example.com'], role: 'viewer' },
];

const ACCOUNTS = {
  ann: { email: 'ann@example.com', email_verified: true, preferred_username: 'ann', groups: ['ops'] },
  bob: { email: 'bob@elsewhere.org', email_verified: true, preferred_username: 'bob', groups: ['dev'] },
  cat: { email: 'cat@example.com', email_verified: true },
  eve: { email: 'boss@example.com', email_verified: false, preferred_username: 'eve' },
};

let provider: RealProvider;
let stub: StubApi;
let base: string;
const lines: string[] = [];

beforeAll(async () => {
  const write = (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  provider = await startProvider(ACCOUNTS);
  const oidc: OidcOptions = {
    ...{ issuer: provider.issuer, ...CLIENT, redirectUrl: null, scopes: ['email', 'profile', 'groups'] },
    ...{ providerName: 'ID <b>', rules: RULES, sessionMs: 3_600_000 },
  };
  stub = await stubApi({ oidc, logger });
  await stub.api.listen();
  base = stub.api.url();
  provider.register(`${base}/login/oidc/callback`);
  stub.tracker.put('shop', { owner: 'bob', containers: [] });
  stub.tracker.put('secret', { owner: 'ann', containers: [] });
});
afterAll(async () => {
  await stub.close();
  await provider.close();
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** All the way: from the link on the log-in page, through the provider, to what Tidewatch says then. */
async function logIn(form: string, browser = new CookieBrowser()): Promise<Seen> {
  const page = await browser.follow(`${base}/login/oidc`);
  const answer =
    page.status === 200 ? await browser.visit(page.url, { method: 'POST', body: form, headers: FORM }) : page;
  return browser.follow(locationOf(answer) ?? '');
}

async function api(browser: CookieBrowser, path: string, init?: RequestInit) {
  const { status, body } = await browser.visit(`${base}/api/v1${path}`, init);
  return { status, body: JSON.parse(body || 'null') };
}

describe('logging in by a real provider', () => {
  test('the log-in page leads there, and the provider back with a session', async () => {
    const browser = new CookieBrowser();
    const page = await browser.visit(`${base}/login`);
    expect(page.body).toContain('<a class="button" href="/login/oidc">Log in with ID &lt;b&gt;</a>');
    const begun = await browser.visit(`${base}/login/oidc`);
    const url = new URL(locationOf(begun) ?? '');
    expect([begun.status, url.origin]).toEqual([303, provider.issuer]);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ...{ client_id: CLIENT.clientId, response_type: 'code', scope: 'openid email profile groups' },
      ...{ code_challenge_method: 'S256', redirect_uri: `${base}/login/oidc/callback` },
      ...{ state: expect.stringMatching(/^[\w-]{43}$/), nonce: expect.stringMatching(/^[\w-]{43}$/) },
    });
    expect(begun.headers.get('set-cookie')).toMatch(
      /^tidewatch_oidc=[\w.-]+; Path=\/login\/oidc; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    const done = await logIn('login=ann', browser);
    expect([done.status, done.headers.get('referrer-policy')]).toEqual([200, 'no-referrer']);
    // No redirect: that would be a visit from the provider's page, which no strict cookie goes with.
    expect(done.body).toContain('<meta http-equiv="refresh" content="0;url=/">');
    expect(done.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^tidewatch_oidc=; .*Max-Age=0$/),
      expect.stringMatching(/^tidewatch_session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=3600$/),
    ]);
    expect((await api(browser, '/stats')).status).toBe(200);
  });

  test('the first rule that matches gives role and limit', async () => {
    const [ann, bob, cat] = [new CookieBrowser(), new CookieBrowser(), new CookieBrowser()];
    await logIn('login=ann', ann);
    await logIn('login=bob', bob);
    await logIn('login=cat', cat);
    const seen = async (browser: CookieBrowser) => [
      (await api(browser, '/workspaces')).body.items.map(({ id }: { id: string }) => id),
      (await api(browser, '/sync', { method: 'POST' })).status,
      (await api(browser, '/tokens')).status,
    ];
    expect(await seen(ann)).toEqual([['secret', 'shop'], 200, 200]);
    expect(await seen(bob)).toEqual([['shop'], 200, 403]);
    expect(await seen(cat)).toEqual([['secret', 'shop'], 403, 403]);
  });

  test.each(['login=eve', 'login=nobody'])('who matches no rule is refused: %s', async (form) => {
    const browser = new CookieBrowser();
    const refused = await logIn(form, browser);
    expect(refused.status).toBe(403);
    expect(refused.body).toContain(`ID &lt;b&gt; knows you as ${form.slice(6)}, but nobody gave you access`);
    expect(refused.body).toContain('Log in with ID');
    expect(refused.headers.getSetCookie().join()).not.toContain('tidewatch_session');
    expect((await api(browser, '/stats')).status).toBe(401);
  });

  test('who goes back at the provider is told so, with the provider’s words as text', async () => {
    const refused = await logIn('abort=yes');
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('did not log you in: access_denied: &lt;b&gt;they&lt;/b&gt; did not want to');
  });

  test('the audit log knows who it was', async () => {
    const browser = new CookieBrowser();
    await logIn('login=ann', browser);
    await api(browser, '/workspaces/shop', {
      method: 'PATCH',
      body: '{"name":"Shop"}',
      headers: { 'content-type': 'application/json' },
    });
    await logIn('login=eve');
    await browser.visit(`${base}/logout`, { method: 'POST' });
    const { items } = (await api(await asAnn(), '/audit?limit=5')).body;
    const rows = items.map(({ tokenName, action, path, outcome }: Record<string, string>) => [
      tokenName,
      action,
      path,
      outcome,
    ]);
    expect(rows.slice(1)).toEqual([
      ['ann@example.com', 'logOut', '/logout', 'done'],
      ['eve', 'logIn', '/login/oidc/callback', 'forbidden'],
      ['ann@example.com', 'updateWorkspace', '/api/v1/workspaces/shop', 'done'],
      ['ann@example.com', 'logIn', '/login/oidc/callback', 'done'],
    ]);
    const ids = items.map(({ tokenId }: { tokenId: string }) => tokenId);
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^oidc[0-9a-f]{16}$/);
  });

  test('nothing secret is logged', async () => {
    await logIn('login=ann');
    await logIn('login=eve');
    expect(lines.join('\n')).toContain('no rule of auth.oidc.roles matches; claims: ');
    for (const secret of [CLIENT.clientSecret, 'code=', 'state=', 'tidewatch_session'])
      expect(lines.join('\n')).not.toContain(secret);
  });
});

async function asAnn(): Promise<CookieBrowser> {
  const browser = new CookieBrowser();
  await logIn('login=ann', browser);
  return browser;
}
