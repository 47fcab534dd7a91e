import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventDraft, type StubApi, stubApi, TOKEN } from '../api/stub-api.contract.ts';
import { memoryEventLog } from '../events/memory-event-log.ts';
import type { WorkspaceMetrics } from '../model/workspace.ts';
import { formatListenAddress, type ListenAddress } from '../runtime/listen-address.ts';
import { createClient, type LiveFrame, type LiveOptions } from './client.ts';
import type { SocketLike } from './client-request.ts';
import { MessageQueue } from './message-queue.ts';

let stub: StubApi;
let abort: AbortController;
beforeEach(async () => {
  stub = await stubApi();
  await stub.api.listen();
  abort = new AbortController();
});
afterEach(async () => {
  abort.abort();
  await stub.close();
});

const eventually = { timeout: 20_000, interval: 5 };

function urlOf(address: ListenAddress): string {
  return `http://${formatListenAddress(address)}`;
}

/** A feed whose frames are kept. */
function follow(options: LiveOptions = {}, token = TOKEN) {
  const client = createClient({ url: `${urlOf(stub.api.address())}/`, token });
  const feed = client.live({ signal: abort.signal, ...options });
  const frames: LiveFrame[] = [];
  const ended = (async () => {
    for await (const frame of feed) frames.push(frame);
  })();
  ended.catch(() => {});
  const seqs = () => frames.flatMap((frame) => (frame.type === 'event' ? [frame.event.seq] : []));
  return { feed, frames, ended, seqs };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function emit(count: number): void {
  stub.bus.emitAll(Array.from({ length: count }, () => eventDraft('shop')));
}

/** The same log behind a new server at the same address. */
async function restart(): Promise<void> {
  const address = stub.api.address();
  const { log, tracker } = stub;
  await stub.close();
  stub = await stubApi({ log, tracker, address });
  await stub.api.listen();
}

describe('a feed', () => {
  test('gives frames, and keeps a map of workspaces as they are', async () => {
    stub.tracker.put('shop');
    stub.tracker.put('wiki');
    const { feed, frames, seqs } = follow({ metrics: true });
    await vi.waitFor(() => expect([...feed.workspaces.keys()]).toEqual(['shop', 'wiki']), eventually);
    emit(2);
    stub.tracker.put('shop', { phase: 'paused' });
    stub.tracker.forget('wiki');
    await vi.waitFor(() => expect(feed.workspaces.get('shop')?.phase).toBe('paused'), eventually);
    await vi.waitFor(() => expect([...feed.workspaces.keys()]).toEqual(['shop']), eventually);
    await vi.waitFor(() => expect([seqs(), feed.seq]).toEqual([[1, 2], 2]), eventually);
    const metrics = { cpuPercent: 12, uptime: 1, sampledAt: '2026-01-01T00:00:00.000Z' } as WorkspaceMetrics;
    stub.tracker.states.set('shop', { ...stub.tracker.put('shop'), metrics });
    await vi.waitFor(() => expect(feed.workspaces.get('shop')?.metrics?.cpuPercent).toBe(12), eventually);
    expect(frames[0]).toMatchObject({ type: 'snapshot', seq: 0 });
  });

  test('calls back, and changes what it tells', async () => {
    stub.tracker.put('shop');
    const told: string[] = [];
    const client = createClient({ url: urlOf(stub.api.address()), token: TOKEN });
    const feed = client.live({
      signal: abort.signal,
      events: [],
      onSnapshot: ({ workspaces }) => told.push(`snapshot of ${workspaces.length}`),
      onEvent: ({ seq }) => told.push(`event ${seq}`),
      onState: ({ phase }) => told.push(phase),
      onRemoved: (id) => told.push(`${id} removed`),
    });
    const ended = feed.run();
    await vi.waitFor(() => expect(told).toEqual(['snapshot of 1']), eventually);
    emit(1);
    stub.tracker.put('shop', { phase: 'paused' });
    await vi.waitFor(() => expect(told.at(-1)).toBe('paused'), eventually);
    stub.tracker.forget('shop');
    await vi.waitFor(() => expect(told.at(-1)).toBe('shop removed'), eventually);
    feed.subscribe({ events: ['*'] });
    await vi.waitFor(() => expect(told.at(-1)).toBe('snapshot of 0'), eventually);
    emit(1);
    await vi.waitFor(() => expect(told.at(-1)).toBe('event 2'), eventually);
    expect(told).toEqual(['snapshot of 1', 'paused', 'shop removed', 'snapshot of 0', 'event 2']);
    abort.abort();
    await expect(ended).resolves.toBeUndefined();
  });

  test('resumes after a restart without hole or duplicate', async () => {
    const onReconnect = vi.fn();
    const { feed, frames, seqs } = follow({ after: 0, onReconnect });
    emit(3);
    await vi.waitFor(() => expect(feed.seq).toBe(3), eventually);
    await restart();
    emit(4);
    await vi.waitFor(() => expect(seqs()).toEqual(range(1, 7)), eventually);
    expect(onReconnect).toHaveBeenCalledTimes(1);
    expect(frames.filter(({ type }) => type === 'resync')).toEqual([]);
  });

  test('tells what the log no longer has', async () => {
    emit(100);
    await stub.bus.drain();
    stub.log.prune({ olderThan: 0, keepAtMost: 10 });
    await restart();
    const { frames, seqs } = follow({ after: 50 });
    await vi.waitFor(() => expect(seqs()).toEqual(range(91, 100)), eventually);
    expect(frames).toContainEqual({ type: 'resync', reason: 'cursor_too_old', gap: { from: 51, to: 90 } });
  });

  test('throws what trying again cannot mend', async () => {
    await expect(follow({}, 'wrong').ended).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(follow({ events: ['nope' as never] }).ended).rejects.toMatchObject({ code: 'bad_request' });
    const full = await stubApi({ maxClients: 1 });
    await full.api.listen();
    const client = createClient({ url: urlOf(full.api.address()), token: TOKEN, signal: abort.signal });
    const first = client.live();
    const iterator = first[Symbol.asyncIterator]();
    await iterator.next();
    await expect(client.live().run()).rejects.toMatchObject({ code: 'too_many_clients' });
    await iterator.return?.();
    await full.close();
    await expect(client.live().run()).rejects.toMatchObject({ code: 'daemon_unreachable' });
    expect(() => createClient({ url: 'no address', token: TOKEN }).live()).not.toThrow();
    await expect(createClient({ url: 'no address' }).live().run()).rejects.toMatchObject({ code: 'bad_request' });
  });

  test('of a reader who is slow is not kept in memory, and complete', async () => {
    const log = memoryEventLog({ capacity: 50_000 });
    await stub.close();
    stub = await stubApi({ log });
    await stub.api.listen();
    const client = createClient({ url: urlOf(stub.api.address()), token: TOKEN });
    const seqs: number[] = [];
    let isWaiting = true;
    const reading = (async () => {
      for await (const frame of client.live({ after: 0, signal: abort.signal })) {
        await vi.waitFor(() => expect(isWaiting && seqs.length > 0).toBe(false), { timeout: 60_000 });
        if (frame.type === 'event') seqs.push(frame.event.seq);
      }
    })();
    emit(20_000);
    await stub.bus.drain();
    isWaiting = false;
    await vi.waitFor(() => expect(seqs.at(-1)).toBe(20_000), eventually);
    expect(seqs).toEqual(range(1, 20_000));
    abort.abort();
    await reading;
  });
});

describe('messages that wait', () => {
  function socketLike(): SocketLike & { state: string } {
    const socket: SocketLike & { state: string } = {
      state: 'read',
      ...{ onopen: null, onmessage: null, onerror: null, onclose: null },
      send() {},
      close() {
        socket.state = 'closed';
      },
    };
    return socket;
  }
  const arrive = (socket: SocketLike, count: number) => {
    for (const data of range(1, count)) socket.onmessage?.({ data } as never);
  };

  test('stop the reading of a socket that can be paused, until most are taken', () => {
    const socket = socketLike();
    socket.pause = () => {
      socket.state = 'paused';
    };
    socket.resume = () => {
      socket.state = 'read';
    };
    const queue = new MessageQueue(socket);
    arrive(socket, 1_000);
    expect(socket.state).toBe('paused');
    const taken = range(1, 501).map(() => queue.take());
    expect([taken[0], taken.at(-1), socket.state]).toEqual(['1', '501', 'read']);
  });

  test('end a connection that cannot be paused, and are given all the same', async () => {
    const socket = socketLike();
    const queue = new MessageQueue(socket);
    arrive(socket, 10_001);
    expect(socket.state).toBe('closed');
    expect(range(1, 10_000).map(() => queue.take())).toEqual(range(1, 10_000).map(String));
    expect(await queue.next()).toBeUndefined();
  });
});
