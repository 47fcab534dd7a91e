import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FakeClock } from '../../runtime/fake-clock.ts';
import type { MetricsFrameJson } from '../contract/usage-schemas.ts';
import { AUTHORIZED, eventDraft, RestlessMonitor, stubApi } from '../stub-api.contract.ts';

const eventually = { timeout: 20_000, interval: 5 };

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setUp(count = 2) {
  const clock = new FakeClock();
  const monitor = new RestlessMonitor(count);
  const stub = await stubApi({ clock, monitor });
  for (const id of monitor.ids) stub.tracker.put(id);
  await stub.api.listen();
  const responses: ServerResponse[] = [];
  stub.api.app.server.on('request', (_request, response) => responses.push(response));
  cleanups.push(() => stub.close());
  const address = stub.api.address();
  /** A stream over a socket of its own, which can stop reading. */
  const open = async (query: string) => {
    const before = responses.length;
    const socket = connect(address.kind === 'tcp' ? address.port : 0, '127.0.0.1');
    const stream = { socket, text: '' };
    socket.setEncoding('utf8').on('data', (text) => {
      stream.text += text;
    });
    socket.on('error', () => {});
    cleanups.push(() => void socket.destroy());
    const head = `host: ${AUTHORIZED.host}\r\nauthorization: ${AUTHORIZED.authorization}`;
    socket.write(`GET /api/v1/events/stream${query} HTTP/1.1\r\n${head}\r\n\r\n`);
    await vi.waitFor(() => expect(stream.text).toContain('retry:'), eventually);
    return { stream, response: responses[before] as ServerResponse };
  };
  return { clock, monitor, stub, open };
}

function framesOf(text: string): MetricsFrameJson[] {
  return [...text.matchAll(/^event: metrics\ndata: (.*)\n\n/gm)].map(([, data]) => JSON.parse(data ?? ''));
}

describe('figures in the stream of events', () => {
  test.each([
    ['?metrics=maybe', 'query parameter metrics: must be boolean'],
    ['?metrics=', 'query parameter metrics: must be boolean'],
    ['?types=none', 'query parameter types: none leaves nothing to tell but with metrics=true'],
    ['?types=none&metrics=false', 'query parameter types: none leaves nothing to tell but with metrics=true'],
  ])('%s is refused, and why', async (query, detail) => {
    const { stub } = await setUp();
    const answer = await stub.api.app.inject({ url: `/api/v1/events/stream${query}`, headers: AUTHORIZED });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'bad_request', detail });
  });

  test('come over the same connection, without an id of their own', async () => {
    const { stub, clock, open, monitor } = await setUp();
    const { stream } = await open('?metrics=true');
    stub.bus.emit(eventDraft('shop'));
    await clock.advance(1_000);
    await vi.waitFor(() => expect(framesOf(stream.text)).toHaveLength(2), eventually);
    await vi.waitFor(() => expect(stream.text).toContain('id: 1\ndata: '), eventually);
    expect(stream.text).not.toMatch(/id: .*\nevent: metrics|event: metrics\nid:|event: metrics\ndata: .*\nid:/);
    expect(framesOf(stream.text)[1]?.samples.map(({ workspaceId }) => workspaceId)).toEqual(monitor.ids);
  });

  test('come alone with types=none, and only those of a workspace that is named', async () => {
    const { stub, clock, open, monitor } = await setUp();
    const { stream } = await open('?metrics=true&types=none&workspace=workspace-1');
    stub.bus.emit(eventDraft('workspace-1'));
    await stub.bus.drain();
    await clock.advance(3_000);
    await vi.waitFor(() => expect(framesOf(stream.text)).toHaveLength(4), eventually);
    expect(framesOf(stream.text).map(({ samples }) => samples.length)).toEqual([1, 1, 1, 1]);
    expect([...monitor.watched]).toEqual(['workspace-1']);
    expect(stream.text).not.toContain('it changed');
  });

  test('are not sent, nor is anything watched, without being asked for', async () => {
    const { clock, open, monitor } = await setUp();
    const { stream } = await open('');
    await clock.advance(3_000);
    expect(monitor.watched.size).toBe(0);
    expect(framesOf(stream.text)).toEqual([]);
  });
});

describe('a client that does not read', () => {
  const untilFull = async (clock: FakeClock, response: ServerResponse) => {
    for (let second = 0; second < 5_000 && !response.writableNeedDrain; second += 1) await clock.advance(1_000);
    expect(response.writableNeedDrain).toBe(true);
  };
  const pause = (socket: Socket) => void socket.pause();

  test('costs one frame of memory, delays nobody, and gets the newest figures when it reads again', async () => {
    const { clock, open } = await setUp(300);
    const [slow, quick] = [await open('?metrics=true&types=none'), await open('?metrics=true&types=none')];
    pause(slow.stream.socket);
    await untilFull(clock, slow.response);
    const held = slow.response.writableLength;
    await clock.advance(40_000);
    // What was on its way, and one comment of the stream itself.
    expect(slow.response.writableLength).toBeLessThan(held + 100);
    const newest = () => framesOf(quick.stream.text).at(-1)?.at;
    await vi.waitFor(() => expect(newest()).toBe(new Date(clock.now()).toISOString()), eventually);
    const before = new Date(clock.now()).toISOString();
    slow.stream.socket.resume();
    await vi.waitFor(() => expect(slow.response.writableNeedDrain).toBe(false), eventually);
    await clock.advance(1_000);
    await vi.waitFor(() => {
      const frame = framesOf(slow.stream.text).at(-1);
      expect(frame?.at.localeCompare(before)).toBe(1);
      expect(frame?.samples).toHaveLength(300);
    }, eventually);
  });

  test('is cut after a minute; what it looked at is watched no longer', async () => {
    const { clock, open, monitor } = await setUp(300);
    const { stream, response } = await open('?metrics=true&types=none');
    pause(stream.socket);
    await untilFull(clock, response);
    expect(monitor.watched.size).toBe(300);
    await clock.advance(90_000);
    await vi.waitFor(() => expect(monitor.watched.size).toBe(0), eventually);
    expect(response.destroyed).toBe(true);
  });
});

describe('watching ends', () => {
  test.each<[string, (socket: Socket) => unknown]>([
    ['goes', (socket) => socket.end()],
    ['is cut', (socket) => socket.resetAndDestroy()],
  ])('when the client %s', async (_how, leave) => {
    const { open, monitor, stub } = await setUp();
    const { stream } = await open('?metrics=true');
    expect(monitor.watched.size).toBe(2);
    leave(stream.socket);
    await vi.waitFor(() => expect(monitor.watched.size).toBe(0), eventually);
    // Whose client is gone is nothing to wait for: the clock stands still.
    await stub.api.close();
  });

  test('when the server stops', async () => {
    const { open, monitor, stub } = await setUp();
    await open('?metrics=true');
    await stub.api.close();
    expect(monitor.watched.size).toBe(0);
  });
});
