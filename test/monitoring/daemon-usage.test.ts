import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import type { TidewatchClient, TidewatchEvent, Workspace } from '../../src/client/client.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { type DockerEngine, startDockerEngine } from '../env/docker-engine.ts';
import { buildObstacle, firstObstacle } from '../env/obstacles.ts';
import { pause, signalProcess } from '../env/processes.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { heavyParent } from '../support/heavy-parent.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { serveTidewatch } from '../support/tidewatch-process.ts';

/** 30 ms in each 100 ms. Half a second is the shortest time between readings, and 7 such shares may fall into it. */
const MOST_CPU = 60;
/** Longer than three intervals and five seconds: a gap. */
const STOPPED_MS = 8_000;
const THRESHOLD_FOR_MS = 30_000;

let engine: DockerEngine;
const obstacle = await firstObstacle([inject('docker').obstacle, buildObstacle()]);

describeUnless(obstacle, 'what containers use, as a daemon tells it', () => {
  beforeAll(async () => {
    engine = await startDockerEngine();
  });
  afterAll(() => engine.stop());

  test('is there after the daemon begins anew with what it remembers', async () => {
    onTestFinished(() => engine.removeAll());
    await run('steady', [], 'exec sleep 3600');
    const folder = await temporaryFolder();
    const setting = { folder, args: ['--engine-host', engine.host] };
    for (const _start of ['first', 'second']) {
      await using serving = await serveTidewatch(setting);
      const { client } = serving;
      await eventually(async () => expect((await client.workspaces.get('steady')).metrics?.pids).toBe(1));
    }
  });

  test('is there within seconds, adds up, leaves a gap where the daemon stood still, and crosses thresholds', async () => {
    const load = ['--cpus=0.3', `--cgroup-parent=${await heavyParent()}`, '--label=tidewatch.threshold.cpu=10'];
    onTestFinished(() => engine.removeAll());
    await run('burning', load, 'while :; do :; done');
    await run('sleeping', ['--label=tidewatch.owner=ann'], 'exec sleep 3600');
    await run('ended', [], 'exit 0');
    await using serving = await serveTidewatch({
      folder: await temporaryFolder(),
      args: ['--engine-host', engine.host, '--monitor-collect-interval', '1s'],
    });
    const { client } = serving;
    await eventually(async () => {
      expect((await client.workspaces.get('burning')).metrics?.cpuPercent).toBeGreaterThan(0);
      expect((await client.workspaces.get('sleeping')).metrics).toMatchObject({ pids: 1, networkRxMB: null });
    });
    expect((await client.workspaces.get('ended')).metrics).toBeNull();
    await eventually(() => expectSum(client));

    signalProcess(serving.pid, 'SIGSTOP');
    await pause(STOPPED_MS + 1_000);
    signalProcess(serving.pid, 'SIGCONT');
    const goesOnAt = Date.now();
    await eventually(async () => expect((await client.stats()).monitor.discards.gaps).toBeGreaterThan(0));
    await eventually(async () =>
      expect((await client.workspaces.get('burning')).metrics?.cpuPercent).toBeGreaterThan(0),
    );

    const told = client.stream({ after: 0, types: ['threshold_exceeded', 'threshold_cleared'] });
    const exceeded = (await next(told)) as TidewatchEvent<'threshold_exceeded'>;
    expect(exceeded).toMatchObject({
      type: 'threshold_exceeded',
      workspaceId: 'burning',
      data: { metric: 'cpu', threshold: 10 },
    });
    // The time in which nothing was read is no part of its duration.
    expect(Date.parse(exceeded.timestamp) - goesOnAt).toBeGreaterThanOrEqual(THRESHOLD_FOR_MS);
    expect((await client.stats()).monitor.raised).toBe(1);
    const { exceeded: now } = await client.workspaces.get('burning');
    expect(now).toMatchObject([{ metric: 'cpu', threshold: 10, since: exceeded.data.since }]);
    await engine.docker('kill', 'burning');
    expect(await next(told)).toMatchObject({
      type: 'threshold_cleared',
      workspaceId: 'burning',
      data: { metric: 'cpu', reason: 'stopped', value: null },
    });
    await told.return();
    expect(await client.workspaces.get('burning')).toMatchObject({ metrics: null, exceeded: [] });
    const { peakCpuUsage } = await client.summary();
    expect(peakCpuUsage).toBeGreaterThan(10);
    expect(peakCpuUsage).toBeLessThan(MOST_CPU);
  }, 120_000);
});

async function run(name: string, options: readonly string[], command: string): Promise<void> {
  const labels = [`--label=tidewatch.workspace=${name}`, ...options];
  await engine.docker('run', '-d', '--network=none', `--name=${name}`, ...labels, IMAGE, 'sh', '-c', command);
}

/** The summary is the sum of what the workspaces tell; meaningful only while none of them is read. */
async function expectSum(client: TidewatchClient): Promise<void> {
  const before = await shown(client);
  const summary = await client.summary();
  expect(await shown(client)).toEqual(before);
  const sum = (name: 'cpuPercent' | 'memoryUsage' | 'pids') =>
    before.reduce((total, metrics) => total + (metrics?.[name] ?? 0), 0);
  expect(summary).toMatchObject({ workspaces: 3, activeWorkspaces: 2, activeContainers: 2, pids: sum('pids') });
  // The API rounds CPU to a thousandth.
  expect(summary.totalCpuUsage).toBeCloseTo(sum('cpuPercent'), 2);
  expect(summary.totalMemoryUsage).toBe(sum('memoryUsage'));
  expect(summary.averageMemoryUsage).toBe(sum('memoryUsage') / 2);
  expect(summary.byOwner).toMatchObject({ ann: { workspaces: 1, activeContainers: 1 } });
}

/** The figures of all workspaces, without what changes by time alone. */
async function shown(client: TidewatchClient): Promise<Partial<NonNullable<Workspace['metrics']>>[]> {
  const { items } = await client.workspaces.list();
  return items.map(({ metrics }) => {
    const { uptime: _uptime, sampledAt: _sampledAt, ...figures } = metrics ?? {};
    return figures;
  });
}

async function next(events: AsyncGenerator<TidewatchEvent, void>): Promise<TidewatchEvent> {
  const { value } = await events.next();
  if (value === undefined) throw new Error('there are no more events');
  return value;
}
