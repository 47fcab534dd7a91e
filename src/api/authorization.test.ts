import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROLES, reaches } from '../access/role.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { API_BASE, type RouteSpec } from './contract/route-spec.ts';
import { ROUTES } from './contract/routes.ts';
import { AUTHORIZED, makeToken, type StubApi, stubApi } from './stub-api.contract.ts';

/** Every route, by what the contract says of it: one that is added is tested here without a line. */
const routes = Object.entries<RouteSpec>(ROUTES).map(([name, spec]) => ({ name, ...spec }));
const guarded = routes.filter(({ access }) => access !== 'open');

let stub: StubApi;
const holders = new Map<string, Record<string, string>>();

beforeAll(async () => {
  const clock = new FakeClock();
  stub = await stubApi({ clock });
  stub.tracker.put('shop', { owner: 'ann', containers: [] });
  stub.tracker.put('secret', { owner: 'eve', containers: [] });
  for (const role of ROLES) {
    holders.set(role, (await makeToken(stub, { role })).headers);
    holders.set(`${role} of ann`, (await makeToken(stub, { role, owners: ['ann'] })).headers);
    const revoked = await makeToken(stub, { role });
    await stub.api.app.inject({ method: 'DELETE', url: `${API_BASE}/tokens/${revoked.id}`, headers: AUTHORIZED });
    holders.set(`revoked ${role}`, revoked.headers);
    holders.set(`expired ${role}`, (await makeToken(stub, { role, expiresIn: '1s' })).headers);
  }
  holders.set('nobody', { host: AUTHORIZED.host });
  clock.step(1_000);
});
afterAll(() => stub.close());

/** What some must be asked with. */
const QUERIES: Readonly<Record<string, string>> = {
  getWorkspaceRollups: '?tier=minute',
  getWorkspaceTrend: '?metric=cpu',
};

/** Wrong tokens from one address are slowed down. */
let addresses = 0;

/** Of a stream that begins, which has no end, only the head. */
async function ask(route: RouteSpec & { readonly name?: string }, headers: Record<string, string>, id = 'shop') {
  addresses += 1;
  const abort = new AbortController();
  const isStream = route.answer.mediaType === 'text/event-stream';
  const answer = await stub.api.app.inject({
    method: route.method,
    url: route.path.replace('{id}', id) + (QUERIES[route.name ?? ''] ?? ''),
    headers,
    remoteAddress: `10.0.${addresses >> 8}.${addresses & 255}`,
    signal: abort.signal,
    payloadAsStream: true,
  });
  const body = isStream && answer.statusCode === 200 ? '' : await text(answer.stream());
  abort.abort();
  return { status: answer.statusCode, body };
}

describe('the authorisation matrix', () => {
  test('every route says what it needs', () => {
    for (const { name, access } of routes) expect(['open', ...ROLES], name).toContain(access);
    expect(routes.filter(({ access }) => access === 'open').map(({ name }) => name)).toEqual([
      'getHealth',
      'getReadiness',
    ]);
    const changes = routes.filter(({ method }) => method !== 'GET');
    expect(changes.filter(({ access }) => access === 'viewer' || access === 'open')).toEqual([]);
  });

  const refused = ['nobody', ...ROLES.flatMap((role) => [`revoked ${role}`, `expired ${role}`])];
  test.each(guarded.flatMap((route) => refused.map((who) => ({ ...route, who }))))(
    '$name refuses $who',
    async ({ who, ...route }) => {
      const { status, body } = await ask(route, holders.get(who) ?? {});
      expect([status, JSON.parse(body).code]).toEqual([401, 'unauthorized']);
    },
  );

  const roles = ROLES.flatMap((role) => [
    { who: role, role, isLimited: false },
    { who: `${role} of ann`, role, isLimited: true },
  ]);
  test.each(guarded.flatMap((route) => roles.map((holder) => ({ ...route, ...holder }))))(
    '$name takes $who as it says',
    async ({ who, role, isLimited, ...route }) => {
      const needed = route.access === 'open' ? 'viewer' : route.access;
      const mayEnter = reaches(role, needed) && !(isLimited && route.unlimited === true);
      const { status, body } = await ask(route, holders.get(who) ?? {});
      if (mayEnter) expect([401, 403]).not.toContain(status);
      else expect([status, JSON.parse(body).code]).toEqual([403, 'forbidden']);
      // What was forgotten by this is there again for the next one.
      if (stub.tracker.getWorkspaceState('shop') === undefined)
        stub.tracker.put('shop', { owner: 'ann', containers: [] });
    },
  );

  const ofOne = guarded.filter(({ path }) => path.startsWith(`${API_BASE}/workspaces/{id}`));
  test.each(ofOne.flatMap((route) => ROLES.map((role) => ({ ...route, role }))))(
    '$name tells $role of ann of the workspace of another what it tells of none',
    async ({ role, ...route }) => {
      const answers = await Promise.all(
        ['secret', 'nosuch'].map((id) => ask(route, holders.get(`${role} of ann`) ?? {}, id)),
      );
      const [other, none] = answers.map(({ status, body }) => {
        const { requestId: _id, ...problem } = JSON.parse(body);
        return { status, problem: JSON.stringify(problem).replaceAll('nosuch', 'secret') };
      });
      expect(other).toEqual(none);
      const isRefused = !reaches(role, route.access === 'open' ? 'viewer' : route.access);
      const needsBody = route.body !== undefined;
      expect(other?.status).toBe(isRefused ? 403 : needsBody ? 400 : 404);
    },
  );

  test('an open route needs nothing, and any token for a path that is not there', async () => {
    for (const route of routes.filter(({ access }) => access === 'open')) {
      expect((await ask(route, {})).status).toBe(200);
    }
    const nowhere = { ...ROUTES.getStats, path: '/nowhere' };
    expect((await ask(nowhere, {})).status).toBe(401);
    expect((await ask(nowhere, holders.get('viewer of ann') ?? {})).status).toBe(404);
  });
});
