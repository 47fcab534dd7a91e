import { Value } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryEventLog } from '../../events/memory-event-log.ts';
import type { WorkspaceMetrics } from '../../model/workspace.ts';
import { SERVER_FRAMES, type ServerFrame } from '../contract/live-frames.ts';
import { AUTHORIZED, eventDraft, restartPruned, type StubApi, stubApi } from '../stub-api.contract.ts';
import { LiveTestClient } from './live-client.contract.ts';

let stub: StubApi;
let clients: LiveTestClient[] = [];
beforeEach(async () => {
  stub = await stubApi({ log: memoryEventLog({ capacity: 5_000 }) });
  await stub.api.listen();
});
afterEach(async () => {
  for (const client of clients) client.ws.terminate();
  clients = [];
  await stub.close();
});

function connect(headers?: Record<string, string>): LiveTestClient {
  const client = new LiveTestClient(stub.api.address(), headers);
  clients.push(client);
  return client;
}

function emit(count: number, workspaceId: string | null = 'shop'): void {
  stub.bus.emitAll(Array.from({ length: count }, (_, index) => eventDraft(workspaceId, `event ${index}`)));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function repeat(times: number, task: () => void): void {
  for (let time = 0; time < times; time += 1) task();
}

function idsOf({ workspaces }: Extract<ServerFrame, { type: 'snapshot' }>): string[] {
  return workspaces.map(({ id }) => id);
}

describe('a subscription', () => {
  test('is answered with a snapshot; events, states and what is removed follow', async () => {
    stub.tracker.put('shop');
    emit(3);
    await stub.bus.drain();
    const client = await connect().subscribe();
    expect(client.frames[0]).toMatchObject({ type: 'snapshot', seq: 3, workspaces: [{ id: 'shop' }] });
    emit(2);
    stub.tracker.put('shop', { phase: 'paused' });
    stub.tracker.put('wiki');
    await client.until(() => expect(client.seqs).toEqual([4, 5]));
    await client.until(() =>
      expect(client.of('state').map(({ workspace }) => [workspace.id, workspace.phase])).toEqual([
        ['shop', 'paused'],
        ['wiki', 'running'],
      ]),
    );
    stub.tracker.forget('shop');
    await client.until(() => expect(client.of('removed')).toEqual([{ type: 'removed', workspaceId: 'shop' }]));
    for (const frame of client.frames) expect([...Value.Errors(SERVER_FRAMES[frame.type], frame)]).toEqual([]);
  });

  test('with a cursor gives what was missed, once, and then what comes', async () => {
    stub.tracker.put('shop');
    emit(600);
    await stub.bus.drain();
    const client = await connect().subscribe({ after: 20 });
    expect(client.frames[0]).toMatchObject({ type: 'snapshot', seq: 20, workspaces: [{ id: 'shop' }] });
    emit(10);
    await client.until(() => expect(client.seqs.at(-1)).toBe(610));
    expect(client.seqs).toEqual(range(21, 610));
  });

  test('with a cursor that the log no longer has tells so', async () => {
    emit(100);
    stub = await restartPruned(stub, 10);
    const client = await connect().subscribe({ after: 20 });
    await client.until(() => expect(client.seqs).toEqual(range(91, 100)));
    expect(client.frames.slice(0, 3)).toEqual([
      { type: 'snapshot', seq: 20, workspaces: [] },
      { type: 'resync', reason: 'cursor_too_old', gap: { from: 21, to: 90 } },
      { type: 'snapshot', seq: 90, workspaces: [] },
    ]);
    const lost = await connect().subscribe({ after: 5_000 });
    expect(lost.frames).toMatchObject([
      { type: 'resync', reason: 'cursor_unknown', gap: { from: 1, to: 100 } },
      { type: 'snapshot', seq: 100 },
    ]);
  });

  test('narrows by type and workspace', async () => {
    for (const id of ['shop', 'wiki', 'blog']) stub.tracker.put(id);
    const some = await connect().subscribe({ workspaces: ['shop', 'blog'] });
    const none = await connect().subscribe({ events: [] });
    const errors = await connect().subscribe({ events: ['error'], workspaces: ['wiki'] });
    expect([some, none, errors].map(({ frames: [first] }) => idsOf(first as never))).toEqual([
      ['shop', 'blog'],
      ['shop', 'wiki', 'blog'],
      ['wiki'],
    ]);
    emit(1, 'shop');
    emit(1, 'wiki');
    emit(1, null);
    emit(1, 'blog');
    stub.tracker.put('wiki', { phase: 'paused' });
    await some.until(() => expect(some.seqs).toEqual([1, 4]));
    await errors.until(() => expect(errors.of('state')).toHaveLength(1));
    expect([none.seqs, errors.seqs, some.of('state')]).toEqual([[], [], []]);
  });

  test('may be changed at any time; events go on where they were', async () => {
    for (const id of ['shop', 'wiki']) stub.tracker.put(id);
    const client = await connect().subscribe({ workspaces: ['shop'] });
    emit(3, 'wiki');
    emit(1, 'shop');
    await client.until(() => expect(client.seqs).toEqual([4]));
    await client.subscribe({ workspaces: ['wiki'] });
    emit(1, 'shop');
    emit(1, 'wiki');
    await client.until(() => expect(client.seqs).toEqual([4, 6]));
    await client.subscribe({ after: 0 });
    await client.until(() => expect(client.seqs).toEqual([4, 6, ...range(1, 6)]));
    emit(1, 'wiki');
    await client.until(() => expect(client.seqs.at(-1)).toBe(7));
  });

  test('gives figures when they are asked for', async () => {
    const metrics = { cpuPercent: 1.23456, memoryUsage: 1, uptime: 1, sampledAt: '2026-01-01T00:00:00.000Z' };
    stub.tracker.put('shop', { metrics: metrics as WorkspaceMetrics });
    const client = await connect().subscribe({ metrics: true });
    await client.until(() =>
      expect(client.of('metrics')).toMatchObject([
        { samples: [{ workspaceId: 'shop', metrics: { cpuPercent: 1.235 } }] },
      ]),
    );
    stub.tracker.put('shop', { metrics: { ...metrics, cpuPercent: 7 } as WorkspaceMetrics });
    await client.until(() => expect(client.of('metrics').at(-1)?.samples[0]?.metrics?.cpuPercent).toBe(7));
    const quiet = await connect().subscribe();
    expect(quiet.of('metrics')).toEqual([]);
  });

  test('tells what changes without a callback, as freshness does', async () => {
    const state = stub.tracker.put('shop');
    const client = await connect().subscribe();
    stub.tracker.states.set('shop', { ...state, freshness: { ...state.freshness, state: 'unknown' } });
    await client.until(() => expect(client.of('state')[0]?.workspace.freshness.state).toBe('unknown'));
  });
});

describe('who may connect', () => {
  test('is decided as for every other request', async () => {
    const refusals = [
      [{ authorization: 'Bearer wrong' }, 401],
      [{ authorization: '' }, 401],
      [{ host: 'evil.example' }, 403],
      [{ origin: 'http://evil.example' }, 403],
      [{ origin: 'null' }, 403],
      [{ 'sec-fetch-site': 'cross-site' }, 403],
    ] as const;
    for (const [headers, status] of refusals) {
      const client = connect(headers);
      await client.until(() => expect([headers, client.refused]).toEqual([headers, status]));
    }
    const address = stub.api.address();
    const host = `127.0.0.1:${address.kind === 'tcp' ? address.port : 0}`;
    await connect({ origin: `http://${host}` }).subscribe();
  });

  test('a request that asks for no WebSocket is told to', async () => {
    const answer = await stub.api.app.inject({ url: '/api/v1/live', headers: AUTHORIZED });
    expect([answer.statusCode, answer.json().code]).toEqual([426, 'upgrade_required']);
  });

  test('no more than there are seats for, and again when one leaves', async () => {
    await stub.close();
    stub = await stubApi({ maxClients: 2 });
    await stub.api.listen();
    const [first] = [await connect().subscribe(), await connect().subscribe()];
    const third = connect();
    await third.until(() => expect(third.refused).toBe(503));
    first?.ws.close();
    const seats = async () =>
      (await stub.api.app.inject({ url: '/api/v1/stats', headers: AUTHORIZED })).json().api.streams;
    await third.until(async () => expect(await seats()).toBe(1));
    await connect().subscribe();
  });
});

describe('what is no frame', () => {
  test.each([
    ['{', 'frame: must be JSON'],
    ['[]', 'frame: type must be one of subscribe, ping, pong'],
    ['{"type":"__proto__"}', 'frame: type must be one of subscribe, ping, pong'],
    [{ type: 'subscribe', events: '*' }, 'frame events: must be array'],
    [{ type: 'subscribe', after: -1 }, 'frame after: must be >= 0'],
    [{ type: 'subscribe', workspace: 'shop' }, 'frame workspace: there is none of this name'],
  ])('%j is told, and changes nothing', async (frame, detail) => {
    const client = await connect().subscribe();
    client.send(frame);
    await client.until(() => expect(client.of('error')).toEqual([{ type: 'error', code: 'bad_request', detail }]));
    emit(1);
    await client.until(() => expect(client.seqs).toEqual([1]));
  });

  test.each<[string, number, (client: LiveTestClient) => void]>([
    ['binary', 1003, ({ ws }) => ws.send(Buffer.from('{"type":"ping"}'))],
    ['too long', 1009, ({ ws }) => ws.send(`"${'x'.repeat(17_000)}"`)],
    ['not UTF-8', 1007, ({ ws }) => ws.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false })],
    ['not masked', 1002, ({ socket }) => socket?.write(Buffer.from([0x81, 2, 0x7b, 0x7d]))],
    ['a flood', 1008, (client) => repeat(500, () => client.send({ type: 'ping' }))],
    ['a flood of pings', 1008, ({ ws }) => repeat(500, () => ws.ping())],
  ])('%s ends the connection with %i; others go on', async (_what, code, send) => {
    const [other, client] = [await connect().subscribe(), await connect().subscribe()];
    send(client);
    await client.until(() => expect(client.closed?.code).toBe(code));
    emit(1);
    await other.until(() => expect(other.seqs).toEqual([1]));
  });

  test('a ping is answered', async () => {
    const client = await connect().opened();
    client.send({ type: 'ping' });
    await client.until(() => expect(client.frames).toEqual([{ type: 'pong' }]));
  });
});

test('the end of the daemon is told', async () => {
  const clients = [await connect().subscribe(), await connect().opened()];
  await stub.api.close();
  for (const client of clients) {
    await client.until(() => expect(client.closed).toEqual({ code: 1001, reason: 'the daemon is stopping' }));
  }
});

describe('a limited token', () => {
  test('hears of its own workspaces alone, and no more of one that leaves them; its end closes the connection', async () => {
    const made = await stub.api.app.inject({
      method: 'POST',
      url: '/api/v1/tokens',
      headers: AUTHORIZED,
      payload: { name: 'ada', role: 'viewer', owners: ['ada'] },
    });
    const { secret, id } = made.json();
    for (const [workspace, owner] of Object.entries({ shop: 'ada', wiki: 'bob' }))
      stub.tracker.put(workspace, { owner });
    const client = await connect({ authorization: `Bearer ${secret}` }).subscribe({ metrics: true });
    expect(client.of('snapshot').map(idsOf)).toEqual([['shop']]);
    emit(1, 'wiki');
    emit(1, null);
    emit(1, 'shop');
    stub.tracker.put('wiki', { phase: 'paused' });
    await client.until(() => expect(client.seqs).toEqual([3]));
    stub.tracker.put('shop', { owner: 'bob' });
    await client.until(() => expect(client.of('removed')).toEqual([{ type: 'removed', workspaceId: 'shop' }]));
    stub.tracker.put('wiki', { owner: 'ada' });
    await client.until(() => expect(client.of('state').at(-1)?.workspace.id).toBe('wiki'));
    expect(client.of('state').map(({ workspace }) => workspace.owner)).toEqual(['ada']);
    await stub.api.app.inject({ method: 'DELETE', url: `/api/v1/tokens/${id}`, headers: AUTHORIZED });
    await client.until(() => expect(client.closed).toEqual({ code: 1008, reason: 'the right to see this has ended' }));
  });
});
