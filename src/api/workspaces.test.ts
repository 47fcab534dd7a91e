import fc from 'fast-check';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WorkspacePageSchema, WorkspaceSchema } from './contract/entity-schemas.ts';
import { SORT_FIELDS, type Sort } from './contract/input-schemas.ts';
import { SyncReportSchema } from './contract/status-schemas.ts';
import { decodeCursor, encodeCursor } from './page-cursor.ts';
import { AUTHORIZED, type StubApi, stubApi } from './stub-api.contract.ts';
import { workspaceState } from './stub-tracker.contract.ts';
import { pageOf } from './workspace-list.ts';

let stub: StubApi;
beforeEach(async () => {
  stub = await stubApi();
});
afterEach(() => stub.close());

async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) {
  const answer = await stub.api.app.inject({
    method,
    url: `/api/v1${path}`,
    headers: AUTHORIZED,
    ...(payload && { payload }),
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.body === '' ? null : answer.json() };
}

describe('lists', () => {
  const cut = 'n'.repeat(255);

  beforeEach(() => {
    stub.tracker.put('shop', {
      name: 'Shop',
      owner: '은',
      labels: { team: 'a', 'x=y': '1', notes: `${cut}…`, 팀: '가' },
    });
    stub.tracker.put('blog', { name: 'blog', status: 'inactive', phase: 'crashed', since: '2026-01-02T00:00:00.000Z' });
    stub.tracker.put('old', {
      name: 'Archive',
      status: 'archived',
      phase: 'archived',
      labels: { team: 'b' },
      containers: [],
    });
  });

  test.each([
    ['', ['old', 'blog', 'shop']],
    ['?status=active', ['shop']],
    ['?status=inactive&status=archived', ['old', 'blog']],
    ['?status=inactive,archived', ['old', 'blog']],
    ['?status=active&sort=&q=&owner=&label=&limit=&cursor=', ['shop']],
    ['?q=SHOP', ['shop']],
    ['?q=blog-web', ['blog']],
    ['?q=busybox', ['blog', 'shop']],
    [`?owner=${encodeURIComponent('은')}`, ['shop']],
    [`?owner=${encodeURIComponent('은'.normalize('NFD'))}`, ['shop']],
    [`?label=${encodeURIComponent('팀'.normalize('NFD'))}`, ['shop']],
    [`?label=${encodeURIComponent('팀=가'.normalize('NFD'))}`, ['shop']],
    ['?label=notes', ['shop']],
    [`?label=notes=${cut}nn`, ['shop']],
    [`?label=notes=${cut}${'n'.repeat(700)}`, ['shop']],
    [`?label=notes=${cut}${encodeURIComponent('…')}`, ['shop']],
    [`?label=notes=${cut}`, []],
    ['?owner=bob', []],
    ['?owner=', ['old', 'blog', 'shop']],
    ['?label=team', ['old', 'shop']],
    ['?label=team=b', ['old']],
    ['?label=team&label=team=a', ['shop']],
    ['?label=constructor', []],
    ['?sort=-name', ['shop', 'blog', 'old']],
    ['?sort=since', ['old', 'shop', 'blog']],
    ['?sort=-since', ['blog', 'shop', 'old']],
    ['?sort=phase', ['old', 'blog', 'shop']],
  ])('GET /workspaces%s', async (query, ids) => {
    const { status, body } = await call('GET', `/workspaces${query}`);
    expect(status).toBe(200);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(body.total).toBe(ids.length);
    expect([...Value.Errors(WorkspacePageSchema, body)]).toEqual([]);
  });

  test.each([
    ['?status=running', 'status:'],
    ['?status=active,running', 'status:'],
    ['?__proto__=a&__proto__=b', '__proto__'],
    ['?limit=0', 'limit'],
    ['?limit=1001', 'limit'],
    ['?limit=ten', 'limit'],
    ['?sort=colour', 'sort'],
    ['?stauts=active', 'stauts'],
    [`?q=${'x'.repeat(201)}`, 'q'],
    ['?cursor=nonsense', 'cursor'],
    [`?cursor=${encodeCursor({ sort: '-name', key: 'a', id: 'a' })}`, 'cursor'],
    [`?cursor=${Buffer.from('[1,"name",2,3]').toString('base64url')}`, 'cursor'],
  ])('GET /workspaces%s is refused and names %s', async (query, name) => {
    const { status, body } = await call('GET', `/workspaces${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'bad_request', status: 400 });
    expect(body.detail).toContain(`query parameter ${name}`);
  });

  test('an unchanged list is not sent again', async () => {
    const first = await call('GET', '/workspaces');
    const headers = { ...AUTHORIZED, 'if-none-match': String(first.headers.etag) };
    const again = await stub.api.app.inject({ url: '/api/v1/workspaces', headers });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    stub.tracker.put('new');
    expect((await stub.api.app.inject({ url: '/api/v1/workspaces', headers })).statusCode).toBe(200);
  });
});

describe('paging', () => {
  const id = fc.stringMatching(/^[a-e][0-3]?$/);

  function walk(
    ids: readonly string[],
    query: { sort: Sort; limit: number },
    between: (page: number) => readonly string[],
  ): string[] {
    const seen: string[] = [];
    let cursor: string | null | undefined;
    for (let page = 0; cursor !== null; page += 1) {
      const states = [...ids, ...between(page)].map((one) => ({ ...workspaceState(one), name: one.slice(0, 1) }));
      const answer = pageOf(states, { ...query, ...(cursor && { cursor }) });
      expect(answer.states.length).toBeLessThanOrEqual(query.limit);
      seen.push(...answer.states.map(({ workspaceId }) => workspaceId));
      cursor = answer.nextCursor;
    }
    return seen;
  }

  test('gives every workspace once, in order, whatever comes and goes meanwhile', () => {
    const walks = fc.record({
      ids: fc.uniqueArray(id),
      visitors: fc.array(fc.uniqueArray(id), { maxLength: 5 }),
      sort: fc.constantFrom<Sort>(...SORT_FIELDS, '-name', '-id'),
      limit: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(walks, ({ ids, visitors, sort, limit }) => {
        const between = (page: number) => (visitors[page] ?? []).filter((one) => !ids.includes(one));
        const seen = walk(ids, { sort, limit }, between);
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.filter((one) => ids.includes(one)).toSorted()).toEqual(ids.toSorted());
      }),
    );
  });

  test('a cursor is read back as it was; any other text is refused, not obeyed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (sort, key, ofId) => {
        expect(decodeCursor(encodeCursor({ sort, key, id: ofId }), sort)).toEqual({ sort, key, id: ofId });
        expect(() => decodeCursor(key, sort)).toThrow('cursor');
      }),
    );
  });
});

describe('one workspace', () => {
  test('is given with id for workspaceId', async () => {
    stub.tracker.put('shop');
    const { status, body } = await call('GET', '/workspaces/shop');
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: 'shop', status: 'active', freshness: { state: 'live' } });
    expect(body).not.toHaveProperty('workspaceId');
    expect([...Value.Errors(WorkspaceSchema, body)]).toEqual([]);
  });

  test.each(['nobody', 'a%20b', '..%2f..%2fetc', '%00', 'x'.repeat(900), '__proto__', 'constructor'])(
    '%s does not exist',
    async (id) => {
      for (const method of ['GET', 'DELETE'] as const) {
        expect(await call(method, `/workspaces/${id}`)).toMatchObject({
          status: 404,
          body: { code: 'workspace_not_found' },
        });
      }
      expect(await call('PATCH', `/workspaces/${id}`, { name: 'n' })).toMatchObject({
        status: 404,
        body: { code: 'workspace_not_found' },
      });
      expect(await call('POST', `/workspaces/${id}/sync`)).toMatchObject({
        status: 404,
        body: { code: 'workspace_not_found' },
      });
      expect(await call('GET', `/workspaces/${id}/events`)).toMatchObject({
        status: 404,
        body: { code: 'workspace_not_found' },
      });
    },
  );

  test('is registered, changed, archived, taken back and forgotten', async () => {
    const made = await call('POST', '/workspaces', { id: 'a@b:c', name: 'New', labels: { k: 'v' } });
    expect(made).toMatchObject({
      status: 201,
      headers: { location: '/api/v1/workspaces/a%40b%3Ac' },
      body: { id: 'a@b:c', name: 'New' },
    });
    expect(await call('POST', '/workspaces', { id: 'a@b:c' })).toMatchObject({
      status: 409,
      body: { code: 'workspace_exists' },
    });
    const path = String(made.headers.location).replace('/api/v1', '');
    expect(await call('PATCH', path, { owner: 'ann', status: 'archived' })).toMatchObject({
      status: 200,
      body: { owner: 'ann', status: 'archived' },
    });
    expect(await call('PATCH', path, { owner: null, status: 'inactive' })).toMatchObject({
      status: 200,
      body: { owner: null, status: 'inactive' },
    });
    const empty = await call('PATCH', path, {});
    expect(empty).toMatchObject({ status: 400, body: { detail: 'body: nothing to change; give at least one field' } });
    expect(await call('DELETE', path)).toMatchObject({ status: 204, body: null });
    expect(await call('GET', path)).toMatchObject({ status: 404 });
  });

  test.each(['한글작업', '𠀀'.repeat(128), 'हिन्दी'])('may have the id %s, however it is spelled', async (id) => {
    const spelled = id.normalize('NFD');
    const made = await call('POST', '/workspaces', { id: spelled });
    expect(made).toMatchObject({ status: 201, body: { id } });
    expect(made.headers.location).toBe(`/api/v1/workspaces/${encodeURIComponent(id)}`);
    expect(await call('POST', '/workspaces', { id })).toMatchObject({ status: 409 });
    for (const path of [encodeURIComponent(id), encodeURIComponent(spelled)]) {
      expect(await call('GET', `/workspaces/${path}`)).toMatchObject({ status: 200, body: { id } });
      expect(await call('GET', `/workspaces/${path}/events`)).toMatchObject({ status: 200 });
      expect(await call('PATCH', `/workspaces/${path}`, { owner: 'ann' })).toMatchObject({ status: 200, body: { id } });
    }
    expect(await call('DELETE', `/workspaces/${encodeURIComponent(spelled)}`)).toMatchObject({ status: 204 });
  });

  test('with containers is not forgotten', async () => {
    stub.tracker.put('shop');
    expect(await call('DELETE', '/workspaces/shop')).toMatchObject({
      status: 409,
      body: { code: 'workspace_running' },
    });
  });

  test.each([
    [{}, 'id'],
    [{ id: '' }, 'id'],
    [{ id: 'a/b' }, 'id'],
    [{ id: '-a' }, 'id'],
    [{ id: 'x'.repeat(129) }, 'id'],
    [{ id: '한'.repeat(129) }, 'id'],
    [{ id: 'a\u202eb' }, 'id'],
    [{ id: '한\u3164' }, 'id'],
    [{ id: 'ok', nmae: 'x' }, 'nmae'],
    [{ id: 'ok', name: '' }, 'name'],
    [{ id: 'ok', name: 'a\u001b[31m' }, 'name'],
    [{ id: 'ok', labels: { k: { deep: 1 } } }, 'labels'],
    [{ id: 'ok', labels: { 'a\nb': 'c' } }, 'labels'],
    [{ id: 'ok', labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, 'v'])) }, 'labels'],
  ])('registering %j is refused and names %s', async (payload, name) => {
    const { status, body } = await call('POST', '/workspaces', payload);
    expect(status).toBe(400);
    expect(body.detail).toMatch(new RegExp(`^body.*${name}`));
    expect(stub.tracker.states.size).toBe(0);
  });

  test.each([{}, { status: 'active' }, { id: 'other' }, { name: null }, [], 'text'])(
    'changing it to %j is refused',
    async (payload) => {
      const before = stub.tracker.put('shop');
      const answer = await stub.api.app.inject({
        method: 'PATCH',
        url: '/api/v1/workspaces/shop',
        headers: { ...AUTHORIZED, 'content-type': 'application/json' },
        payload: JSON.stringify(payload),
      });
      expect(answer.statusCode).toBe(400);
      expect(stub.tracker.getWorkspaceState('shop')).toEqual(before);
    },
  );
});

describe('syncs', () => {
  test('answer with what was found, without digits that mean nothing', async () => {
    stub.tracker.put('shop');
    for (const path of ['/sync', '/workspaces/shop/sync']) {
      const { status, body } = await call('POST', path);
      expect(status).toBe(200);
      expect(body).toMatchObject({ workspaceCount: 1, duration: 1.2 });
      expect([...Value.Errors(SyncReportSchema, body)]).toEqual([]);
    }
  });

  test('a JSON content type without a body is fine', async () => {
    const headers = { ...AUTHORIZED, 'content-type': 'application/json' };
    expect((await stub.api.app.inject({ method: 'POST', url: '/api/v1/sync', headers })).statusCode).toBe(200);
  });

  test('without an engine they say so', async () => {
    stub.tracker.connected = false;
    expect(await call('POST', '/sync')).toMatchObject({ status: 503, body: { code: 'engine_unreachable' } });
  });
});
