import { expect, test } from 'vitest';
import { FakeUsageSource } from './fake-usage-source.contract.ts';
import { monitored } from './monitored.contract.ts';

const MINUTE = 60_000;

/** A monitor that may read from files, which are refused for now, or from the engine. */
function twoWays(options: Parameters<typeof monitored>[0] = {}) {
  let monotonic = () => 0;
  const files = new FakeUsageSource(() => monotonic());
  const engine = new FakeUsageSource(() => monotonic(), 'engine');
  const all = monitored({ sources: [files, engine], collectInterval: '10s', ...options });
  monotonic = () => all.clock.monotonic();
  for (const source of [files, engine]) source.add('a', {}, { cpuNs: 0.1e6 });
  all.tracker.run('a');
  const readers = () => all.monitor.getCacheStats().readers;
  return { ...all, files, engine, readers };
}

test('what was read by the engine for lack of descriptors is read from files again when there are some', async () => {
  const { monitor, clock, files, engine, readers } = twoWays();
  Object.assign(files, { refuses: 'no more files can be opened', isPassing: true });
  await monitor.start();
  await clock.advance(10 * MINUTE);
  expect(readers()).toMatchObject({ cgroup: 0, engine: 1 });
  // It is asked how it is read better, but goes on to be read as it was.
  expect(monitor.getWorkspaceMetrics('a')?.cpuPercent).toBeCloseTo(10);
  expect(engine.opened - engine.closed).toBe(1);
  files.refuses = null;
  await clock.advance(2 * MINUTE + 2_000);
  expect(readers()).toMatchObject({ cgroup: 1, engine: 0 });
  expect(monitor.getWorkspaceMetrics('a')?.cpuPercent).toBeCloseTo(10);
  expect(monitor.getMonitorStats().discards).toEqual({ resets: 0, gaps: 0, impossible: 0 });
  await clock.advance(10 * MINUTE);
  expect(files.opened).toBe(1);
  await monitor.stop();
  expect([files.opened - files.closed, engine.opened - engine.closed]).toEqual([0, 0]);
});

test('what cannot be read from files for good is not asked for again', async () => {
  const { monitor, clock, files, engine } = twoWays();
  files.refuses = 'no cgroup file system is mounted';
  await monitor.start();
  await clock.advance(10 * MINUTE);
  expect(engine.opened).toBe(1);
  await monitor.stop();
});

test('an engine that did not tell whose network it is is asked again while the container runs', async () => {
  const asked: string[] = [];
  let isDown = true;
  const { monitor, clock, files } = twoWays({
    target: async (containerId) => {
      asked.push(containerId);
      if (isDown) throw new Error('the engine does not answer');
      return { containerId, pid: 7, network: 'own' };
    },
  });
  await monitor.start();
  await clock.advance(5 * MINUTE);
  expect([asked.length, files.opened - files.closed]).toEqual([3, 1]);
  isDown = false;
  await clock.advance(2 * MINUTE);
  expect([asked.length, files.opened - files.closed]).toEqual([4, 1]);
  const { opened } = files;
  await clock.advance(10 * MINUTE);
  expect([asked.length, files.opened]).toEqual([4, opened]);
  await monitor.stop();
});

test('a container that ends is not looked at again', async () => {
  const { monitor, clock, tracker, files, engine } = twoWays();
  Object.assign(files, { refuses: 'no more files can be opened', isPassing: true });
  await monitor.start();
  await clock.advance(MINUTE);
  tracker.end('a');
  files.refuses = null;
  await clock.advance(10 * MINUTE);
  expect([files.opened, engine.opened, engine.closed]).toEqual([0, 1, 1]);
  await monitor.stop();
});
