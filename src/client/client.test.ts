import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventDraft, RestlessMonitor, type StubApi, stubApi, TOKEN } from '../api/stub-api.contract.ts';
import { memoryEventLog } from '../events/memory-event-log.ts';
import { formatListenAddress } from '../runtime/listen-address.ts';
import { createClient, type MetricsFrame, mergeFrame, type TidewatchClient, type TidewatchEvent } from './client.ts';

let stub: StubApi;
let client: TidewatchClient;
const cleanups: (() => void | Promise<void>)[] = [];
beforeEach(async () => {
  stub = await stubApi();
  await stub.api.listen();
  client = createClient({ url: `${urlOf(stub)}/`, token: TOKEN });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await stub.close();
});

const eventually = { timeout: 20_000, interval: 5 };

function urlOf({ api }: StubApi): string {
  return `http://${formatListenAddress(api.address())}`;
}

/** A server that is no Tidewatch. */
async function foreign(answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

describe('calls', () => {
  test('every route is reached', async () => {
    stub.tracker.put('shop', { labels: { team: 'a' } });
    stub.bus.emit(eventDraft('shop'));
    await stub.bus.drain();
    expect((await client.workspaces.list({ label: ['team=a'], status: ['active'] })).total).toBe(1);
    expect((await client.workspaces.get('shop')).id).toBe('shop');
    expect((await client.workspaces.register({ id: 'a@b', name: 'n' })).name).toBe('n');
    expect((await client.workspaces.update('a@b', { status: 'archived' })).status).toBe('archived');
    stub.tracker.put('a@b', { containers: [] });
    expect(await client.workspaces.remove('a@b')).toBeUndefined();
    expect((await client.workspaces.sync('shop')).workspaceCount).toBe(1);
    expect((await client.sync()).workspaceCount).toBe(1);
    expect((await client.events({ after: 0, types: ['recovery', 'error'], workspace: 'shop' })).items).toHaveLength(1);
    expect(await client.me()).toEqual({ name: 'admin', role: 'admin', limit: null, expiresAt: null });
    expect((await client.stats()).store.lastSeq).toBe(1);
    await expect(client.workspaces.purgeMetrics('shop')).rejects.toMatchObject({ code: 'workspace_not_found' });
    expect((await client.usage({ metric: 'cpu', compare: true })).items).toEqual([]);
    const windows = await client.workspaces.rollups('shop', {
      tier: 'hour',
      from: 'now-3h',
      metrics: ['cpu', 'memory'],
    });
    expect(windows).toMatchObject({ workspaceId: 'shop', tier: 'hour', items: [] });
    expect((await client.workspaces.trend('shop', { metric: 'cpu', window: '24h' })).trend).toBeNull();
    expect(await client.health()).toEqual({ status: 'ok' });
    expect((await client.ready()).status).toBe('ready');
    stub.tracker.connected = false;
    expect((await client.ready()).missing).toEqual(['engine']);
  });

  test('a read that is one of too many waits as long as it is told, a change does not', async () => {
    const slept: number[] = [];
    const clock = { sleep: async (ms: number) => void slept.push(ms) };
    let refusals = 2;
    const asked: string[] = [];
    const problem = { code: 'too_many_requests', detail: 'too many' };
    const url = await foreign(({ method = '' }, response) => {
      asked.push(method);
      refusals -= 1;
      if (refusals < 0) return void response.end('{"items":[]}');
      response.writeHead(429, { 'retry-after': '2', 'content-type': 'application/problem+json' });
      response.end(JSON.stringify(problem));
    });
    const slow = createClient({ url, token: 't', clock });
    expect(await slow.tokens.list()).toEqual([]);
    expect(slept).toEqual([2_000, 2_000]);
    refusals = 100;
    const refused = { code: 'too_many_requests', message: 'too many', retryAfterMs: 2_000, retriable: true };
    await expect(slow.tokens.list()).rejects.toMatchObject(refused);
    expect(slept).toHaveLength(5);
    asked.length = 0;
    await expect(slow.sync()).rejects.toMatchObject(refused);
    expect(asked).toEqual(['POST']);
  });

  test('a wait of a read ends with the call', async () => {
    const url = await foreign((_request, response) => {
      response.writeHead(429, { 'retry-after': '5' }).end('{"code":"too_many_requests","detail":"too many"}');
    });
    const call = new AbortController();
    const waits = new AbortController();
    const clock = {
      sleep: (_ms: number, signal?: AbortSignal) =>
        new Promise<void>((resolve) => {
          signal?.addEventListener('abort', () => resolve());
          waits.abort();
        }),
    };
    const reading = createClient({ url, token: 't', clock }).stats({ signal: call.signal });
    reading.catch(() => {});
    await vi.waitFor(() => expect(waits.signal.aborted).toBe(true), eventually);
    call.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });

  test('all pages are read one after the other', async () => {
    for (let index = 0; index < 25; index += 1) stub.tracker.put(`w${String(index).padStart(2, '0')}`);
    const ids: string[] = [];
    for await (const { id } of client.workspaces.all({ limit: 4 })) ids.push(id);
    expect(ids).toEqual([...stub.tracker.states.keys()]);
  });

  test('the server’s error keeps its code and its words', async () => {
    await expect(client.workspaces.get('nobody')).rejects.toMatchObject({
      code: 'workspace_not_found',
      message: 'there is no workspace "nobody"',
    });
    await expect(client.events({ after: -1 })).rejects.toMatchObject({ code: 'bad_request' });
    const stranger = createClient({ url: urlOf(stub), token: 'wrong' });
    await expect(stranger.stats()).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(stranger.stream().next()).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('nobody at the address is daemon_unreachable, with the address and the reason', async () => {
    const url = await foreign(() => {});
    for (const cleanup of cleanups.splice(0)) await cleanup();
    const error = {
      code: 'daemon_unreachable',
      message: expect.stringMatching(/127\.0\.0\.1:\d+ \(ECONNREFUSED\).*tidewatch serve/),
    };
    await expect(createClient({ url }).health()).rejects.toMatchObject(error);
    await expect(createClient({ url }).stream().next()).rejects.toMatchObject(error);
  });

  test.each<[string, RequestListener]>([
    ['a page', (_request, answer) => answer.end('<html>')],
    ['an error page', (_request, answer) => answer.writeHead(500).end('<html>')],
    ['a redirect', (_request, answer) => answer.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    [
      'a cut answer',
      (_request, answer) => answer.writeHead(200, { 'content-length': 100 }).write('{', () => answer.destroy()),
    ],
  ])('what answers with %s is no daemon', async (_what, answer) => {
    await expect(createClient({ url: await foreign(answer) }).stats()).rejects.toMatchObject({
      code: 'daemon_unreachable',
    });
  });

  test('a code of a newer daemon becomes the nearest known one', async () => {
    const url = await foreign((_request, answer) => answer.writeHead(404).end('{"code":"brand_new","detail":"d"}'));
    await expect(createClient({ url }).stats()).rejects.toMatchObject({ code: 'not_found', message: 'd' });
  });

  test('a call ends with its signal, as the signal says', async () => {
    const url = await foreign(() => {});
    const abort = new AbortController();
    const call = createClient({ url }).stats({ signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    const all = createClient({ url, signal: AbortSignal.abort(new Error('closed')) });
    await expect(all.health()).rejects.toThrow('closed');
  });
});

describe('a stream', () => {
  /** Collects a stream's events. */
  function collect(options: Parameters<TidewatchClient['stream']>[0] = {}, from = client) {
    const abort = new AbortController();
    const seen: TidewatchEvent[] = [];
    const ended = (async () => {
      for await (const event of from.stream({ ...options, signal: abort.signal })) seen.push(event);
    })();
    cleanups.push(() => abort.abort());
    return { seen, ended, abort, seqs: () => seen.map(({ seq }) => seq) };
  }

  test('gives events from a cursor on and ends quietly with its signal', async () => {
    stub.bus.emitAll([eventDraft('a'), eventDraft('b'), eventDraft('a')]);
    await stub.bus.drain();
    const { seqs, ended, abort } = collect({ after: 0, workspace: 'a', types: ['recovery'] });
    await vi.waitFor(() => expect(seqs()).toEqual([1, 3]), eventually);
    abort.abort();
    await ended;
  });

  test('survives restarts of the daemon without hole or duplicate, and tells of them', async () => {
    const log = memoryEventLog();
    const told: string[] = [];
    await stub.close();
    const address = stub.api.address();
    const restart = async () => {
      stub = await stubApi({ log, address });
      await stub.api.listen();
    };
    await restart();
    const { seqs } = collect({
      after: 0,
      onConnect: () => told.push('connect'),
      onReconnect: () => told.push('reconnect'),
      onDisconnect: (error) => told.push(error.code),
    });
    for (let round = 1; round <= 3; round += 1) {
      stub.bus.emitAll([eventDraft('a'), eventDraft('a')]);
      await vi.waitFor(() => expect(seqs()).toHaveLength(3 * round - 1), eventually);
      await stub.close();
      log.append([eventDraft('a')]);
      await restart();
    }
    await vi.waitFor(() => expect(seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]), eventually);
    expect(told.filter((what) => what === 'reconnect')).toHaveLength(3);
    expect(told.filter((what) => what === 'connect')).toHaveLength(4);
    expect(told).toContain('daemon_unreachable');
  });

  test('tells a gap', async () => {
    stub.bus.emitAll([eventDraft('a')]);
    await stub.bus.drain();
    const gaps: unknown[] = [];
    collect({ after: 50, onGap: (gap) => gaps.push(gap) });
    await vi.waitFor(() => expect(gaps).toEqual([{ from: 1, to: 1 }]), eventually);
  });

  test('waits for a daemon that is not there yet when told to', async () => {
    const address = stub.api.address();
    await stub.close();
    const told: string[] = [];
    const { seqs } = collect({ after: 0, waitForDaemon: true, onDisconnect: ({ code }) => told.push(code) });
    await vi.waitFor(() => expect(told).toContain('daemon_unreachable'), eventually);
    stub = await stubApi({ address });
    await stub.api.listen();
    stub.bus.emit(eventDraft('a'));
    await vi.waitFor(() => expect(seqs()).toEqual([1]), eventually);
  });

  test('of a daemon that says nothing any more is made again', async () => {
    let connections = 0;
    const url = await foreign((_request, answer) => {
      connections += 1;
      answer.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 1\n\n');
    });
    // Time passes at once, so that every silence is too long.
    const hasty = createClient({ url, clock: { sleep: () => new Promise((resolve) => setImmediate(resolve)) } });
    const { ended, abort } = collect({}, hasty);
    await vi.waitFor(() => expect(connections).toBeGreaterThan(2), eventually);
    abort.abort();
    await ended;
  });
});

describe('figures', () => {
  /** Another daemon at the same address, with so many workspaces that use something. */
  async function restart(count: number): Promise<RestlessMonitor> {
    await stub.close();
    const monitor = new RestlessMonitor(count);
    stub = await stubApi({ monitor, address: stub.api.address() });
    await stub.api.listen();
    return monitor;
  }

  test('come until the signal, complete after each loss of the connection; nobody is watched afterwards', async () => {
    await restart(2);
    const abort = new AbortController();
    const told: string[] = [];
    const frames: MetricsFrame[] = [];
    const metrics = client.metrics({
      signal: abort.signal,
      onConnect: () => told.push('connect'),
      onReconnect: () => told.push('reconnect'),
      onDisconnect: ({ code }) => told.push(code),
    });
    const ended = (async () => {
      for await (const frame of metrics) frames.push(frame);
    })();
    const completeOnes = () => frames.filter(({ isComplete }) => isComplete).map(({ samples }) => samples.length);
    await vi.waitFor(() => expect(completeOnes()).toEqual([2]), eventually);
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(1), eventually);
    expect(frames[1]).toMatchObject({ isComplete: false, at: expect.stringMatching(/Z$/) });
    const monitor = await restart(1);
    await vi.waitFor(() => expect(completeOnes()).toEqual([2, 1]), eventually);
    expect(told).toEqual(expect.arrayContaining(['connect', 'daemon_unreachable', 'reconnect']));
    expect([...monitor.watched]).toEqual(['workspace-0']);
    abort.abort();
    await ended;
    await vi.waitFor(() => expect(monitor.watched.size).toBe(0), eventually);
  });

  test('come beside the events of a stream, of one workspace only where one is named', async () => {
    await restart(2);
    stub.bus.emit(eventDraft('workspace-1'));
    await stub.bus.drain();
    const abort = new AbortController();
    const frames: MetricsFrame[] = [];
    const onMetrics = (frame: MetricsFrame) => frames.push(frame);
    const stream = client.stream({ after: 0, workspace: 'workspace-1', signal: abort.signal, onMetrics });
    expect((await stream.next()).value).toMatchObject({ seq: 1 });
    const reading = stream.next();
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(1), eventually);
    expect(frames.map(({ isComplete }) => isComplete).slice(0, 2)).toEqual([true, false]);
    expect(new Set(frames.flatMap(({ samples }) => samples.map(({ workspaceId }) => workspaceId)))).toEqual(
      new Set(['workspace-1']),
    );
    abort.abort();
    await reading;
  });

  test('add up frame by frame', () => {
    const [at, metrics] = ['', { cpuPercent: 1 } as never];
    const sample = (workspaceId: string, value = metrics) => ({ workspaceId, metrics: value });
    const first = mergeFrame(new Map(), { at, samples: [sample('a'), sample('b')], isComplete: true });
    const second = mergeFrame(first, { at, samples: [sample('a', null as never), sample('c')], isComplete: false });
    const third = mergeFrame(second, { at, samples: [sample('d')], isComplete: true });
    expect([first, second, third].map((one) => [...one.keys()])).toEqual([['a', 'b'], ['b', 'c'], ['d']]);
  });
});
