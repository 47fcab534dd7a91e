import http from 'node:http';
import { describe, expect, test } from 'vitest';
import { createDockerEngine } from '../docker/docker-engine.ts';
import { createUsageFrame, USAGE, USAGE_FIELDS, type UsageReader, type UsageSource } from '../usage.ts';
import type { FakeUsage } from './container-stats.ts';
import { FakeEngine, type FakeEngineOptions } from './fake-engine.ts';

/** A fake engine with containers `a` and `b`, and a source that asks it. */
async function serve(options: FakeEngineOptions = {}) {
  const fake = await FakeEngine.listen({ containers: [{ name: 'a' }, { name: 'b' }], ...options });
  const engine = createDockerEngine({ host: fake.host });
  const source = engine.usage?.() as UsageSource;
  return {
    fake,
    async open(ref: string): Promise<UsageReader> {
      const target = { containerId: fake.get(ref)?.id ?? ref, pid: 0, network: 'own' } as const;
      return (await source.open(target, new AbortController().signal)) as UsageReader;
    },
    async [Symbol.asyncDispose]() {
      source.close();
      await engine.close();
      await fake.close();
    },
  };
}

async function usageOf(reader: UsageReader): Promise<FakeUsage | null> {
  const frame = createUsageFrame();
  if (!(await reader.read(frame, 'full'))) return null;
  const told = USAGE_FIELDS.map((field) => [field, frame[USAGE[field]]] as const);
  return Object.fromEntries(told.filter(([, value]) => !Number.isNaN(value)));
}

const COUNTERS: FakeUsage = {
  ...{ cpuNs: 100, cpuUserNs: 60, cpuSystemNs: 40, cpuThrottledNs: 9, cpuPeriods: 8, cpuThrottledPeriods: 7 },
  ...{ memoryCharged: 1000, memoryInactiveFile: 300, memoryLimit: 5000, memoryPeak: 2000, pids: 3, pidsLimit: 64 },
  ...{ networkRxBytes: 10, networkRxPackets: 11, networkRxErrors: 12 },
  ...{ networkTxBytes: 13, networkTxPackets: 14, networkTxErrors: 15 },
  ...{ diskReadBytes: 16, diskWriteBytes: 17, diskReads: 18, diskWrites: 19 },
};

describe('the statistics of a scripted container', () => {
  test('tell what was set', async () => {
    await using served = await serve({ containers: [{ name: 'a', usage: { cpuNs: 1 } }] });
    const reader = await served.open('a');
    expect(await usageOf(reader)).toMatchObject({
      cpuNs: 1,
      memoryLimit: 8_589_934_592,
      pidsLimit: Number.POSITIVE_INFINITY,
    });
    served.fake.setUsage('a', COUNTERS);
    expect(await usageOf(reader)).toEqual(COUNTERS);
    expect(served.fake.calls.stats).toBe(2);
  });

  test('tell of Podman what Podman tells', async () => {
    await using served = await serve({ dialect: 'podman' });
    served.fake.setUsage('a', COUNTERS);
    const reader = await served.open('a');
    expect(await usageOf(reader)).toEqual({
      ...{ cpuNs: 100, cpuUserNs: 60, cpuSystemNs: 40, memoryCharged: 1000, memoryLimit: 5000, pids: 3 },
      ...{ networkRxBytes: 10, networkTxBytes: 13, diskReadBytes: 16, diskWriteBytes: 17 },
    });
    expect(reader.missing.get('cpuPeriods')).toMatch(/Podman/);
  });

  test.each(['docker', 'podman'] as const)('begin anew with a run, and end with it: %s', async (dialect) => {
    await using served = await serve({ dialect });
    served.fake.setUsage('a', { cpuNs: 100 });
    const reader = await served.open('a');
    expect(await usageOf(reader)).toMatchObject({ cpuNs: 100 });
    served.fake.restart('a');
    expect(await usageOf(reader)).toBeNull();
    const next = await served.open('a');
    expect(await usageOf(next)).toMatchObject({ cpuNs: 0 });
    served.fake.kill('a');
    expect(await usageOf(next)).toBeNull();
  });

  test('come as a stream where they are asked for so', async () => {
    await using served = await serve();
    served.fake.setUsage('a', { cpuNs: 7 });
    const frame = await new Promise<string>((resolve, reject) => {
      const socketPath = new URL(served.fake.host).pathname;
      const request = http.get({ socketPath, path: '/v1.41/containers/a/stats' }, (response) => {
        response.once('data', (chunk: Buffer) => {
          resolve(chunk.toString());
          request.destroy();
        });
      });
      request.once('error', reject);
    });
    expect(JSON.parse(frame)).toMatchObject({ name: '/a', cpu_stats: { cpu_usage: { total_usage: 7 } } });
  });
});

describe('a container that stands still', () => {
  test('holds up no other from API 1.44 on', async () => {
    await using served = await serve({ apiVersion: '1.44' });
    served.fake.freezeInspect('a');
    const held = usageOf(await served.open('a'));
    expect(await usageOf(await served.open('b'))).not.toBeNull();
    served.fake.thawInspect('a');
    expect(await held).not.toBeNull();
  });

  test('holds up all others before, for the engine takes one after the other', async () => {
    await using served = await serve({ apiVersion: '1.43' });
    served.fake.freezeInspect('a');
    const order: string[] = [];
    const first = usageOf(await served.open('a')).then(() => order.push('a'));
    while (served.fake.calls.stats < 1) await new Promise((resolve) => setImmediate(resolve));
    const second = usageOf(await served.open('b')).then(() => order.push('b'));
    while (served.fake.calls.stats < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    served.fake.thawInspect('a');
    await Promise.all([first, second]);
    expect(order.toSorted()).toEqual(['a', 'b']);
  });
});
