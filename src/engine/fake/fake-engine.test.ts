import { existsSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { createDockerEngine } from '../docker/docker-engine.ts';
import { type ContractEngine, describeEngineContract } from '../engine.contract.ts';
import { eventually } from '../eventually.contract.ts';
import { FakeEngine, type FakeEngineOptions } from './fake-engine.ts';

describe.each(['docker', 'podman'] as const)('in the dialect of %s', (dialect) => {
  describeEngineContract('the Docker client with a fake engine', () => openContract({ dialect }));
});

async function openContract(options: FakeEngineOptions): Promise<ContractEngine> {
  const fake = await FakeEngine.listen(options);
  const engine = createDockerEngine({ host: fake.host });
  return {
    engine,
    world: {
      run: async (labels = {}) => fake.run({ labels }),
      stop: async (id) => fake.stop(id),
      kill: async (id) => fake.kill(id),
      remove: async (id) => fake.destroy(id),
    },
    lose: () => fake.goDown(),
    async close() {
      await engine.close();
      await fake.close();
    },
  };
}

const engines: FakeEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

async function listen(options: FakeEngineOptions = {}): Promise<FakeEngine> {
  const engine = await FakeEngine.listen({ networkEvents: false, ...options });
  engines.push(engine);
  return engine;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function send(
  fake: FakeEngine,
  path: string,
  method = 'GET',
): { sent: ClientRequest; answered: Promise<IncomingMessage> } {
  const url = new URL(fake.host);
  const place =
    url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: Number(url.port) };
  const sent = request({ ...place, path, method, agent: false });
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    sent.once('response', resolve).on('error', reject),
  );
  answered.catch(() => {});
  sent.end();
  return { sent, answered };
}

async function get(fake: FakeEngine, path: string, method?: string): Promise<Answer> {
  const response = await send(fake, path, method).answered;
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() };
}

interface Stream {
  /** Actions told so far. */
  readonly actions: () => string[];
  readonly text: () => string;
  readonly chunks: Buffer[];
  /** Resolves to `end` or the error's code. */
  readonly over: Promise<string>;
  readonly response: IncomingMessage;
}

async function subscribe(fake: FakeEngine, query = ''): Promise<Stream> {
  const before = fake.subscribers;
  const response = await send(fake, `/v1.41/events${query}`).answered;
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  const over = new Promise<string>((resolve) => {
    response.once('end', () => resolve('end'));
    response.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
  });
  if (!query.includes('until')) await eventually(() => expect(fake.subscribers).toBeGreaterThan(before));
  const text = () => Buffer.concat(chunks).toString();
  const actions = () =>
    text()
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { Action: string }).Action);
  return { actions, text, chunks, over, response };
}

/** All that the ring holds for these filters. The engine's clock is put ahead, so that `until` is past and ends the stream at once. */
async function replayed(fake: FakeEngine, filters: Record<string, string[]>): Promise<string[]> {
  fake.setClockOffset(10_000);
  const asked = encodeURIComponent(JSON.stringify(filters));
  const stream = await subscribe(fake, `?since=0&until=${Date.now() / 1000 + 5}&filters=${asked}`);
  expect(await stream.over).toBe('end');
  fake.setClockOffset(0);
  return stream.actions();
}

function states(answer: Answer): Record<string, string> {
  const rows = JSON.parse(answer.body) as { Names: string[]; State: string }[];
  return Object.fromEntries(rows.map((row) => [row.Names[0]!.slice(1), row.State]));
}

describe('ping and versions', () => {
  test('a ping tells the API version, the kind of server and its clock', async () => {
    const fake = await listen({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) });
    fake.setClockOffset(60_000);
    const { status, headers, body } = await get(fake, '/_ping');
    expect({ status, body }).toEqual({ status: 200, body: 'OK' });
    expect(headers).toMatchObject({ 'api-version': '1.41', date: 'Fri, 02 Jan 2026 03:05:05 GMT' });
    expect(headers.server).toMatch(/^Docker\//);
    expect((await get(fake, '/_ping', 'HEAD')).status).toBe(200);
  });

  test('versions beyond what it speaks are refused in the words of Docker, with the version in the header', async () => {
    const fake = await listen({ apiVersion: '1.52', minApiVersion: '1.44' });
    const tooNew = await get(fake, '/v1.99/containers/json');
    expect(tooNew.status).toBe(400);
    expect(tooNew.headers['api-version']).toBe('1.52');
    expect(tooNew.body).toBe('{"message":"client version 1.99 is too new. Maximum supported API version is 1.52"}\n');
    const tooOld = await get(fake, '/v1.41/containers/json');
    expect(tooOld.status).toBe(400);
    expect(tooOld.body).toContain('client version 1.41 is too old. Minimum supported API version is 1.44');
    expect((await get(fake, '/v1.9/containers/json')).headers['content-type']).toMatch(/^text\/plain/);
  });

  test('Podman names itself, takes any version and has its own form of errors', async () => {
    const fake = await listen({ dialect: 'podman' });
    expect((await get(fake, '/_ping')).headers).toMatchObject({ 'libpod-api-version': '4.3.1' });
    expect((await get(fake, '/v1.99/containers/json')).status).toBe(200);
    const missing = await get(fake, '/v1.41/containers/zzz/json');
    expect(JSON.parse(missing.body)).toMatchObject({ response: 404 });
  });

  test('it listens on TCP too, and info and version answer', async () => {
    const fake = await listen({ port: 0, containers: [{}, { state: 'exited' }] });
    expect(fake.host).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    expect(JSON.parse((await get(fake, '/v1.41/info')).body)).toMatchObject({ Containers: 2, ContainersRunning: 1 });
    expect(JSON.parse((await get(fake, '/version')).body)).toMatchObject({ ApiVersion: '1.41' });
    expect((await get(fake, '/v1.41/nope')).status).toBe(404);
  });
});

describe('list and inspect', () => {
  test('the list has running containers, with all=1 every one, and takes filters', async () => {
    const fake = await listen();
    fake.add({ name: 'up', labels: { ws: '1' } });
    fake.add({ name: 'ended', state: 'exited', exitCode: 7, labels: { ws: '2' } });
    fake.add({ name: 'held', state: 'paused' });
    expect(states(await get(fake, '/v1.41/containers/json'))).toEqual({ up: 'running', held: 'paused' });
    const all = await get(fake, '/v1.41/containers/json?all=1');
    expect(states(all)).toEqual({ up: 'running', ended: 'exited', held: 'paused' });
    expect(all.body).toMatch(/"Status":"Exited \(7\) /);
    const asked = encodeURIComponent('{"label":["ws=2"]}');
    expect(states(await get(fake, `/v1.41/containers/json?all=1&filters=${asked}`))).toEqual({ ended: 'exited' });
    const wrong = await get(fake, `/v1.41/containers/json?filters=${encodeURIComponent('{"x":["y"]}')}`);
    expect(wrong).toMatchObject({ status: 400, body: `{"message":"Invalid filter 'x'"}\n` });
    expect((await get(fake, '/v1.41/containers/json?filters=%7Bx')).status).toBe(500);
  });

  test('a row follows its container', async () => {
    const fake = await listen();
    const id = fake.add({ name: 'one', health: 'healthy' });
    expect((await get(fake, '/v1.41/containers/json?all=1')).body).toContain('(healthy)');
    fake.die(id, { exitCode: 9 });
    fake.rename(id, 'two');
    expect(states(await get(fake, '/v1.41/containers/json?all=1'))).toEqual({ two: 'exited' });
    fake.destroy(id);
    expect((await get(fake, '/v1.41/containers/json?all=1')).body).toBe('[]\n');
  });

  test('the health object is in the list from API 1.52 on', async () => {
    const fake = await listen({ apiVersion: '1.52', containers: [{ health: 'unhealthy' }] });
    expect((await get(fake, '/v1.52/containers/json')).body).toContain('"Health":{"Status":"unhealthy"');
    expect((await get(fake, '/v1.51/containers/json')).body).not.toContain('"Health"');
  });

  test('an inspect finds by id, name and the beginning of an id', async () => {
    const fake = await listen();
    const id = fake.add({ name: 'one', startedAt: 1_795_402_832_123, restartPolicy: 'always' });
    for (const ref of [id, 'one', id.slice(0, 12)]) {
      const detail = JSON.parse((await get(fake, `/v1.41/containers/${ref}/json`)).body);
      expect(detail).toMatchObject({
        Id: id,
        Name: '/one',
        State: {
          Status: 'running',
          Running: true,
          StartedAt: '2026-11-23T03:00:32.123Z',
          FinishedAt: '0001-01-01T00:00:00Z',
        },
        HostConfig: { RestartPolicy: { Name: 'always' } },
      });
    }
    expect(await get(fake, '/v1.41/containers/on/json')).toMatchObject({
      status: 404,
      body: '{"message":"No such container: on"}\n',
    });
  });

  test('ten thousand containers are listed', async () => {
    const fake = await listen();
    fake.addMany(10_000, (index) => ({ labels: { ws: `w${index % 100}` } }));
    expect(JSON.parse((await get(fake, '/v1.41/containers/json?all=1')).body)).toHaveLength(10_000);
    expect(fake.calls.list).toBe(1);
  });
});

describe('events', () => {
  test('a line is as Docker writes it, with a time that does not fit a number', async () => {
    const fake = await listen({ now: () => 1_795_402_832_561 });
    const stream = await subscribe(fake);
    const id = fake.create({ name: 'one', labels: { a: 'b' } });
    await eventually(() => expect(stream.text()).toContain('\n'));
    expect(stream.text()).toBe(
      `{"status":"create","id":"${id}","from":"busybox:local","Type":"container","Action":"create","Actor":{"ID":"${id}",` +
        `"Attributes":{"a":"b","image":"busybox:local","name":"one"}},"scope":"local","time":1795402832,"timeNano":1795402832561000001}\n`,
    );
  });

  test('since and until are inclusive to the nanosecond', async () => {
    const fake = await listen({ now: () => 1_795_402_832_561 });
    const id = fake.add();
    for (const action of ['one', 'two', 'three']) fake.tellAction(id, action);
    // Told at …001, …138 and …275. The clock goes on, so that every `until` is past.
    fake.setClockOffset(5_000);
    const late = await subscribe(fake, '?since=1795402832.561000138&until=1795402833');
    expect(await late.over).toBe('end');
    expect(late.actions()).toEqual(['two', 'three']);
    const early = await subscribe(fake, '?since=0&until=1795402832.561000138');
    expect(await early.over).toBe('end');
    expect(early.actions()).toEqual(['one', 'two']);
    const between = await subscribe(fake, '?since=1795402832.561000139&until=1795402832.561000274');
    expect(await between.over).toBe('end');
    expect(between.actions()).toEqual([]);
  });

  test('a stream with until in the future is live until then and ends cleanly', async () => {
    const fake = await listen();
    const id = fake.add();
    fake.tellAction(id, 'before');
    const stream = await subscribe(fake, `?until=${(Date.now() + 4_000) / 1000}`);
    await eventually(() => expect(fake.subscribers).toBe(1));
    fake.tellAction(id, 'live');
    expect(await stream.over).toBe('end');
    expect(stream.actions()).toEqual(['before', 'live']);
  });

  test('without since nothing is replayed', async () => {
    const fake = await listen();
    fake.run();
    const stream = await subscribe(fake);
    fake.run();
    await eventually(() => expect(stream.actions()).toEqual(['create', 'start']));
  });

  test('the ring holds 256 events of all kinds, before any filter', async () => {
    const fake = await listen();
    const id = fake.add();
    fake.tellAction(id, 'update');
    fake.exec(id, { times: 85 });
    expect(await replayed(fake, { event: ['update'] })).toEqual(['update']);
    fake.exec(id);
    expect(await replayed(fake, { event: ['update'] })).toEqual([]);
  });

  test('times it cannot read are refused as Docker 20.10 does', async () => {
    const fake = await listen();
    expect(await get(fake, '/v1.41/events?since=10m')).toMatchObject({
      status: 500,
      body: '{"message":"strconv.ParseInt: parsing \\"10m\\": invalid syntax"}\n',
    });
    expect(await get(fake, '/v1.41/events?since=20&until=10')).toMatchObject({
      status: 400,
      body: '{"message":"`since` time (20) cannot be after `until` time (10)"}\n',
    });
  });

  test('values of one key are alternatives, labels add up, and health_status makes all values prefixes', async () => {
    const fake = await listen();
    const one = fake.add({ name: 'one', labels: { a: '1', b: '2' } });
    const two = fake.add({ name: 'two', labels: { a: '1' } });
    const told = (filters: Record<string, string[]>) => replayed(fake, filters);
    fake.tellAction(one, 'start');
    fake.tellAction(two, 'health_status: healthy');
    fake.tellAction(two, 'exec_start: sh');
    fake.tellAction(two, 'starting');
    expect(await told({ event: ['start', 'pause'] })).toEqual(['start']);
    expect(await told({ event: ['start', 'health_status'] })).toEqual(['start', 'health_status: healthy', 'starting']);
    expect(await told({ label: ['a=1', 'b'] })).toEqual(['start']);
    expect(await told({ container: ['tw'], type: ['container'] })).toHaveLength(3);
    expect(await told({ type: ['network'] })).toEqual([]);
  });

  test('network events surround a run unless switched off', async () => {
    const fake = await listen({ networkEvents: true });
    const stream = await subscribe(fake);
    fake.run();
    await eventually(() => expect(stream.actions()).toEqual(['create', 'connect', 'start']));
  });
});

describe('faults', () => {
  test('streams are cut, or ended cleanly', async () => {
    for (const options of [{}, { port: 0 }]) {
      const fake = await listen(options);
      const cut = await subscribe(fake);
      fake.cutStreams();
      expect(await cut.over).toBe('ECONNRESET');
      const ended = await subscribe(fake);
      fake.endStreams();
      expect(await ended.over).toBe('end');
    }
  });

  test('a stalled engine answers all but events, which come later', async () => {
    const fake = await listen();
    const stream = await subscribe(fake);
    fake.stall();
    fake.run();
    expect((await get(fake, '/_ping')).status).toBe(200);
    expect(stream.actions()).toEqual([]);
    fake.unstall();
    await eventually(() => expect(stream.actions()).toEqual(['create', 'start']));
  });

  test('a frozen engine takes calls and answers them when it thaws', async () => {
    const fake = await listen();
    fake.freeze();
    const ping = get(fake, '/_ping');
    await eventually(() => expect(fake.calls.ping).toBe(1));
    fake.thaw();
    expect((await ping).status).toBe(200);
  });

  test('one frozen container holds up its own inspect only', async () => {
    const fake = await listen({ containers: [{ name: 'stuck' }, { name: 'fine' }] });
    fake.freezeInspect('stuck');
    const stuck = get(fake, '/v1.41/containers/stuck/json');
    expect((await get(fake, '/v1.41/containers/fine/json')).status).toBe(200);
    fake.thawInspect('stuck');
    expect((await stuck).status).toBe(200);
  });

  test('a proxy refuses paths with a page of its own', async () => {
    const fake = await listen();
    fake.refuse('/containers/');
    const refused = await get(fake, '/v1.41/containers/json');
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.body).toContain('<html>');
    expect((await get(fake, '/_ping')).status).toBe(200);
    fake.allow();
    expect((await get(fake, '/v1.41/containers/json')).status).toBe(200);
  });

  test('the list may lag behind: what changed, came or went shows later', async () => {
    const fake = await listen();
    const id = fake.add({ name: 'one' });
    const gone = fake.add({ name: 'gone' });
    fake.listLag(60_000);
    fake.die(id);
    fake.destroy(gone);
    fake.run({ name: 'new' });
    expect(states(await get(fake, '/v1.41/containers/json?all=1'))).toEqual({ one: 'running', gone: 'running' });
    expect(JSON.parse((await get(fake, '/v1.41/containers/one/json')).body).State.Status).toBe('exited');
  });

  test('events are dropped by number or by kind, live and in the ring', async () => {
    const fake = await listen();
    const stream = await subscribe(fake);
    const id = fake.add();
    fake.dropEvents(1);
    fake.pause(id);
    fake.unpause(id);
    fake.dropEvents(({ action }) => action === 'die');
    fake.die(id);
    fake.start(id);
    await eventually(() => expect(stream.actions()).toEqual(['unpause', 'start']));
    const replay = await subscribe(fake, '?since=0');
    await eventually(() => expect(replay.actions()).toEqual(['unpause', 'start']));
  });

  test('raw bytes go out as they are, each a chunk of its own, and events may come twice', async () => {
    const fake = await listen();
    const stream = await subscribe(fake);
    const euro = Buffer.from('€');
    fake.rawEvent('{"broken', euro.subarray(0, 1), euro.subarray(1));
    await eventually(() => expect(stream.text()).toBe('{"broken€'));
    const twice = await subscribe(fake);
    fake.run();
    fake.repeatEvents(2);
    await eventually(() => expect(twice.actions()).toEqual(['create', 'start', 'create', 'start']));
  });

  test('the list may be anything, and may break off', async () => {
    const fake = await listen();
    fake.rawList('[{"Id":');
    expect((await get(fake, '/v1.41/containers/json')).body).toBe('[{"Id":');
    fake.rawList('[{"Id":', { cut: true });
    await expect(get(fake, '/v1.41/containers/json')).rejects.toThrow();
    fake.rawList(null);
    expect((await get(fake, '/v1.41/containers/json')).body).toBe('[]\n');
  });

  test('a subscriber who does not read loses events beyond 1024 when asked for, and no other does', async () => {
    const fake = await listen({ slowConsumersLose: true });
    const slow = await subscribe(fake);
    slow.response.pause();
    const { host } = fake;
    expect(host).toMatch(/^unix:/);
    fake.flood(3_000, { labelBytes: 8_192 });
    await eventually(() => expect(fake.overflowed).toBeGreaterThan(0));
    const lost = fake.overflowed;
    slow.response.resume();
    await eventually(() => expect(slow.actions()).toHaveLength(3_000 - lost));
  });

  test('an engine that restarts loses its ring; the containers of live-restore go on and their ends are not told', async () => {
    const fake = await listen();
    const stays = fake.add({ name: 'stays' });
    const ends = fake.add({ name: 'ends' });
    fake.tellAction(stays, 'update');
    const stream = await subscribe(fake);
    const socket = new URL(fake.host).pathname;
    await fake.restartEngine({
      liveRestore: true,
      whileDown: () => {
        expect(existsSync(socket)).toBe(false);
        fake.die(ends, { exitCode: 9 });
      },
      onBoot: () => fake.tellAction(stays, 'boot'),
    });
    expect(await stream.over).toBe('ECONNRESET');
    expect(states(await get(fake, '/v1.41/containers/json?all=1'))).toEqual({ stays: 'running', ends: 'exited' });
    const replay = await subscribe(fake, '?since=0');
    await eventually(() => expect(replay.actions()).toEqual(['boot']));
  });

  test('without live-restore all containers are stopped first, and those with restart=always come back', async () => {
    const fake = await listen({ containers: [{ name: 'plain' }, { name: 'again', restartPolicy: 'always' }] });
    const stream = await subscribe(fake);
    await fake.restartEngine();
    await stream.over;
    expect(stream.actions()).toEqual(['kill', 'kill', 'die', 'stop', 'kill', 'kill', 'die', 'stop']);
    expect(states(await get(fake, '/v1.41/containers/json?all=1'))).toEqual({ plain: 'exited', again: 'running' });
  });
});
