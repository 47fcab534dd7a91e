import { expect, test } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import { cores, FakeUsageSource } from './fake-usage-source.contract.ts';
import { HOST_MEMORY, monitored } from './monitored.contract.ts';

const MB = 1e6;

test('a running workspace has figures after two readings, and none before', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add(
    'a',
    { networkRxBytes: 5 * MB, networkTxBytes: MB, memoryInactiveFile: 40 * MB },
    { ...cores(0.5), networkRxBytes: 2 },
  );
  tracker.run('a');
  await monitor.start();
  await clock.advance(100);
  expect(monitor.getActiveMonitors()).toEqual(['a']);
  expect(monitor.getWorkspaceMetrics('a')).toBeUndefined();
  await clock.advance(2_000);
  const metrics = monitor.getWorkspaceMetrics('a');
  expect(metrics).toMatchObject({
    memoryUsage: 60 * MB,
    memoryLimit: 1e9,
    networkTxMB: 1,
    networkTxRate: 0,
    diskReadMB: null,
    diskReadRate: null,
    pids: 1,
    uptime: 0.857,
    errorCount: 0,
    lastErrorTime: null,
  });
  expect(metrics?.cpuPercent).toBeCloseTo(50);
  expect(metrics?.networkRxRate).toBeCloseTo(2_000);
  await monitor.stop();
});

test('figures of a workspace are the sum over its running containers', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', { memoryLimit: 2e9 }, cores(1));
  source.add('b', { memoryLimit: Number.POSITIVE_INFINITY, networkRxBytes: 3 * MB }, cores(0.25));
  source.add('c', {}, cores(2));
  tracker.set('w', [{ id: 'a' }, { id: 'b', startedAt: '2025-12-31T23:59:50Z' }, { id: 'c', state: 'exited' }]);
  await monitor.start();
  await clock.advance(10_000);
  const metrics = monitor.getWorkspaceMetrics('w');
  expect(metrics).toMatchObject({
    memoryUsage: 200 * MB,
    memoryLimit: HOST_MEMORY,
    pids: 2,
    networkRxMB: 3,
    uptime: 20,
  });
  expect(metrics?.cpuPercent).toBeCloseTo(125);
  await monitor.stop();
});

test('nothing is left of a run that ended, and a new one begins without a spike', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', { cpuNs: 900e9 }, cores(0.1));
  tracker.run('a');
  await monitor.start();
  await clock.advance(10_000);
  expect(monitor.getWorkspaceMetrics('a')?.cpuPercent).toBeCloseTo(10);
  tracker.end('a');
  expect(monitor.getWorkspaceMetrics('a')).toBeUndefined();
  expect(monitor.getActiveMonitors()).toEqual([]);
  expect(source.closed).toBe(1);
  source.add('a', { cpuNs: 0 }, cores(0.2));
  tracker.run('a', '2026-01-01T00:00:11Z');
  await clock.advance(3_000);
  expect(monitor.getWorkspaceMetrics('a')?.cpuPercent).toBeCloseTo(20);
  expect(monitor.getMonitorStats().discards).toEqual({ resets: 0, gaps: 0, impossible: 0 });
  await monitor.stop();
  expect(source.closed).toBe(source.opened);
});

test('a restart under the same id takes a new reader', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', { cpuNs: 900e9 }, cores(0.1));
  tracker.run('a');
  await monitor.start();
  await clock.advance(10_000);
  source.add('a', { cpuNs: 0 }, cores(0.3));
  tracker.run('a', '2026-01-01T00:00:09Z');
  expect(monitor.getWorkspaceMetrics('a')).toBeUndefined();
  await clock.advance(3_000);
  expect(source.opened).toBe(2);
  expect(monitor.getWorkspaceMetrics('a')?.cpuPercent).toBeCloseTo(30);
  await monitor.stop();
});

test('a run whose start becomes known later is still the same run', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a');
  tracker.set('a', [{ id: 'a', startedAt: null }]);
  await monitor.start();
  await clock.advance(5_000);
  tracker.run('a');
  await clock.advance(5_000);
  tracker.run('a', '2026-01-01T00:00:00.180Z');
  await clock.advance(5_000);
  expect(source.opened).toBe(1);
  await monitor.stop();
});

test('a death the source sees first takes the figures away before the tracker knows', async () => {
  const { monitor, tracker, source, clock } = monitored();
  const usage = source.add('a', {}, cores(0.1));
  tracker.run('a');
  await monitor.start();
  await clock.advance(10_000);
  usage.ended = true;
  await clock.advance(60_000);
  expect(monitor.getWorkspaceMetrics('a')).toBeUndefined();
  expect(monitor.getResourceSummary().activeContainers).toBe(0);
  source.add('a', {}, cores(0.4));
  await clock.advance(70_000);
  expect(monitor.getWorkspaceMetrics('a')?.cpuPercent).toBeCloseTo(40);
  await monitor.stop();
});

test('the kernel is asked first, the engine second, and the reason is told', async () => {
  const engine = new FakeUsageSource(() => 0, 'engine');
  engine.add('a');
  const { monitor, tracker, source, clock } = monitored();
  source.refuses = 'no cgroup of it is mounted here';
  const both = monitored({ sources: [engine, source] });
  both.tracker.run('a');
  await both.monitor.start();
  await both.clock.advance(10);
  expect(both.monitor.getContainerSources()).toMatchObject([
    { containerId: 'a', source: 'engine', reason: 'cgroup: no cgroup of it is mounted here' },
  ]);
  expect(both.monitor.getCacheStats()).toMatchObject({
    cachedContainers: 1,
    readers: { cgroup: 0, engine: 1, none: 0 },
  });
  await both.monitor.stop();
  tracker.run('a');
  await monitor.start();
  await clock.advance(10);
  expect(monitor.getContainerSources()).toMatchObject([
    { source: null, reason: 'cgroup: no cgroup of it is mounted here' },
  ]);
  source.refuses = null;
  source.add('a');
  await clock.advance(2_000);
  expect(monitor.getContainerSources()).toMatchObject([{ source: 'cgroup' }]);
  await monitor.stop();
});

test('failed readings are counted, told once in a row, and the source is chosen anew after three', async () => {
  const { monitor, tracker, source, clock, lines } = monitored();
  const usage = source.add('a', {}, cores(0.1));
  tracker.run('a');
  await monitor.start();
  await clock.advance(10_000);
  usage.error = new TidewatchError('engine_timeout', 'no answer');
  await clock.advance(40_000);
  expect(source.opened).toBe(2);
  expect(monitor.getWorkspaceMetrics('a')).toBeUndefined();
  expect(monitor.getContainerSources()).toMatchObject([{ source: 'cgroup', lastError: 'no answer' }]);
  expect(lines.filter(({ message }) => message === 'a container could not be read').length).toBeLessThanOrEqual(2);
  usage.error = null;
  await clock.advance(20_000);
  const { failures } = monitor.getMonitorStats();
  expect(failures).toBeGreaterThanOrEqual(3);
  expect(monitor.getWorkspaceMetrics('a')).toMatchObject({
    errorCount: failures,
    lastErrorTime: expect.stringMatching(/^2026-01-01T00:00:/),
  });
  await monitor.stop();
});

test('error events of the workspace count as its errors', async () => {
  const { monitor, tracker, source, clock, publish } = monitored();
  source.add('a', {}, cores(0.1));
  tracker.run('a');
  await monitor.start();
  publish({ type: 'error', workspaceId: 'a', timestamp: '2026-01-01T00:00:00.000Z' });
  publish({ type: 'error', workspaceId: 'unknown', timestamp: '2026-01-01T00:00:00.000Z' });
  publish({ type: 'error', workspaceId: null, timestamp: '2026-01-01T00:00:00.000Z' });
  await clock.advance(5_000);
  expect(monitor.getWorkspaceMetrics('a')).toMatchObject({ errorCount: 1, lastErrorTime: '2026-01-01T00:00:00.000Z' });
  await monitor.stop();
});

test('an engine that does not tell the first process does not keep the kernel from being read', async () => {
  const { monitor, tracker, source, clock } = monitored({
    engine: {
      endpoint: { url: 'unix:///frozen.sock', foundBy: 'option' },
      inspect: () => Promise.reject(new TidewatchError('engine_timeout', 'frozen')),
    },
  });
  source.add('a', {}, cores(0.1));
  tracker.run('a');
  await monitor.start();
  await clock.advance(5_000);
  expect(monitor.getWorkspaceMetrics('a')?.cpuPercent).toBeCloseTo(10);
  await monitor.stop();
});

test('the engine tells when a run began where the tracker does not know it yet', async () => {
  const startedAt = Date.UTC(2025, 11, 31, 23, 59, 0);
  const { monitor, tracker, source, clock } = monitored({
    target: (containerId) => Promise.resolve({ containerId, pid: 7, network: 'own', startedAt }),
  });
  source.add('a', {}, cores(0.1));
  tracker.set('a', [{ id: 'a', startedAt: null }]);
  await monitor.start();
  await clock.advance(5_000);
  expect(monitor.getWorkspaceMetrics('a')?.uptime).toBe(60.857);
  await monitor.stop();
});

test('an answer that comes after the run ended goes nowhere', async () => {
  const { monitor, tracker, source, clock } = monitored();
  let answer = () => {};
  source.isSlow = true;
  source.gate = new Promise((resolve) => {
    answer = resolve;
  });
  source.add('a', { memoryCharged: 77 });
  tracker.run('a');
  await monitor.start();
  await clock.advance(30_000);
  expect(source.reads).toBe(0);
  expect(monitor.getMonitorStats().overdue).toBeGreaterThan(0);
  tracker.run('a', '2026-01-01T00:00:20Z');
  answer();
  await clock.advance(10);
  source.add('a', { memoryCharged: 88 }, cores(0.1));
  await clock.advance(20_000);
  expect(monitor.getMonitorStats().collections).toBeGreaterThan(1);
  expect(monitor.getWorkspaceMetrics('a')?.memoryUsage).toBe(77);
  await monitor.stop();
});

test('a container that changes its workspace takes its figures along', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('c', {}, cores(0.1));
  tracker.set('a', [{ id: 'c' }]);
  await monitor.start();
  await clock.advance(5_000);
  tracker.set('b', [{ id: 'c' }]);
  tracker.set('a', []);
  await clock.advance(5_000);
  expect(monitor.getActiveMonitors()).toEqual(['b']);
  expect(monitor.getWorkspaceMetrics('b')?.cpuPercent).toBeCloseTo(10);
  expect(monitor.getResourceSummary()).toMatchObject({ workspaces: 2, activeWorkspaces: 1, activeContainers: 1 });
  await monitor.stop();
});

test('200 containers that come and go leave no reader open and no figure behind', async () => {
  const { monitor, tracker, source, clock } = monitored({ collectInterval: '1s' });
  await monitor.start();
  for (let round = 0; round < 20; round += 1) {
    for (let index = 0; index < 200; index += 1) {
      const id = `c${index}`;
      const usage = source.containers.get(id);
      if ((index + round) % 3 === 0 && usage !== undefined) {
        usage.ended = index % 2 === 0;
        tracker.end(id);
      } else if ((index + round) % 3 === 1) {
        source.add(id, {}, cores(0.01));
        tracker.run(id, new Date(Date.UTC(2026, 0, 1) + round * 1_000 + index).toISOString());
      }
    }
    await clock.advance(700);
    expect(source.opened - source.closed).toBeLessThanOrEqual(200);
  }
  for (let index = 0; index < 200; index += 1) tracker.forget(`c${index}`);
  await clock.advance(1);
  expect(source.opened).toBe(source.closed);
  expect(monitor.getCacheStats()).toEqual({
    cachedContainers: 0,
    cachedWorkspaces: 0,
    readers: { cgroup: 0, engine: 0, none: 0 },
    streams: 0,
  });
  const { totalCpuUsage, totalMemoryUsage, peakCpuUsage } = monitor.getResourceSummary();
  expect([totalCpuUsage, totalMemoryUsage]).toEqual([0, 0]);
  expect(peakCpuUsage).toBeLessThanOrEqual(200 * 1.01);
  await monitor.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('the end of a run is told at once: by the kernel, or by the source that finds nothing left', async () => {
  const watched = new Map<string, () => void>();
  const { monitor, tracker, source, clock } = monitored({
    exits: {
      watch: ({ containerId }, onExit) => watched.set(containerId, onExit).size > 0,
      unwatch: (id) => void watched.delete(id),
      close() {},
    },
  });
  const usage = source.add('a', {}, cores(0.5));
  source.add('b');
  tracker.run('a');
  tracker.run('b');
  await monitor.start();
  await clock.advance(5_000);
  watched.get('b')?.();
  expect(tracker.exits).toEqual(['b']);
  usage.ended = true;
  await clock.advance(15_000);
  expect(tracker.exits).toEqual(['b', 'a']);
  expect([...watched.keys()]).toEqual(['b']);
  tracker.end('b');
  expect(watched.size).toBe(0);
  await monitor.stop();
});

test('a container is read fully at once when what it may use was changed', async () => {
  const { monitor, tracker, source, clock } = monitored({ collectInterval: '10m' });
  const container = source.add('a', {}, cores(0.5));
  Object.assign(container, { expensive: ['memoryLimit'] });
  tracker.run('a');
  await monitor.start();
  await clock.advance(2_000);
  Object.assign(container.values, { memoryLimit: 2e9 });
  tracker.update('a');
  tracker.update('of nobody');
  await clock.advance(100);
  expect(monitor.getWorkspaceMetrics('a')?.memoryLimit).toBe(2e9);
  const { reads } = source;
  await clock.advance(60_000);
  expect(source.reads).toBe(reads);
  await monitor.stop();
});

test('options that make no sense are refused in words', async () => {
  const refused = (message: string) => expect.objectContaining({ code: 'config_invalid', message });
  expect(() => monitored({ source: 'foo' as never })).toThrow(
    refused('source must be one of auto, cgroup, engine; got foo'),
  );
  const { monitor } = monitored();
  for (const labels of ['team', [1], {}]) {
    expect(() => monitor.getResourceSummary({ labels: labels as never })).toThrow(
      refused(`labels must be a list of label names, as in ["team"]; got ${JSON.stringify(labels)}`),
    );
  }
});
