import { expect, test } from 'vitest';
import { cores } from './fake-usage-source.contract.ts';
import { monitored } from './monitored.contract.ts';

test('the summary adds up everything, by owner and by label, with the host beside it', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', { memoryCharged: 100 }, { ...cores(1), networkRxBytes: 1, diskWriteBytes: 2 });
  source.add('b', { memoryCharged: 300 }, cores(0.5));
  source.add('c', { memoryCharged: 500 }, cores(0.5));
  await monitor.start();
  tracker.set('a', [{ id: 'a' }], { owner: 'ann', labels: { team: 'red' } });
  tracker.set('b', [{ id: 'b' }], { owner: 'ann', labels: { team: 'blue' } });
  tracker.set('c', [{ id: 'c' }], { labels: { team: 'blue' } });
  tracker.set('d', [{ id: 'd', state: 'exited' }]);
  await clock.advance(20_000);
  const summary = monitor.getResourceSummary({ labels: ['team'] });
  expect(summary).toMatchObject({
    workspaces: 4,
    activeWorkspaces: 3,
    activeContainers: 3,
    totalMemoryUsage: 900,
    averageMemoryUsage: 300,
    peakMemoryUsage: 900,
    host: { cores: 4, cpuPercent: 12 },
    at: '2026-01-01T00:00:20.000Z',
  });
  expect(summary.totalCpuUsage).toBeCloseTo(200);
  expect(summary.averageCpuUsage).toBeCloseTo(200 / 3);
  expect(summary.networkRxRate).toBeCloseTo(1_000);
  expect(summary.diskWriteRate).toBeCloseTo(2_000);
  expect([...summary.byOwner.keys()].toSorted()).toEqual(['', 'ann']);
  expect(summary.byOwner.get('ann')).toMatchObject({ workspaces: 2, activeContainers: 2, memoryUsage: 400 });
  expect(summary.byLabel.get('team')?.get('blue')).toMatchObject({ workspaces: 2, memoryUsage: 800 });
  tracker.end('a');
  const after = monitor.getResourceSummary();
  expect(after).toMatchObject({ totalMemoryUsage: 800, peakMemoryUsage: 900, activeWorkspaces: 2 });
  expect(after.peakCpuUsage).toBeCloseTo(200);
  await monitor.stop();
});

test('metrics_update comes with the first figures, then once a minute while something changes', async () => {
  const { monitor, tracker, source, clock, told } = monitored();
  const usage = source.add('a', {}, cores(0.1));
  tracker.run('a');
  await monitor.start();
  await clock.advance(55_000);
  expect(told('metrics_update')).toMatchObject([{ workspaceId: 'a', data: { oldMetrics: null, delta: {} } }]);
  usage.perMs.cpuNs = 0.12e6;
  await clock.advance(120_000);
  const updates = told('metrics_update');
  expect(updates).toHaveLength(2);
  expect(updates[1]?.data.oldMetrics).toEqual(updates[0]?.data.newMetrics);
  expect(updates[1]?.data.delta.cpuPercent).toBeCloseTo(2);
  await monitor.stop();
});

test('a large change is told sooner, a small one of next to nothing never', async () => {
  const { monitor, tracker, source, clock, told } = monitored();
  const usage = source.add('a', {}, cores(0.001));
  tracker.run('a');
  await monitor.start();
  await clock.advance(5_000);
  usage.perMs.cpuNs = 0.003e6;
  await clock.advance(200_000);
  expect(told('metrics_update')).toHaveLength(1);
  usage.perMs.cpuNs = 1e6;
  await clock.advance(121_000);
  const cpu = told('metrics_update').map(({ data }) => Math.round(data.newMetrics.cpuPercent ?? -1));
  expect(cpu.at(-1)).toBe(100);
  expect(cpu.length).toBeLessThanOrEqual(4);
  await monitor.stop();
});

test('a threshold is told after its duration, once, and cleared below its clear level', async () => {
  const { monitor, tracker, source, clock, told, lines } = monitored({ slowWhenIdle: false });
  const usage = source.add('a', {}, cores(0.5));
  tracker.run('a');
  await monitor.start();
  await clock.advance(30_000);
  usage.perMs.cpuNs = 0.9e6;
  await clock.advance(25_000);
  expect(told('threshold_exceeded')).toEqual([]);
  await clock.advance(60_000);
  expect(told('threshold_exceeded')).toMatchObject([
    {
      workspaceId: 'a',
      message: 'cpu is at 90 %, over 80 % for 30s',
      data: { metric: 'cpu', threshold: 80, unit: 'percent', containerId: 'a' },
    },
  ]);
  expect(monitor.getMonitorStats()).toMatchObject({ thresholdsExceeded: 1, raised: 1 });
  const { since } = told('threshold_exceeded')[0]?.data ?? {};
  usage.perMs.cpuNs = 0.751e6;
  await clock.advance(120_000);
  expect(told('threshold_cleared')).toEqual([]);
  expect(monitor.getWorkspaceThresholds('a')).toEqual({
    exceeded: [{ metric: 'cpu', value: 75.1, threshold: 80, unit: 'percent', containerId: 'a', since }],
    labelProblems: [],
  });
  usage.perMs.cpuNs = 0.5e6;
  await clock.advance(60_000);
  expect(told('threshold_cleared')).toMatchObject([
    {
      message: expect.stringMatching(/^cpu was over 80 % for \w+, now 50 %$/),
      data: { metric: 'cpu', threshold: 80, clearLevel: 72, value: 50, reason: 'below' },
    },
  ]);
  expect(told('threshold_exceeded')).toHaveLength(1);
  expect(monitor.getWorkspaceThresholds('a')?.exceeded).toEqual([]);
  expect(lines.filter(({ message }) => message.startsWith('threshold')).map(({ level }) => level)).toEqual([
    'warn',
    'info',
  ]);
  await monitor.stop();
});

test('a workspace that stops takes back what was told of it', async () => {
  const { monitor, tracker, source, clock, told } = monitored();
  source.add('a', { memoryCharged: 900e6 }, cores(0.01));
  tracker.run('a');
  await monitor.start();
  await clock.advance(120_000);
  expect(told('threshold_exceeded')).toMatchObject([{ data: { metric: 'memory', value: 90 } }]);
  tracker.end('a');
  expect(told('threshold_cleared')).toMatchObject([
    { workspaceId: 'a', data: { metric: 'memory', value: null, reason: 'stopped' } },
  ]);
  expect(monitor.getWorkspaceThresholds('a')?.exceeded).toEqual([]);
  await monitor.stop();
});

test('labels set the thresholds of one workspace; what they say wrongly is told and changes nothing', async () => {
  const { monitor, tracker, source, clock, told, lines } = monitored({ slowWhenIdle: false });
  for (const id of ['a', 'b']) source.add(id, { memoryCharged: 900e6, pids: 40 }, cores(0.9));
  const labels = {
    'tidewatch.threshold.cpu': 'off',
    'tidewatch.threshold.memory': '95%',
    'tidewatch.threshold.pids': '30',
  };
  tracker.set('a', [{ id: 'a' }], { labels });
  tracker.set('b', [{ id: 'b' }], { labels: { 'tidewatch.threshold.cpu': 'much', 'tidewatch.threshold.luck': '1' } });
  await monitor.start();
  await clock.advance(60_000);
  const raised = told('threshold_exceeded').map(({ workspaceId, data }) => `${workspaceId} ${data.metric}`);
  expect(raised.toSorted()).toEqual(['a pids', 'b cpu', 'b memory']);
  expect(lines.filter(({ message }) => message.startsWith('label ')).map(({ fields }) => fields?.workspaceId)).toEqual([
    'b',
    'b',
  ]);
  expect(monitor.getWorkspaceThresholds('b')?.labelProblems).toEqual([
    expect.stringMatching(/^label tidewatch.threshold.cpu=much: expected/),
    expect.stringMatching(/^label tidewatch.threshold.luck=1: expected/),
  ]);
  expect(monitor.getWorkspaceThresholds('nobody')).toBeUndefined();
  tracker.set('a', [{ id: 'a' }], { labels: { ...labels } });
  expect(told('threshold_cleared')).toEqual([]);
  tracker.set('a', [{ id: 'a' }]);
  expect(told('threshold_cleared')).toMatchObject([{ workspaceId: 'a', data: { metric: 'pids', reason: 'changed' } }]);
  await monitor.stop();
});

test('a logger that throws does not keep a threshold from being told', async () => {
  const { monitor, tracker, source, clock, told } = monitored();
  const fail = () => {
    throw new Error('the disk of the log is full');
  };
  monitor.setLogger({ debug: fail, info: fail, warn: fail, error: fail });
  source.add('a', { memoryCharged: 900e6 }, cores(0.5));
  tracker.run('a');
  await monitor.start();
  await clock.advance(60_000);
  expect(told('threshold_exceeded')).toHaveLength(1);
  expect(monitor.getWorkspaceMetrics('a')?.errorCount).toBe(0);
  await monitor.stop();
});

test('what cannot log is no logger, and the one before stays', async () => {
  const refused = expect.objectContaining({
    code: 'config_invalid',
    message: expect.stringContaining('missing: debug'),
  });
  expect(() => monitored({ logger: { info() {}, warn() {}, error() {} } as never })).toThrow(refused);
  const { monitor, tracker, source, clock, lines } = monitored();
  expect(() => monitor.setLogger(null as never)).toThrow(refused);
  source.add('a', { memoryCharged: 900e6 });
  tracker.run('a');
  await monitor.start();
  await clock.advance(60_000);
  expect(lines.some(({ message }) => message.startsWith('threshold exceeded'))).toBe(true);
  await monitor.stop();
});
