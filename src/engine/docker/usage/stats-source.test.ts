import type http from 'node:http';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../runtime/fake-clock.ts';
import { createLatch } from '../../../runtime/latch.ts';
import { createUsageFrame, USAGE, type UsageFrame, type UsageReader, type UsageTarget } from '../../usage.ts';
import { createDockerEngine } from '../docker-engine.ts';
import type { EngineLimits } from '../engine-limits.ts';
import { answerPing, type ScriptedServer, startScriptedServer } from '../scripted-server.contract.ts';

const ID = 'a'.repeat(64);
const NOT_ABORTED = new AbortController().signal;

type Answer = (response: http.ServerResponse, containerId: string) => void;

/** An engine that answers questions for statistics as `answer` says; the rest as Docker does. */
async function serve(answer: Answer, apiVersion = '1.41') {
  const server = await startScriptedServer((request, response) => {
    if (answerPing(request, response, apiVersion)) return;
    answer(response, /containers\/([^/]+)\/stats/.exec(request.url ?? '')?.[1] ?? '');
  });
  return server;
}

async function openSource(server: ScriptedServer, more: { clock?: FakeClock; limits?: Partial<EngineLimits> } = {}) {
  const engine = createDockerEngine({ host: server.host, ...more });
  const source = engine.usage?.();
  if (source === undefined) throw new Error('this engine tells no usage');
  async function open(
    containerId = ID,
    network: UsageTarget['network'] = 'own',
    more: Pick<UsageTarget, 'limits'> = {},
  ): Promise<UsageReader> {
    const reader = await source!.open({ containerId, pid: 1, network, ...more }, NOT_ABORTED);
    if ('refused' in reader) throw new Error(reader.refused);
    return reader;
  }
  return {
    engine,
    source,
    open,
    async [Symbol.asyncDispose]() {
      source.close();
      await engine.close();
    },
  };
}

const statsOf = (cpuNs: number) => ({
  read: '2026-11-25T10:49:17.5Z',
  cpu_stats: { cpu_usage: { total_usage: cpuNs } },
  memory_stats: { usage: 1 },
});
const sendStats = (response: http.ServerResponse, cpuNs = 1) => response.end(JSON.stringify(statsOf(cpuNs)));
const asked = ({ asked }: ScriptedServer) => asked.filter((path) => path !== '/_ping');
const read = async (reader: UsageReader, frame: UsageFrame = createUsageFrame()) => reader.read(frame, 'full');
const failureOf = (reader: UsageReader) =>
  read(reader).then(
    () => null,
    (error: unknown) => error as Error,
  );

describe('a reading', () => {
  it('asks once, for one sample, and fills the frame', async () => {
    await using server = await serve((response) => sendStats(response, 42));
    await using opened = await openSource(server);
    const reader = await opened.open();
    const frame = createUsageFrame();
    expect(await read(reader, frame)).toBe(true);
    expect(frame[USAGE.cpuNs]).toBe(42);
    expect(reader.takenAt).toBe(Date.UTC(2026, 10, 25, 10, 49, 17, 500));
    expect(asked(server)).toEqual([`/v1.41/containers/${ID}/stats?stream=false&one-shot=true`]);
    expect(opened.engine.getStats().calls).toMatchObject({ stats: 1 });
    expect(opened.source.getStats?.()).toMatchObject({ calls: 1, failures: 0, spared: 0, paused: 0, bytes: 105 });
  });

  const runs: readonly (readonly [string, Answer])[] = [
    [
      'zeros of a container that does not run',
      (response) => response.end(JSON.stringify({ ...statsOf(0), read: '0001-01-01T00:00:00Z' })),
    ],
    ['no such container', (response) => response.writeHead(404).end('{"message":"No such container: a"}')],
    ['a conflict', (response) => response.writeHead(409).end('{"message":"container is not running"}')],
    ['nothing at all, by Podman', (response) => response.writeHead(200, { 'Libpod-Api-Version': '4.3.1' }).end()],
    ['404 without a word, by Podman', (response) => response.writeHead(404, { 'Libpod-Api-Version': '4.3.1' }).end()],
  ];
  it.each(runs)('of %s says that the run is over, and no more is asked', async (_, answer) => {
    await using server = await serve(answer);
    await using opened = await openSource(server);
    const reader = await opened.open();
    const frame = createUsageFrame().fill(7);
    expect(await read(reader, frame)).toBe(false);
    expect(await read(reader, frame)).toBe(false);
    expect(asked(server)).toHaveLength(1);
    expect([...frame].every((value) => value === 7)).toBe(true);
    expect(opened.source.getStats?.().failures).toBe(0);
  });

  it('of a counter that fell says that the run is over: the container was started anew', async () => {
    const counters = [100, 101, 5];
    await using server = await serve((response) => sendStats(response, counters.shift()));
    await using opened = await openSource(server);
    const reader = await opened.open();
    expect([await read(reader), await read(reader), await read(reader), await read(reader)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('leaves network out where it is not the container’s own, and says why', async () => {
    await using server = await serve((response) =>
      response.end(JSON.stringify({ ...statsOf(1), networks: { eth0: { rx_bytes: 9 } } })),
    );
    await using opened = await openSource(server);
    const own = createUsageFrame();
    const shared = createUsageFrame();
    const reader = await opened.open(ID, 'shared');
    await Promise.all([read(await opened.open(), own), read(reader, shared)]);
    expect([own[USAGE.networkRxBytes], shared[USAGE.networkRxBytes]]).toEqual([9, Number.NaN]);
    expect(reader.missing.get('networkRxBytes')).toMatch(/another container/);
  });
});

describe('the limits in a reading', () => {
  it('are those known when it is taken; what the answer tells itself wins', async () => {
    const pids = [{ current: 1 }, { current: 1, limit: 64 }];
    const podman = { 'Libpod-Api-Version': '4.3.1' };
    await using server = await serve((response) => {
      response.writeHead(200, podman).end(JSON.stringify({ ...statsOf(1), pids_stats: pids.shift() }));
    });
    await using opened = await openSource(server);
    let limits = { cpuCores: 1.5, pids: 100 };
    const reader = await opened.open(ID, 'own', { limits: () => limits });
    const frame = createUsageFrame();
    await read(reader, frame);
    expect([frame[USAGE.cpuLimit], frame[USAGE.pidsLimit]]).toEqual([1.5, 100]);
    expect(reader.missing.has('cpuLimit')).toBe(false);
    limits = { cpuCores: Number.POSITIVE_INFINITY, pids: 100 };
    await read(reader, frame);
    expect([frame[USAGE.cpuLimit], frame[USAGE.pidsLimit]]).toEqual([Number.POSITIVE_INFINITY, 64]);
  });

  it('are not known of a container that could not be inspected, and it is said why', async () => {
    await using server = await serve((response) => sendStats(response));
    await using opened = await openSource(server);
    const reader = await opened.open();
    const frame = createUsageFrame();
    await read(reader, frame);
    expect(frame[USAGE.cpuLimit]).toBeNaN();
    expect(reader.missing.get('cpuLimit')).toMatch(/could not be inspected/);
    const gone = await opened.open(ID, 'own', { limits: () => null });
    expect(await read(gone, frame)).toBe(true);
    expect(frame[USAGE.cpuLimit]).toBeNaN();
  });
});

describe('a reading that fails', () => {
  const failures: readonly (readonly [string, string, Answer])[] = [
    [
      'an error of the engine',
      'engine_bad_answer',
      (response) => response.writeHead(500).end('{"message":"cgroups: cgroup deleted"}'),
    ],
    ['a refusal of a proxy', 'engine_forbidden', (response) => response.writeHead(403).end('<html></html>')],
    ['what is not JSON', 'engine_bad_answer', (response) => response.end('{"read":')],
    ['no body, not by Podman', 'engine_bad_answer', (response) => response.end()],
    ['JSON of something else', 'engine_bad_answer', (response) => response.end('[1,2,3]')],
    ['more than any statistics', 'engine_bad_answer', (response) => response.end(`"${'x'.repeat(2 ** 20)}"`)],
    [
      'half a body, then a closed connection',
      'engine_unreachable',
      (response) => {
        response.writeHead(200, { 'Content-Length': 500 });
        response.write('{"read":"2026', () => response.destroy());
      },
    ],
    ['silence', 'engine_timeout', () => {}],
    ['half a body, then silence', 'engine_timeout', (response) => void response.write('{"read":"2026')],
  ];
  it.each(failures)('with %s rejects with a code, and the frame stays', async (_, code, answer) => {
    await using server = await serve(answer);
    await using opened = await openSource(server, { limits: { statsMs: 300 } });
    const reader = await opened.open();
    const frame = createUsageFrame().fill(7);
    await expect(read(reader, frame)).rejects.toMatchObject({ name: 'TidewatchError', code });
    expect([...frame].every((value) => value === 7)).toBe(true);
    expect(opened.source.getStats?.()).toMatchObject({ calls: 1, failures: 1 });
  });

  it('is asked no more after three in a row, says so, and is tried after a while', async () => {
    let isSick = true;
    await using server = await serve((response) =>
      isSick ? response.writeHead(500).end('{"message":"boom"}') : sendStats(response),
    );
    const clock = new FakeClock();
    await using opened = await openSource(server, { clock });
    const reader = await opened.open();
    for (let n = 0; n < 3; n += 1) expect((await failureOf(reader))?.message).toMatch(/500: boom/);
    const refusal = await failureOf(reader);
    expect(refusal).toMatchObject({ code: 'engine_bad_answer' });
    expect(refusal?.message).toMatch(
      /^Container aaaaaaaaaaaa told no usage 3 times in a row; it is asked again in \d+ s\. The last time: .*boom/,
    );
    expect(asked(server)).toHaveLength(3);
    expect(opened.source.getStats?.()).toMatchObject({ calls: 3, failures: 3, spared: 1, paused: 1 });

    // The first pause is 5 to 10 s, the second up to 20 s; one try ends it and a failure begins the next.
    await clock.advance(10_000);
    await failureOf(reader);
    await failureOf(reader);
    expect(asked(server)).toHaveLength(4);
    isSick = false;
    await clock.advance(20_000);
    expect([await read(reader), await read(reader)]).toEqual([true, true]);
    expect(opened.source.getStats?.().paused).toBe(0);
  });

  it('one that recovers makes the others be tried at once', async () => {
    let isSick = true;
    await using server = await serve((response) => (isSick ? response.writeHead(500).end() : sendStats(response)));
    const clock = new FakeClock();
    await using opened = await openSource(server, { clock });
    const [first, second] = [await opened.open('1'), await opened.open('2')];
    for (let n = 0; n < 3; n += 1) await failureOf(first);
    await clock.advance(9_999);
    for (let n = 0; n < 3; n += 1) await failureOf(second);
    isSick = false;
    await clock.advance(1);
    expect(await failureOf(second)).not.toBeNull();
    expect(await read(first)).toBe(true);
    expect(await read(second)).toBe(true);
  });
});

describe('many readings', () => {
  /** Keeps all who ask waiting until `enough` of them do; notes how many waited at once. */
  function holding(enough: number, isHung: (containerId: string) => boolean = () => false) {
    const reached = createLatch();
    const seen = { most: 0, waiting: 0 };
    const answer: Answer = (response, containerId) => {
      if (isHung(containerId)) return;
      seen.waiting += 1;
      seen.most = Math.max(seen.most, seen.waiting);
      if (seen.waiting >= enough) reached.open();
      void reached.opened.then(() => {
        seen.waiting -= 1;
        sendStats(response);
      });
    };
    return { answer, seen };
  }

  const readAll = (opened: { open(id: string): Promise<UsageReader> }, ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => read(await opened.open(id))));
  const ids = Array.from({ length: 60 }, (_, n) => `c${n}`);

  it.each(['1.41', '1.43'])('are asked for all at once where one pass serves all: API %s', async (version) => {
    const { answer, seen } = holding(60);
    await using server = await serve(answer, version);
    await using opened = await openSource(server);
    const warned: Error[] = [];
    const hear = (warning: Error) => warned.push(warning);
    process.on('warning', hear);
    expect(await readAll(opened, ids)).toEqual(ids.map(() => true));
    process.off('warning', hear);
    expect(seen.most).toBe(60);
    expect(warned).toEqual([]);
  });

  it('are asked for a few at a time where each costs a sample: API 1.44', async () => {
    const { answer, seen } = holding(5);
    await using server = await serve(answer, '1.44');
    await using opened = await openSource(server);
    expect(await readAll(opened, ids)).toEqual(ids.map(() => true));
    expect(seen.most).toBe(5);
  });

  it('one container that hangs does not stop the others, and costs them no place once it has failed', async () => {
    const hung = ['h0', 'h1', 'h2', 'h3', 'h4'];
    const { answer, seen } = holding(5, (id) => hung.includes(id));
    await using server = await serve(answer, '1.44');
    const clock = new FakeClock();
    await using opened = await openSource(server, { clock });
    const readers = await Promise.all(hung.map((id) => opened.open(id)));
    const failing = readers.map(failureOf);
    while (asked(server).length < hung.length) await clock.advance(0);
    await clock.advance(10_000);
    expect(await Promise.all(failing)).toMatchObject(hung.map(() => ({ code: 'engine_timeout' })));

    // They hang again, all five of them; the others do not wait for them.
    const hanging = readers.map(failureOf);
    while (asked(server).length < 2 * hung.length) await clock.advance(0);
    expect(await readAll(opened, ids)).toEqual(ids.map(() => true));
    expect(seen.most).toBe(5);
    await clock.advance(10_000);
    await Promise.all(hanging);
  });
});

describe('closing', () => {
  it('ends the reading that is under way, and later ones are refused', async () => {
    const began = createLatch();
    await using server = await serve(() => began.open());
    await using opened = await openSource(server);
    const reader = await opened.open();
    const reading = failureOf(reader);
    await began.opened;
    reader.close();
    expect(await reading).toMatchObject({ code: 'engine_unreachable', message: expect.stringMatching(/stopped/) });
    expect(await failureOf(reader)).toMatchObject({ code: 'engine_unreachable' });
    expect(opened.source.getStats?.()).toMatchObject({ failures: 0, paused: 0 });
  });

  it('the source ends the readings of all', async () => {
    const began = createLatch();
    await using server = await serve(() => began.open());
    await using opened = await openSource(server);
    const reading = failureOf(await opened.open());
    await began.opened;
    opened.source.close();
    expect(await reading).toMatchObject({ code: 'engine_unreachable' });
  });

  it('the engine ends the readings of all', async () => {
    const began = createLatch();
    await using server = await serve(() => began.open());
    await using opened = await openSource(server);
    const reading = failureOf(await opened.open());
    await began.opened;
    await opened.engine.close();
    expect(await reading).toMatchObject({ code: 'engine_unreachable' });
  });
});
