import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { memoryEventLog } from '../../events/memory-event-log.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import type { ApiOptions } from '../api-server.ts';
import { eventDraft, RestlessMonitor, stubApi } from '../stub-api.contract.ts';
import { LiveTestClient } from './live-client.contract.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setUp(options: Partial<ApiOptions> = {}) {
  const stub = await stubApi({ log: memoryEventLog({ capacity: 50_000 }), ...options });
  await stub.api.listen();
  cleanups.push(() => stub.close());
  const sockets: Socket[] = [];
  stub.api.app.server.on('upgrade', (_request, socket) => sockets.push(socket as Socket));
  /** A client, and the server's end of its connection. */
  const connect = async (subscription?: object) => {
    const client = new LiveTestClient(stub.api.address());
    cleanups.push(() => client.ws.terminate());
    await client.opened();
    if (subscription !== undefined) await client.subscribe(subscription);
    return { client, end: sockets.at(-1) as Socket };
  };
  let told = 0;
  /** Events of 8 KB. */
  const emit = async (count: number) => {
    const message = 'x'.repeat(8_000);
    stub.bus.emitAll(Array.from({ length: count }, () => eventDraft('shop', message)));
    told += count;
    await stub.bus.drain();
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  /** Until what the system holds for a client is full. */
  const fill = async (end: Socket) => {
    let before = -1;
    // It is full when it was full before and has not moved since.
    while (!end.writableNeedDrain || end.bytesWritten - end.writableLength !== before) {
      before = end.bytesWritten - end.writableLength;
      await emit(50);
    }
  };
  const all = () => Array.from({ length: told }, (_, index) => index + 1);
  return { stub, connect, emit, fill, all };
}

describe('a client that stops reading', () => {
  test('is given nothing more, delays nobody, is told so, and gets every event when it reads again', async () => {
    const { stub, connect, emit, fill, all } = await setUp();
    stub.tracker.put('shop');
    const [{ client: slow, end }, { client: quick }] = [await connect({}), await connect({})];
    slow.socket?.pause();
    await fill(end);
    const held = end.writableLength;
    await emit(1_000);
    stub.tracker.put('shop', { phase: 'paused' });
    await quick.until(() => expect(quick.seqs).toEqual(all()));
    await quick.until(() => expect(quick.of('state').at(-1)?.workspace.phase).toBe('paused'));
    expect(end.writableLength).toBe(held);
    expect(slow.of('resync')).toEqual([]);
    slow.socket?.resume();
    await slow.until(() => expect(slow.seqs.at(-1)).toBe(all().at(-1)));
    expect(slow.seqs).toEqual(all());
    const told = slow.types.indexOf('resync');
    expect(slow.frames[told]).toEqual({ type: 'resync', reason: 'too_slow', gap: null });
    expect(slow.frames[told + 1]).toMatchObject({ type: 'snapshot', workspaces: [{ id: 'shop', phase: 'paused' }] });
    // What follows a snapshot is what comes after it.
    const [, resumed] = slow.of('snapshot');
    const next = slow.frames.slice(told + 2).find((frame) => frame.type === 'event');
    expect(next?.type === 'event' && next.event.seq).toBe((resumed?.seq ?? 0) + 1);
    expect(quick.of('resync')).toEqual([]);
  });

  test('is told what the log has lost meanwhile', async () => {
    const { stub, connect, emit, fill, all } = await setUp();
    const { client, end } = await connect({});
    client.socket?.pause();
    await fill(end);
    await emit(1_000);
    stub.log.prune({ olderThan: Number.MAX_SAFE_INTEGER, keepAtMost: 0 });
    client.socket?.resume();
    await client.until(() => expect(client.seqs.at(-1)).toBe(all().at(-1)));
    const gaps = client.of('resync').flatMap(({ gap }) => (gap === null ? [] : [gap]));
    const lost = gaps.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
    expect(gaps).toHaveLength(1);
    expect([...client.seqs, ...lost].toSorted((a, b) => a - b)).toEqual(all());
  });

  test('may change its subscription, which holds when it reads again', async () => {
    const { stub, connect, emit, fill } = await setUp();
    for (const id of ['shop', 'wiki']) stub.tracker.put(id);
    const { client, end } = await connect({});
    client.socket?.pause();
    await fill(end);
    const held = end.writableLength;
    for (let time = 0; time < 5; time += 1) client.send({ type: 'subscribe', events: [], workspaces: ['wiki'] });
    await emit(10);
    expect(end.writableLength).toBe(held);
    client.socket?.resume();
    await client.until(() =>
      expect(
        client
          .of('snapshot')
          .at(-1)
          ?.workspaces.map(({ id }) => id),
      ).toEqual(['wiki']),
    );
    expect(client.of('snapshot').length).toBeLessThanOrEqual(3);
  });

  test('is cut after a minute, and with it what it looked at is watched no longer', async () => {
    const clock = new FakeClock();
    const monitor = new RestlessMonitor(3);
    const { connect, fill } = await setUp({ clock, monitor });
    const [{ client, end }, { client: other }] = [await connect({ metrics: true }), await connect({})];
    expect(monitor.watched.size).toBe(3);
    client.socket?.pause();
    await fill(end);
    for (let beat = 1; beat <= 5; beat += 1) {
      await clock.advance(15_000);
      // Whoever answers stays.
      other.send({ type: 'ping' });
      await other.until(() => expect(other.of('pong')).toHaveLength(beat));
    }
    expect(end.destroyed).toBe(true);
    expect(monitor.watched.size).toBe(0);
    expect(other.closed).toBeNull();
  });
});

describe('a client that is not heard of', () => {
  test.each([
    ['that has subscribed', {}],
    ['that never subscribes', undefined],
  ])('%s is cut after a minute', async (_what, subscription) => {
    const clock = new FakeClock();
    const { connect } = await setUp({ clock });
    const { client, end } = await connect(subscription);
    // Nothing is answered any more, as from a machine that is gone.
    client.socket?.pause();
    await clock.advance(50_000);
    expect(end.destroyed).toBe(false);
    await clock.advance(15_000);
    expect(end.destroyed).toBe(true);
  });
});
