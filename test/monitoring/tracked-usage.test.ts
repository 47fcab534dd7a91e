import { expect, test } from 'vitest';
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { EventBus } from '../../src/events/bus.ts';
import type { EventType } from '../../src/model/events.ts';
import { FakeUsageSource } from '../../src/monitor/fake-usage-source.contract.ts';
import { ResourceMonitor } from '../../src/monitor/resource-monitor.ts';
import { Tracker } from '../../src/tracker/tracker.ts';
import { eventually } from '../support/eventually.ts';

test('a monitor follows what a tracker finds, from the first container to the last', async () => {
  const fake = await FakeEngine.listen();
  const engine = createDockerEngine({ host: fake.host });
  const bus = new EventBus();
  const types: EventType[] = [];
  bus.on('metrics_update', ({ type }) => void types.push(type));
  const tracker = new Tracker({ engine, bus });
  const source = new FakeUsageSource(() => performance.now());
  const monitor = new ResourceMonitor({ tracker, engine, sources: [source], bus, collectInterval: 200 });
  try {
    const shop = { 'com.docker.compose.project': 'shop' };
    const web = fake.run({ name: 'shop-web-1', labels: shop });
    source.add(web, {}, { cpuNs: 0.25e6 });
    await tracker.start();
    await monitor.start();
    const db = fake.run({ name: 'shop-db-1', labels: shop });
    source.add(db, { memoryCharged: 50e6 }, { cpuNs: 0.25e6 });
    await eventually(() => {
      const metrics = tracker.getWorkspaceState('compose:shop')?.metrics;
      expect(metrics?.memoryUsage).toBe(150e6);
      expect(metrics?.cpuPercent).toBeGreaterThan(0);
    });
    await eventually(() => expect(types).toContain('metrics_update'));
    fake.die('shop-web-1', { exitCode: 0 });
    await eventually(() => expect(monitor.getWorkspaceMetrics('compose:shop')?.memoryUsage).toBe(50e6));
    fake.die('shop-db-1', { exitCode: 0 });
    await eventually(() => expect(tracker.getWorkspaceState('compose:shop')?.metrics).toBeNull());
    expect(monitor.getActiveMonitors()).toEqual([]);
    expect(source.opened).toBe(source.closed);
  } finally {
    await monitor.stop();
    await tracker.stop();
    await engine.close();
    await fake.close();
  }
});
