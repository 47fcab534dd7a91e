import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../runtime/fake-clock.ts';
import { type DiskSizeSchedule, type DiskSizeSource, scheduleDiskSizes } from '../../disk-size.ts';
import { createDockerEngine } from '../docker-engine.ts';
import { answerPing, startScriptedServer } from '../scripted-server.contract.ts';

const ID = 'd'.repeat(64);
const NOT_ABORTED = new AbortController().signal;

/** A source that asks an engine which answers as told, by the beginning of the path behind its version. */
async function serve(answers: Readonly<Record<string, unknown>>, apiVersion = '1.44') {
  const server = await startScriptedServer((request, response) => {
    if (answerPing(request, response, apiVersion)) return;
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '');
    const answer = Object.entries(answers).find(([beginning]) => path.startsWith(beginning))?.[1];
    if (answer === undefined) response.writeHead(404).end('{"message":"No such container: d"}');
    else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  const engine = createDockerEngine({ host: server.host });
  return {
    ...{ server, engine, source: engine.diskSizes?.() as DiskSizeSource },
    async [Symbol.asyncDispose]() {
      await engine.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('the size of a container', () => {
  it('is what it wrote, with the names of its volumes', async () => {
    const Mounts = [{ Type: 'bind', Source: '/a' }, { Type: 'volume', Name: 'data' }, { Type: 'volume' }, null];
    await using served = await serve({ '/containers/': { Id: ID, SizeRw: 4096, SizeRootFs: 9e9, Mounts } });
    expect(await served.source.ofContainer(ID, NOT_ABORTED)).toEqual({ writableBytes: 4096, volumes: ['data'] });
    expect(served.server.asked.at(-1)).toBe(`/v1.44/containers/${ID}/json?size=1`);
    expect(served.engine.getStats().calls.disk).toBe(1);
  });

  it('is not known where the engine leaves it out', async () => {
    await using served = await serve({ '/containers/': { Id: ID } });
    expect(await served.source.ofContainer(ID, NOT_ABORTED)).toEqual({ writableBytes: Number.NaN, volumes: [] });
  });

  it('is none when there is no such container', async () => {
    await using served = await serve({});
    expect(await served.source.ofContainer(ID, NOT_ABORTED)).toBeNull();
  });
});

describe('the sizes of volumes', () => {
  const df = {
    Volumes: [
      { Name: 'data', UsageData: { Size: 100, RefCount: 1 } },
      { Name: 'remote', UsageData: { Size: -1, RefCount: 1 } },
      { Name: 'odd', UsageData: null },
      'text',
    ],
  };

  it.each([
    ['1.41', '/v1.41/system/df'],
    ['1.42', '/v1.42/system/df?type=volume'],
  ])('are asked for alone where the engine can: API %s', async (version, path) => {
    await using served = await serve({ '/system/df': df }, version);
    expect(await served.source.ofVolumes(NOT_ABORTED)).toEqual(new Map([['data', 100]]));
    expect(served.server.asked.at(-1)).toBe(path);
  });

  it.each([null, [], {}, { Volumes: 'many' }])('are none in what is no answer: %o', async (answer) => {
    await using served = await serve({ '/system/df': JSON.stringify(answer) });
    expect((await served.source.ofVolumes(NOT_ABORTED)).size).toBe(0);
  });
});

describe('the schedule', () => {
  const aborters: AbortController[] = [];
  afterEach(() => {
    for (const aborter of aborters.splice(0)) aborter.abort();
  });

  /** Each question takes a second. */
  function start(source: Partial<DiskSizeSource> = {}, ids: readonly string[] = ['a', 'b']) {
    const clock = new FakeClock();
    const aborter = new AbortController();
    aborters.push(aborter);
    const asked: string[] = [];
    const told: Parameters<DiskSizeSchedule['onSize']>[] = [];
    const failures: unknown[] = [];
    const took: number[] = [];
    const slow: DiskSizeSource = {
      async ofContainer(id, signal) {
        asked.push(id);
        await clock.sleep(1_000, signal);
        return (await source.ofContainer?.(id, signal)) ?? { writableBytes: 1, volumes: ['v', 'w'] };
      },
      async ofVolumes(signal) {
        asked.push('volumes');
        await clock.sleep(1_000, signal);
        return (
          (await source.ofVolumes?.(signal)) ??
          new Map([
            ['v', 10],
            ['w', 20],
          ])
        );
      },
    };
    const ended = scheduleDiskSizes(slow, {
      ...{ clock, intervalMs: 600_000, signal: aborter.signal, containerIds: () => ids },
      onSize: (...size) => told.push(size),
      onAsked: (tookMs, error) => {
        took.push(tookMs);
        if (error !== null) failures.push(error);
      },
    });
    return { clock, aborter, asked, told, took, failures, ended };
  }

  it('asks one question after the other, rests nine times as long, and begins again with the interval', async () => {
    const { clock, asked, told, took } = start();
    await clock.advance(9_999);
    expect(asked).toEqual(['volumes']);
    await clock.advance(1);
    expect(asked).toEqual(['volumes', 'a']);
    await clock.advance(589_999);
    expect(asked).toEqual(['volumes', 'a', 'b']);
    expect(told).toEqual(
      ['a', 'b'].map((id) => [id, { writableBytes: 1, volumes: new Map(Object.entries({ v: 10, w: 20 })) }]),
    );
    await clock.advance(1);
    expect(asked).toHaveLength(4);
    expect(took).toEqual([1_000, 1_000, 1_000]);
  });

  it('goes on after a failure; what needs the answer is not known', async () => {
    const boom = new Error('boom');
    const { clock, told, failures } = start({ ofVolumes: () => Promise.reject(boom) });
    await clock.advance(100_000);
    expect(failures).toEqual([boom]);
    expect(told).toEqual(
      ['a', 'b'].map((id) => [
        id,
        { writableBytes: 1, volumes: new Map(Object.entries({ v: Number.NaN, w: Number.NaN })) },
      ]),
    );
  });

  it('ends with the signal, in a question and in a rest', async () => {
    for (const after of [500, 5_000, 100_000]) {
      const { clock, aborter, ended, failures } = start();
      await clock.advance(after);
      aborter.abort();
      await ended;
      expect(failures).toEqual([]);
      expect(clock.pendingTimers).toBe(0);
    }
  });
});
