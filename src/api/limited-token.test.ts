import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { memoryTokenStore } from '../access/memory-token-store.ts';
import type { EventDraft } from '../model/events.ts';
import { LiveTestClient } from './live/live-client.contract.ts';
import { AUTHORIZED, eventDraft, makeToken, type StubApi, stubApi } from './stub-api.contract.ts';

let stub: StubApi;
let ann: Awaited<ReturnType<typeof makeToken>>;
const tokens = memoryTokenStore();

beforeEach(async () => {
  stub = await stubApi({ tokens });
  stub.tracker.put('shop', { owner: 'ann', containers: [] });
  stub.tracker.put('secret', { owner: 'eve', containers: [] });
  ann = await makeToken(stub, { role: 'admin', owners: ['ann'] });
});
afterEach(() => stub.close());

async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) {
  const request = { method, url: `/api/v1${path}`, headers: ann.headers, ...(payload && { payload }) };
  const answer = await stub.api.app.inject(request);
  return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() };
}

async function idsOf(path: string): Promise<string[]> {
  const { body } = await call('GET', path);
  return body.items.map(({ id, workspaceId }: { id: string; workspaceId?: string }) => workspaceId ?? id);
}

describe('what a limited token sees', () => {
  test('follows the present owner', async () => {
    expect(await idsOf('/workspaces')).toEqual(['shop']);
    stub.tracker.put('shop', { owner: 'eve' });
    stub.tracker.put('secret', { owner: 'ann' });
    expect(await idsOf('/workspaces')).toEqual(['secret']);
    expect((await call('GET', '/workspaces/shop')).status).toBe(404);
  });

  test('adds up what runs: a workspace between two starts has nothing to read, one that runs unread makes it stale', async () => {
    const summary = async () => (await call('GET', '/summary')).body.freshness;
    stub.tracker.put('importer', {
      owner: 'ann',
      phase: 'crash-looping',
      containerState: 'restarting',
      containers: [],
    });
    expect(await summary()).toMatchObject({ incompleteWorkspaces: 0, state: 'live' });
    stub.tracker.put('unread', { owner: 'ann' });
    expect((await summary()).incompleteWorkspaces).toBe(1);
  });

  test('needs one of its owners and all of its labels', async () => {
    const both = await makeToken(stub, { role: 'viewer', owners: ['ann', 'bob'], labels: ['team=a', 'live'] });
    stub.tracker.put('one', { owner: 'bob', labels: { team: 'a', live: 'no' } });
    stub.tracker.put('two', { owner: 'bob', labels: { team: 'a' } });
    stub.tracker.put('three', { owner: 'eve', labels: { team: 'a', live: '' } });
    const { items, total } = (await stub.api.app.inject({ url: '/api/v1/workspaces', headers: both.headers })).json();
    expect([items.map(({ id }: { id: string }) => id), total]).toEqual([['one'], 1]);
  });

  test('has events of its workspaces and gaps, of a forgotten one by its last owner; the cursor rests where nothing is', async () => {
    stub.bus.emitAll([eventDraft('secret'), eventDraft('shop'), eventDraft(null), eventDraft('secret')]);
    await stub.bus.drain();
    const { body } = await call('GET', '/events');
    expect([body.items.map(({ seq }: { seq: number }) => seq), body.nextAfter, body.gap]).toEqual([[2], 2, null]);
    expect((await call('GET', '/events?after=2')).body).toEqual({ items: [], nextAfter: 2, gap: null });
    expect((await call('GET', '/events?after=99')).body).toEqual({ items: [], nextAfter: 0, gap: { from: 1, to: 99 } });
    await stub.tracker.forgetWorkspace('shop');
    await stub.tracker.forgetWorkspace('secret');
    expect(await idsOf('/events')).toEqual(['shop']);
    expect((await call('GET', '/workspaces/shop/events')).body.items).toHaveLength(1);
    expect((await call('GET', '/workspaces/secret/events')).status).toBe(404);
  });

  test('has nothing of another workspace that had the same id before', async () => {
    const removed: EventDraft = {
      ...{ type: 'workspace_removed', workspaceId: 'secret', timestamp: '2026-01-01T00:00:00.000Z', message: 'gone' },
      ...{ data: { name: 'secret', removedAt: '2026-01-01T00:00:00.000Z' }, recovered: false },
    };
    stub.bus.emitAll([eventDraft('secret', 'of eve')]);
    await stub.tracker.forgetWorkspace('secret');
    stub.bus.emitAll([removed]);
    await stub.bus.drain();
    stub.tracker.put('secret', { owner: 'ann', containers: [] });
    stub.bus.emitAll([eventDraft('secret', 'of ann')]);
    await stub.bus.drain();
    const messages = async () => {
      const { body } = await call('GET', '/workspaces/secret/events');
      return body.items.map(({ message }: { message: string }) => message);
    };
    expect(await messages()).toEqual(['of ann']);
    await stub.tracker.forgetWorkspace('secret');
    stub.bus.emitAll([removed]);
    await stub.bus.drain();
    expect(await messages()).toEqual(['of ann', 'gone']);
  });

  test('is not guessed before the first sync: a reader would pass over its own events', async () => {
    stub.tracker.synced = false;
    for (const path of ['/events', '/workspaces/shop/events', '/events/stream']) {
      expect(await call('GET', path)).toMatchObject({ status: 503, body: { code: 'not_ready' } });
    }
  });

  test('comes in full pages although others lie between', async () => {
    const mixed = Array.from({ length: 2_500 }, (_, index) => eventDraft(index % 50 === 0 ? 'shop' : 'secret'));
    stub.bus.emitAll(mixed);
    await stub.bus.drain();
    const seqs: number[] = [];
    for (let after = 0; ; ) {
      const { body } = await call('GET', `/events?limit=7&after=${after}`);
      if (body.items.length === 0) break;
      seqs.push(...body.items.map(({ seq }: { seq: number }) => seq));
      after = body.nextAfter;
    }
    expect(seqs).toEqual(Array.from({ length: 50 }, (_, index) => index * 50 + 1));
  });
});

describe('what a limited token changes', () => {
  test('it registers within its limit, under an id that meets no other', async () => {
    const made = await call('POST', '/workspaces', { id: 'secret' });
    expect(made).toMatchObject({ status: 201, body: { owner: 'ann' } });
    expect(made.body.id).toMatch(/^secret-[0-9a-f]{10}$/);
    expect((await call('POST', '/workspaces', { id: 'new' })).body.id).toMatch(/^new-[0-9a-f]{10}$/);
    expect(await call('POST', '/workspaces', { id: 'x', owner: 'eve' })).toMatchObject({ status: 403 });
    expect(stub.tracker.getWorkspaceState('secret')?.owner).toBe('eve');
  });

  test('what the limit leaves no choice of is filled in', async () => {
    ann = await makeToken(stub, { role: 'operator', owners: ['ann', 'bob'], labels: ['team=a'] });
    expect(await call('POST', '/workspaces', { id: 'x' })).toMatchObject({ status: 403 });
    const { body } = await call('POST', '/workspaces', { id: 'x', owner: 'bob', labels: { k: 'v' } });
    expect(body).toMatchObject({ owner: 'bob', labels: { team: 'a', k: 'v' } });
  });

  test('it cannot move a workspace out of its limit', async () => {
    for (const owner of ['eve', null]) {
      expect(await call('PATCH', '/workspaces/shop', { owner, name: 'n' })).toMatchObject({ status: 403 });
    }
    expect(stub.tracker.getWorkspaceState('shop')).toMatchObject({ owner: 'ann', name: 'shop' });
    expect((await call('PATCH', '/workspaces/shop', { name: 'n' })).status).toBe(200);
  });

  test('a sync of everything is one of its workspaces', async () => {
    expect((await call('POST', '/sync')).body).toMatchObject({ workspaceCount: 1, successCount: 1, errorCount: 0 });
    expect((await call('POST', '/workspaces/shop/sync')).body).toMatchObject({ workspaceCount: 1, successCount: 1 });
  });

  test('it forgets its own, and gives out no tokens', async () => {
    expect((await call('DELETE', '/workspaces/secret')).status).toBe(404);
    expect((await call('DELETE', '/workspaces/shop')).status).toBe(204);
    expect((await call('POST', '/tokens', { name: 'all', role: 'admin' })).status).toBe(403);
  });
});

describe('a stream ends with its token', () => {
  beforeEach(() => stub.api.listen());

  async function open(headers: Record<string, string>) {
    const address = stub.api.address();
    const port = address.kind === 'tcp' ? address.port : 0;
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/events/stream`, { headers });
    expect(answer.status).toBe(200);
    const state = { ended: false };
    void answer.text().then(() => {
      state.ended = true;
    });
    return state;
  }
  const bearer = ({ secret }: { secret: string }) => ({ authorization: `Bearer ${secret}` });
  const revoke = (id: string) =>
    stub.api.app.inject({ method: 'DELETE', url: `/api/v1/tokens/${id}`, headers: AUTHORIZED });
  const eventually = { timeout: 20_000, interval: 5 };

  test('that is revoked', async () => {
    const stream = await open(bearer(ann));
    await revoke(ann.id);
    await vi.waitFor(() => expect(stream.ended).toBe(true), eventually);
    expect((await call('GET', '/workspaces')).status).toBe(401);
  });

  test('that is revoked, over a WebSocket', async () => {
    const client = new LiveTestClient(stub.api.address(), bearer(ann));
    await client.subscribe({ workspaces: ['*'] });
    expect(client.of('snapshot')[0]?.workspaces.map(({ id }) => id)).toEqual(['shop']);
    await revoke(ann.id);
    await client.until(() => expect(client.closed).toMatchObject({ code: 1008 }));
    const again = new LiveTestClient(stub.api.address(), bearer(ann));
    await again.until(() => expect(again.refused).toBe(401));
  });

  test('that expires', async () => {
    const stream = await open(bearer(await makeToken(stub, { role: 'viewer', expiresIn: '1s' })));
    await vi.waitFor(() => expect(stream.ended).toBe(true), eventually);
  });

  test('or with its session: after a log-out, and when the token of the session is revoked', async () => {
    const logIn = async () => {
      const payload = { token: ann.secret };
      const { cookies } = await stub.api.app.inject({
        method: 'POST',
        url: '/login',
        headers: { host: 'localhost' },
        payload,
      });
      return { cookie: `tidewatch_session=${cookies[0]?.value}`, host: 'localhost' };
    };
    const [one, two] = [await logIn(), await logIn()];
    const listed = (await stub.api.app.inject({ url: '/api/v1/workspaces', headers: one })).json();
    expect(listed.total).toBe(1);
    const [first, second] = [await open({ cookie: one.cookie }), await open({ cookie: two.cookie })];
    await stub.api.app.inject({ method: 'POST', url: '/logout', headers: one });
    await vi.waitFor(() => expect(first.ended).toBe(true), eventually);
    expect(second.ended).toBe(false);
    await revoke(ann.id);
    await vi.waitFor(() => expect(second.ended).toBe(true), eventually);
    expect((await stub.api.app.inject({ url: '/api/v1/workspaces', headers: two })).statusCode).toBe(401);
  });
});
