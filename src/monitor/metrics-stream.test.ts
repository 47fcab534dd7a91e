import { expect, test } from 'vitest';
import type { WorkspaceMetrics } from '../model/workspace.ts';
import { cores } from './fake-usage-source.contract.ts';
import { monitored } from './monitored.contract.ts';

async function collect(stream: AsyncIterable<WorkspaceMetrics>): Promise<WorkspaceMetrics[]> {
  const seen: WorkspaceMetrics[] = [];
  for await (const metrics of stream) seen.push(metrics);
  return seen;
}

test('many readers get the figures every second, each on its own', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', {}, cores(0.5));
  tracker.run('a');
  await monitor.start();
  await clock.advance(10_000);
  const first = new AbortController();
  const second = new AbortController();
  const early = collect(monitor.startMonitoring('a', { signal: first.signal }));
  const late = collect(monitor.startMonitoring('a', { signal: second.signal }));
  await clock.advance(5_000);
  first.abort();
  expect((await early).length).toBeGreaterThanOrEqual(4);
  await clock.advance(5_000);
  second.abort();
  const seen = await late;
  expect(seen.length).toBeGreaterThanOrEqual(9);
  for (const { cpuPercent } of seen) expect(cpuPercent).toBeCloseTo(50);
  expect(monitor.getCacheStats().streams).toBe(0);
  await monitor.stop();
});

test('a reader that is too slow gets the newest 16, and what it missed is counted', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', {}, cores(0.5));
  tracker.run('a');
  await monitor.start();
  await clock.advance(10_000);
  const stream = monitor.startMonitoring('a');
  await clock.advance(60_000);
  await monitor.stop();
  const seen = await collect(stream);
  expect(seen).toHaveLength(16);
  expect(seen.at(-1)?.sampledAt).toMatch(/^2026-01-01T00:01:(09|10)/);
  expect(monitor.getMonitorStats().dropped).toBeGreaterThanOrEqual(43);
});

test('leaving the loop ends the stream', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', {}, cores(0.5));
  tracker.run('a');
  await monitor.start();
  const read = (async () => {
    for await (const metrics of monitor.startMonitoring('a')) return metrics;
    return undefined;
  })();
  await clock.advance(10_000);
  expect(await read).toMatchObject({ pids: 1 });
  expect(monitor.getCacheStats().streams).toBe(0);
  await monitor.stop();
});

test('a stream is silent while nothing runs, goes on after a restart, and ends with the workspace', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', {}, cores(0.5));
  tracker.run('a');
  await monitor.start();
  await clock.advance(5_000);
  const seen: WorkspaceMetrics[] = [];
  const ended = (async () => {
    for await (const metrics of monitor.startMonitoring('a')) seen.push(metrics);
  })();
  await clock.advance(5_000);
  tracker.end('a');
  const before = seen.length;
  await clock.advance(20_000);
  expect(seen).toHaveLength(before);
  source.add('a', {}, cores(0.25));
  tracker.run('a', '2026-01-01T00:00:30Z');
  await clock.advance(5_000);
  expect(seen.length).toBeGreaterThan(before);
  expect(seen.at(-1)?.cpuPercent).toBeCloseTo(25);
  tracker.forget('a');
  await ended;
  await monitor.stop();
});

test('a workspace nobody knows cannot be monitored; an aborted signal ends at once', async () => {
  const { monitor, tracker } = monitored();
  await monitor.start();
  expect(() => monitor.startMonitoring('nobody')).toThrow(/there is no workspace nobody/);
  tracker.set('a', []);
  expect(await collect(monitor.startMonitoring('a', { signal: AbortSignal.abort() }))).toEqual([]);
  await monitor.stop();
  expect(await collect(monitor.startMonitoring('a'))).toEqual([]);
});

test('a workspace whose monitoring is stopped is read no more until somebody asks for it', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', {}, cores(0.5));
  tracker.run('a');
  await monitor.start();
  await clock.advance(5_000);
  const stream = collect(monitor.startMonitoring('a'));
  monitor.stopMonitoring('a');
  await stream;
  expect(monitor.getActiveMonitors()).toEqual([]);
  tracker.run('a');
  await clock.advance(20_000);
  expect(monitor.getWorkspaceMetrics('a')).toBeUndefined();
  const unwatch = monitor.watch('a');
  await clock.advance(5_000);
  expect(monitor.getActiveMonitors()).toEqual(['a']);
  expect(monitor.getWorkspaceMetrics('a')?.cpuPercent).toBeCloseTo(50);
  unwatch();
  await monitor.stop();
});
