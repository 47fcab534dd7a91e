import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { memoryEventLog } from '../../events/memory-event-log.ts';
import { AUTHORIZED, eventDraft, restartPruned, type StubApi, stubApi } from '../stub-api.contract.ts';

let stub: StubApi;
let aborts: AbortController[] = [];
beforeEach(async () => {
  stub = await stubApi({ log: memoryEventLog({ capacity: 5_000 }) });
  await stub.api.listen();
});
afterEach(async () => {
  for (const abort of aborts) abort.abort();
  aborts = [];
  await stub.close();
});

const eventually = { timeout: 20_000, interval: 5 };

function emit(count: number, workspaceId: string | null = 'shop'): void {
  stub.bus.emitAll(Array.from({ length: count }, (_, index) => eventDraft(workspaceId, `event ${index}`)));
}

/** Reads a stream as text until it is told to stop. */
async function open(query = '', headers: Record<string, string> = {}) {
  const address = stub.api.address();
  const abort = new AbortController();
  aborts.push(abort);
  const port = address.kind === 'tcp' ? address.port : 0;
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/events/stream${query}`, {
    headers: { authorization: AUTHORIZED.authorization, ...headers },
    signal: abort.signal,
  });
  const stream = { response, text: '', ended: false, close: () => abort.abort() };
  void (async () => {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) stream.text += decoder.decode(chunk, { stream: true });
    } catch {}
    stream.ended = true;
  })();
  await vi.waitFor(() => expect(stream.text).toContain('retry:'), eventually);
  return stream;
}

function seqsOf(text: string): number[] {
  return [...text.matchAll(/^id: (\d+)\ndata: /gm)].map(([, seq]) => Number(seq));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('a stream', () => {
  test('without a cursor begins now, and tells where that is', async () => {
    emit(3);
    await stub.bus.drain();
    const stream = await open();
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(stream.text).toContain('id: 3\n\n');
    emit(2);
    await vi.waitFor(() => expect(seqsOf(stream.text)).toEqual([4, 5]), eventually);
  });

  test('with a cursor begins after it; Last-Event-ID wins over after', async () => {
    emit(10);
    await stub.bus.drain();
    const all = await open('?after=0');
    const some = await open('?after=0', { 'last-event-id': '7' });
    await vi.waitFor(() => expect(seqsOf(all.text)).toEqual(range(1, 10)), eventually);
    await vi.waitFor(() => expect(seqsOf(some.text)).toEqual([8, 9, 10]), eventually);
  });

  test('gives whole events', async () => {
    const stream = await open('?after=0');
    stub.bus.emit(eventDraft('shop', 'two\nlines and ünïcödé \u2028'));
    await vi.waitFor(() => expect(seqsOf(stream.text)).toEqual([1]), eventually);
    const data = /^data: (\{[^\n]*\})\n/m.exec(stream.text)?.[1] ?? '';
    expect(JSON.parse(data)).toEqual(stub.log.read({ after: 0, limit: 1 }).items[0]);
  });

  test('of a workspace nobody knows is refused, once it is known which there are', async () => {
    const refusalOf = async (id: string) => {
      const answer = await stub.api.app.inject({
        url: `/api/v1/events/stream?workspace=${id}`,
        headers: AUTHORIZED,
      });
      return answer.json();
    };
    stub.tracker.put('shop');
    expect(await refusalOf('shpo')).toMatchObject({ code: 'workspace_not_found', status: 404 });
    stub.tracker.synced = false;
    const early = await open('?workspace=shpo');
    stub.tracker.synced = true;
    emit(1, 'shpo');
    await vi.waitFor(() => expect(seqsOf(early.text)).toEqual([1]), eventually);
    // Forgotten, but told of.
    expect((await open('?workspace=shpo')).response.status).toBe(200);
  });

  test('filters by type and workspace', async () => {
    for (const id of ['shop', 'blog']) stub.tracker.put(id);
    const shop = await open('?workspace=shop');
    const none = await open('?types=error,status_changed');
    const recoveries = await open('?types=recovery&workspace=blog');
    emit(1, 'shop');
    emit(1, 'blog');
    emit(1, null);
    emit(1, 'shop');
    await vi.waitFor(() => expect(seqsOf(shop.text)).toEqual([1, 4]), eventually);
    await vi.waitFor(() => expect(seqsOf(recoveries.text)).toEqual([2]), eventually);
    expect(seqsOf(none.text)).toEqual([]);
  });

  test('tells what can no longer be given', async () => {
    emit(100);
    stub = await restartPruned(stub, 10);
    const stream = await open('?after=20');
    await vi.waitFor(() => expect(seqsOf(stream.text)).toEqual(range(91, 100)), eventually);
    expect(stream.text).toContain('event: gap\ndata: {"from":21,"to":90}\n\n');
  });

  test('with a cursor beyond the end tells so and goes on from the end', async () => {
    emit(5);
    await stub.bus.drain();
    const stream = await open('?after=500');
    expect(stream.text).toContain('event: gap\ndata: {"from":1,"to":5}\n\n');
    emit(1);
    await vi.waitFor(() => expect(seqsOf(stream.text)).toEqual([6]), eventually);
  });

  test('resumes where it was cut, again and again, without hole or duplicate', async () => {
    const seen: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const stream = await open(`?after=${seen.at(-1) ?? 0}`);
      emit(20);
      await vi.waitFor(() => expect(seqsOf(stream.text).length).toBeGreaterThan(0), eventually);
      seen.push(...seqsOf(stream.text));
      stream.close();
      emit(5);
    }
    await stub.bus.drain();
    const rest = await open(`?after=${seen.at(-1)}`);
    await vi.waitFor(() => expect([...seen, ...seqsOf(rest.text)]).toEqual(range(1, 250)), eventually);
  });

  test('ends when the server stops', async () => {
    const stream = await open();
    await stub.api.close();
    await vi.waitFor(() => expect(stream.ended).toBe(true), eventually);
  });
});

describe('many and slow clients', () => {
  test('an event is serialised once for all of them', async () => {
    const streams = await Promise.all(range(1, 30).map(() => open()));
    const toJson = vi.fn(() => 'counted');
    stub.bus.emit({ ...eventDraft('shop'), message: { toJSON: toJson } as unknown as string });
    await vi.waitFor(() => {
      for (const stream of streams) expect(stream.text).toContain('"counted"');
    }, eventually);
    expect(toJson).toHaveBeenCalledTimes(1);
    for (const stream of streams) stream.close();
    const streamsNow = async () =>
      (await stub.api.app.inject({ url: '/api/v1/stats', headers: AUTHORIZED })).json().api.streams;
    await vi.waitFor(async () => expect(await streamsNow()).toBe(0), eventually);
  });

  test('a burst beyond what is kept ready is read from the log', async () => {
    const stream = await open('?after=0');
    emit(4_000);
    await vi.waitFor(() => expect(seqsOf(stream.text)).toEqual(range(1, 4_000)), eventually);
  });
});
