import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditLog } from '../access/audit-log.ts';
import { memoryAuditLog } from '../access/memory-audit-log.ts';
import { memoryTokenStore } from '../access/memory-token-store.ts';
import type { TokenStore } from '../access/token-store.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { AUTHORIZED, makeToken, type StubApi, stubApi, TOKEN } from './stub-api.contract.ts';

let stub: StubApi;
let audit: AuditLog;
let tokens: TokenStore;
let lines: string[];
let isFull: boolean;

beforeEach(async () => {
  lines = [];
  isFull = false;
  const write = (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const log = memoryAuditLog();
  audit = {
    read: (query) => log.read(query),
    append(record) {
      if (isFull) throw new Error('disk full');
      log.append(record);
    },
  };
  tokens = memoryTokenStore();
  stub = await stubApi({ logger, audit, tokens, clock: new FakeClock() });
  stub.tracker.put('shop', { containers: [] });
});
afterEach(() => stub.close());

const inject = (options: InjectOptions) => stub.api.app.inject(options);
const entries = () => audit.read({ before: Number.MAX_SAFE_INTEGER, limit: 1_000 });
const host = AUTHORIZED.host;

describe('the audit log', () => {
  test('has every change: who, what, when, from where, and how it went', async () => {
    const ci = await makeToken(stub, { role: 'operator' });
    await inject({ method: 'PATCH', url: '/api/v1/workspaces/shop?', headers: ci.headers, payload: { name: 'Shop' } });
    await inject({ method: 'PATCH', url: '/api/v1/workspaces/none', headers: ci.headers, payload: { name: 'x' } });
    await inject({ method: 'DELETE', url: '/api/v1/workspaces/shop', headers: ci.headers });
    await inject({ method: 'POST', url: '/login', headers: { host }, payload: { token: ci.secret } });
    const answer = await inject({ url: '/api/v1/audit', headers: AUTHORIZED });
    const { items, nextBefore } = answer.json();
    expect(nextBefore).toBeNull();
    expect(
      items.map(({ tokenName, action, path, outcome }: Record<string, string>) => [tokenName, action, path, outcome]),
    ).toEqual([
      [ci.name, 'logIn', '/login', 'done'],
      [ci.name, 'forgetWorkspace', '/api/v1/workspaces/shop', 'forbidden'],
      [ci.name, 'updateWorkspace', '/api/v1/workspaces/none', 'workspace_not_found'],
      [ci.name, 'updateWorkspace', '/api/v1/workspaces/shop', 'done'],
      ['admin', 'createToken', '/api/v1/tokens', 'done'],
    ]);
    expect(items[3]).toMatchObject({ address: '127.0.0.1', body: '{"name":"Shop"}', tokenId: ci.id, seq: 2 });
    expect(lines.filter((line) => line.startsWith('change '))).toHaveLength(5);
  });

  test('has nothing of who reads, or was not let in', async () => {
    await inject({ url: '/api/v1/workspaces', headers: AUTHORIZED });
    await inject({ method: 'POST', url: '/api/v1/sync', headers: { host } });
    await inject({ method: 'POST', url: '/login', headers: { host }, payload: { token: 'wrong' } });
    expect(entries()).toEqual([]);
  });

  test('comes in pages', async () => {
    for (let count = 0; count < 5; count += 1)
      await inject({ method: 'POST', url: '/api/v1/sync', headers: AUTHORIZED });
    const first = (await inject({ url: '/api/v1/audit?limit=3', headers: AUTHORIZED })).json();
    const second = (
      await inject({ url: `/api/v1/audit?limit=3&before=${first.nextBefore}`, headers: AUTHORIZED })
    ).json();
    expect([...first.items, ...second.items].map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1]);
    expect(second.nextBefore).toBeNull();
  });

  test('that cannot be written holds up no change, and that is told', async () => {
    isFull = true;
    const answer = await inject({
      method: 'PATCH',
      url: '/api/v1/workspaces/shop',
      headers: AUTHORIZED,
      payload: { name: 'n' },
    });
    expect(answer.statusCode).toBe(200);
    expect(lines.some((line) => line.includes('could not be written to the audit log'))).toBe(true);
  });
});

test('no secret is in the log, the audit log or the token store', async () => {
  const made = await makeToken(stub, { role: 'admin' });
  const link = new URL(stub.api.loginUrl() ?? '');
  const byLink = await inject({ url: link.pathname + link.search, headers: { host } });
  const byToken = await inject({ method: 'POST', url: '/login', headers: { host }, payload: { token: made.secret } });
  const form = { host, 'content-type': 'application/x-www-form-urlencoded' };
  await inject({ method: 'POST', url: '/login', headers: form, payload: `token=${TOKEN}` });
  const wrong = 'a-wrong-token-that-may-be-one-of-elsewhere';
  await inject({ method: 'POST', url: '/login', headers: { host }, payload: { token: wrong } });
  await inject({ method: 'POST', url: '/login', headers: { host }, payload: `{"token":"${wrong}` });
  await inject({ method: 'POST', url: '/api/v1/sync', headers: { host, authorization: `Bearer ${wrong}` } });
  await inject({ method: 'POST', url: '/api/v1/sync', headers: { host, authorization: `Bearer ${made.secret}` } });
  await inject({ method: 'POST', url: `/api/v1/sync?token=${made.secret}`, headers: made.headers });
  const cookies = [byLink, byToken].map(({ cookies: [cookie] }) => cookie?.value ?? 'none');
  await inject({ method: 'POST', url: '/logout', headers: { host, cookie: `tidewatch_session=${cookies[0]}` } });
  const written = [...lines, JSON.stringify(entries()), JSON.stringify(tokens.list())].join('\n');
  expect(entries().map(({ action }) => action)).toContain('logOut');
  for (const secret of [made.secret, TOKEN, wrong, link.searchParams.get('code'), ...cookies]) {
    expect(secret?.length).toBeGreaterThan(20);
    expect(written).not.toContain(secret);
  }
});

describe('who tries tokens', () => {
  const tryToken = (token: string, remoteAddress = '10.0.0.9') =>
    inject({ url: '/api/v1/stats', headers: { host, authorization: `Bearer ${token}` }, remoteAddress });
  const statusOf = async (token: string, address?: string) => (await tryToken(token, address)).statusCode;

  test('is slowed down, with the right token too; who used it from there before, or from elsewhere, is not', async () => {
    expect(await statusOf(TOKEN)).toBe(200);
    const other = await makeToken(stub, { role: 'viewer' });
    const statuses = [];
    for (let attempt = 0; attempt < 22; attempt += 1)
      statuses.push(await statusOf(`wrong ${attempt}`.replace(' ', '-')));
    expect(statuses).toEqual([...Array(20).fill(401), 429, 429]);
    const refused = await tryToken(other.secret);
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'too_many_attempts' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect([await statusOf(TOKEN), await statusOf(other.secret, '10.0.0.8')]).toEqual([200, 200]);
    const logIn = { method: 'POST', url: '/login', headers: { host }, remoteAddress: '10.0.0.9' } as const;
    expect((await inject({ ...logIn, payload: { token: other.secret } })).statusCode).toBe(429);
    expect((await inject({ url: '/login?code=x', headers: { host }, remoteAddress: '10.0.0.9' })).statusCode).toBe(401);
    expect((await inject({ url: '/healthz', headers: { host }, remoteAddress: '10.0.0.9' })).statusCode).toBe(200);
  });

  test('asking without a token is no attempt', async () => {
    for (let attempt = 0; attempt < 50; attempt += 1) await inject({ url: '/api/v1/stats', headers: { host } });
    expect(await statusOf(TOKEN, '127.0.0.1')).toBe(200);
  });
});
