import { getEventListeners } from 'node:events';
import type http from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { createLatch } from '../../runtime/latch.ts';
import type { ContainerSummary, Engine } from '../engine.ts';
import { createDockerEngine, type DockerEngineOptions } from './docker-engine.ts';
import {
  answerPing,
  eventLine,
  listRow,
  type ScriptedServer,
  startScriptedServer,
} from './scripted-server.contract.ts';

const ID = 'c'.repeat(64);
const DETAIL = JSON.stringify({ Id: ID, Name: '/web', State: { Status: 'running', Pid: 7 } });

const closing: (() => PromiseLike<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(listener: http.RequestListener): Promise<ScriptedServer> {
  const server = await startScriptedServer(listener);
  closing.push(() => server[Symbol.asyncDispose]());
  return server;
}

/** Answers pings; `listener` gets the rest. */
const serveCalls = (listener: http.RequestListener) =>
  serve((request, response) => {
    if (!answerPing(request, response)) listener(request, response);
  });

function open(server: ScriptedServer, options: DockerEngineOptions = {}): Engine {
  const engine = createDockerEngine({ host: server.host, ...options });
  closing.push(() => engine.close());
  return engine;
}

async function listed(engine: Engine, signal?: AbortSignal): Promise<ContainerSummary[]> {
  const rows: ContainerSummary[] = [];
  for await (const batch of engine.list(signal)) rows.push(...batch);
  return rows;
}

const watched = (engine: Engine, signal: AbortSignal = new AbortController().signal) =>
  engine.watch({ since: 0, onEvents: () => {}, signal });

/** Every kind of call, as it is made by a test that expects it to fail alike. */
const CALLS: [name: string, call: (engine: Engine, signal?: AbortSignal) => Promise<unknown>][] = [
  ['ping', (engine, signal) => engine.ping(signal)],
  ['connect', (engine, signal) => engine.connect(signal)],
  ['list', listed],
  ['inspect', (engine, signal) => engine.inspect(ID, signal)],
  ['watch', watched],
];
const VERSIONED = CALLS.filter(([name]) => name !== 'ping' && name !== 'connect');

describe.each(CALLS)('%s', (name, call) => {
  it('ends with engine_timeout when nothing is answered, by a limit of its own', async () => {
    const hung = await serve(() => {});
    const far = 1_000_000;
    const limits = { connectMs: far, pingMs: far, listMs: far, inspectMs: far, subscribeMs: far };
    const own = { ping: 'pingMs', connect: 'connectMs', list: 'listMs', inspect: 'inspectMs', watch: 'subscribeMs' }[
      name
    ];
    const clock = new FakeClock();
    const engine = open(hung, { clock, limits: { ...limits, [own ?? '']: 1_000 } });
    let outcome: unknown = 'pending';
    const ended = call(engine).catch((error: unknown) => {
      outcome = error;
    });
    await clock.advance(999);
    expect(outcome).toBe('pending');
    await clock.advance(1);
    await ended;
    expect(outcome).toMatchObject({ code: 'engine_timeout', message: expect.stringContaining('within 1000 ms') });
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells a proxy that answers 403 with a page', async () => {
    const proxy = await serve((_request, response) => {
      response.writeHead(403, { 'Content-Type': 'text/html' }).end('<html><body>403 Forbidden</body></html>');
    });
    await expect(call(open(proxy))).rejects.toMatchObject({
      code: 'engine_forbidden',
      message: expect.stringMatching(/a web page, not the engine.*CONTAINERS=1/),
    });
  });

  it('tells an engine that fails, in its own words', async () => {
    const failing = await serve((_request, response) => {
      response.writeHead(500, { 'Content-Type': 'text/plain' }).end('layer store is on fire\n');
    });
    await expect(call(open(failing))).rejects.toMatchObject({
      code: 'engine_bad_answer',
      message: expect.stringContaining('layer store is on fire'),
    });
  });

  it('rejects with engine_unreachable where nobody listens', async () => {
    const gone = await serve(() => {});
    await gone.goDown();
    await expect(call(open(gone))).rejects.toMatchObject({ code: 'engine_unreachable' });
  });

  it('rejects with engine_bad_answer at what does not speak HTTP', async () => {
    const strange = await serve((request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    await expect(call(open(strange))).rejects.toMatchObject({ code: 'engine_bad_answer' });
  });

  it('leaves neither timer, listener nor connection behind when it is aborted', async () => {
    const asked = createLatch();
    const hung = await serve(() => asked.open());
    const clock = new FakeClock();
    const aborter = new AbortController();
    const outcome = call(open(hung, { clock }), aborter.signal).then(
      () => 'no error',
      (reason: unknown) => reason,
    );
    await asked.opened;
    const closed = [...hung.open].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    expect(closed).toHaveLength(1);
    aborter.abort('enough');
    expect(await outcome).toBe(name === 'watch' ? 'no error' : 'enough');
    await Promise.all(closed);
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(aborter.signal, 'abort')).toHaveLength(0);
  });

  it('rejects with engine_unreachable after close, and when closed while it runs', async () => {
    const asked = createLatch();
    const hung = await serve(() => asked.open());
    const engine = open(hung);
    const running = call(engine);
    await asked.opened;
    await engine.close();
    const closed = { code: 'engine_unreachable', message: expect.stringContaining('was closed') };
    await expect(running).rejects.toMatchObject(closed);
    await expect(call(engine)).rejects.toMatchObject(closed);
  });
});

describe.each(VERSIONED)('%s', (name, call) => {
  it('works again when the engine went and came back, without being told', async () => {
    const answers: Record<string, string> = { list: '[]', inspect: DETAIL, watch: '' };
    const server = await serveCalls((_request, response) => response.end(answers[name]));
    const engine = open(server);
    await call(engine);
    await server.goDown();
    await expect(call(engine)).rejects.toMatchObject({ code: 'engine_unreachable' });
    await server.comeUp();
    await call(engine);
  });

  it('rejects with engine_unreachable when the answer breaks off', async () => {
    const server = await serveCalls((_request, response) => {
      response.write(name === 'watch' ? eventLine('die') : '[{"Id":', () => response.destroy());
    });
    await expect(call(open(server))).rejects.toMatchObject({ code: 'engine_unreachable' });
  });

  it('asks with the version the engine names when it refuses ours, and keeps to it', async () => {
    const server = await serve((request, response) => {
      if (answerPing(request, response, '1.41')) return;
      if (request.url?.startsWith('/v1.44/')) return void response.end(name === 'list' ? '[]' : DETAIL);
      const message =
        'client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client';
      response.writeHead(400).end(JSON.stringify({ message }));
    });
    const engine = open(server);
    await call(engine);
    await call(engine);
    expect(server.asked.map((path) => path.split('/')[1])).toEqual(['_ping', 'v1.41', 'v1.44', 'v1.44']);
  });

  it('gives up when the engine refuses every version', async () => {
    let turn = 0;
    const server = await serve((request, response) => {
      if (answerPing(request, response)) return;
      turn += 1;
      const word = turn % 2 === 0 ? 'Maximum supported API version is 1.41' : 'Minimum supported API version is 1.44';
      response.writeHead(400).end(JSON.stringify({ message: word }));
    });
    await expect(call(open(server))).rejects.toMatchObject({ code: 'engine_bad_answer' });
    expect(server.asked.length).toBeLessThan(5);
  });

  it('rejects with engine_api_version when the engine wants a version that is not understood', async () => {
    for (const word of ['Minimum supported API version is 1.99', 'Maximum supported API version is 1.12']) {
      const server = await serveCalls((_request, response) =>
        response.writeHead(400).end(JSON.stringify({ message: `client version 1.41 is refused. ${word}` })),
      );
      await expect(call(open(server))).rejects.toMatchObject({ code: 'engine_api_version' });
    }
  });
});

describe('connect', () => {
  it('negotiates the version anew each time: the engine may have been updated', async () => {
    let version = '1.41';
    const server = await serve((request, response) => {
      if (!answerPing(request, response, version)) response.end('[]');
    });
    const engine = open(server);
    expect((await engine.connect()).apiVersion).toBe('1.41');
    version = '1.44';
    expect((await engine.connect()).apiVersion).toBe('1.44');
    await listed(engine);
    expect(server.asked.at(-1)).toBe('/v1.44/containers/json?all=1');
  });

  it.each([
    ['1.12', 'engine_api_version', 'update the engine'],
    [undefined, 'engine_bad_answer', 'names no API version'],
  ])('refuses an engine whose API version is %s, and says where it is', async (version, code, words) => {
    const server = await serve((_request, response) => {
      if (version !== undefined) response.setHeader('Api-Version', version);
      response.end('OK');
    });
    const refused = await open(server)
      .connect()
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(refused).toMatchObject({ message: expect.stringContaining(server.host) });
  });
});

describe('list', () => {
  it('has a limit in all: a list that trickles for ever ends', async () => {
    const clock = new FakeClock();
    const began = createLatch();
    let trickle = (_text: string) => {};
    const server = await serveCalls((_request, response) => {
      response.write('[');
      trickle = (text) => void response.write(text);
      began.open();
    });
    const engine = open(server, { clock, limits: { listMs: 1_000 } });
    let rows = 0;
    const outcome = (async () => {
      for await (const batch of engine.list()) rows += batch.length;
    })().catch((error: unknown) => error);
    await began.opened;
    for (let n = 0; n < 20; n += 1) {
      trickle(`${n === 0 ? '' : ','}${JSON.stringify(listRow(n))}`);
      await clock.advance(500);
    }
    expect(await outcome).toMatchObject({ code: 'engine_timeout', message: expect.stringContaining('6000 ms') });
    expect(rows).toBeGreaterThan(5);
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes a row that comes in many pieces for a sign of life', async () => {
    const clock = new FakeClock();
    const began = createLatch();
    let answer: http.ServerResponse | undefined;
    const server = await serveCalls((_request, response) => {
      answer = response;
      response.write('[');
      began.open();
    });
    const text = JSON.stringify(listRow(1));
    const outcome = listed(open(server, { clock, limits: { listMs: 1_000 } }));
    await began.opened;
    for (const part of [text.slice(0, 50), text.slice(50, 100), text.slice(100)]) {
      answer?.write(part);
      await clock.advance(900);
    }
    answer?.end(']');
    expect(await outcome).toHaveLength(1);
  });

  it('frees its connection when the caller stops in the middle', async () => {
    const broken = createLatch();
    const clock = new FakeClock();
    const server = await serveCalls((_request, response) => {
      response.on('close', broken.open);
      response.write(`[${JSON.stringify(listRow(1))},`);
    });
    for await (const batch of open(server, { clock }).list()) if (batch.length > 0) break;
    await broken.opened;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('inspect', () => {
  it('is null for a container the engine does not know, in the words of Docker and of Podman', async () => {
    for (const message of [
      `No such container: ${ID}`,
      `no container with name or ID "${ID}" found: no such container`,
    ]) {
      const server = await serveCalls((_request, response) =>
        response.writeHead(404).end(`${JSON.stringify({ message })}\n`),
      );
      expect(await open(server).inspect(ID)).toBeNull();
    }
  });

  it('does not take a proxy that knows no such path for a container that is gone', async () => {
    for (const page of [
      '<html><body>404 Not Found</body></html>',
      '404 page not found',
      '{"message":"page not found"}',
    ]) {
      const server = await serveCalls((_request, response) => response.writeHead(404).end(page));
      await expect(open(server).inspect(ID)).rejects.toMatchObject({ code: 'engine_bad_answer' });
    }
  });

  it.each(['not json', '[]', 'null', '{}', '{"Id":7,"State":{}}', ''])('refuses the answer %s', async (body) => {
    const server = await serveCalls((_request, response) => response.end(body));
    await expect(open(server).inspect(ID)).rejects.toMatchObject({ code: 'engine_bad_answer' });
  });

  it('that hangs holds up neither list nor ping nor the inspects beyond it', async () => {
    const server = await serveCalls((request, response) => {
      if (request.url?.includes('/hung')) return;
      response.end(request.url?.includes('?all') ? '[]' : DETAIL);
    });
    const engine = open(server, { limits: { inspectsAtOnce: 2, inspectMs: 1_000_000 } });
    const hung = engine.inspect('hung').catch((error: unknown) => error);
    expect(await Promise.all([listed(engine), engine.inspect(ID), engine.inspect(ID)])).toHaveLength(3);
    await engine.ping();
    await engine.close();
    expect(await hung).toMatchObject({ code: 'engine_unreachable' });
  });

  it('runs no more at once than it was told', async () => {
    const waiting: http.ServerResponse[] = [];
    const server = await serveCalls((_request, response) => void waiting.push(response));
    const engine = open(server, { limits: { inspectsAtOnce: 2 } });
    await engine.connect();
    const all = Promise.all([1, 2, 3, 4, 5].map(() => engine.inspect(ID)));
    let most = 0;
    for (let answered = 0; answered < 5; ) {
      await systemClock.yieldTurn();
      most = Math.max(most, waiting.length);
      if (waiting.length < Math.min(2, 5 - answered)) continue;
      waiting.shift()?.end(DETAIL);
      answered += 1;
    }
    await all;
    expect(most).toBe(2);
  });

  it('is not asked again when its answer cannot be read on a connection used before', async () => {
    let inspects = 0;
    const server = await serveCalls((_request, response) => {
      inspects += 1;
      response.write('{"Id":', () => response.socket?.end('this is no chunk\r\n'));
    });
    const engine = open(server);
    await engine.connect();
    await expect(engine.inspect(ID)).rejects.toMatchObject({ code: expect.stringMatching(/^engine_/) });
    await engine.ping();
    expect(inspects).toBe(1);
    expect(server.open.size).toBe(1);
  });
});

describe('an abort', () => {
  it('while the last bytes of an answer are read harms nobody', async () => {
    const server = await serveCalls((_request, response) => response.end(`${eventLine('die')}\n`));
    const engine = open(server);
    await engine.connect();
    for (let n = 0; n < 5; n += 1) {
      const aborter = new AbortController();
      await engine.watch({ since: 0, until: 1, onEvents: () => aborter.abort(), signal: aborter.signal });
      await systemClock.yieldTurn();
    }
    expect(await engine.ping()).toMatchObject({ apiVersion: '1.41' });
  });
});
