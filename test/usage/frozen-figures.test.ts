import { expect, test } from 'vitest';
import { createCgroupSource } from '../../src/engine/cgroup/cgroup-source.ts';
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import type { UsageSource } from '../../src/engine/usage.ts';
import { ResourceMonitor } from '../../src/monitor/resource-monitor.ts';
import { Tracker } from '../../src/tracker/tracker.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { startDockerEngine } from '../env/docker-engine.ts';
import { dockerObstacle } from '../env/obstacles.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';

const long = { within: 60_000, every: 100 };

describeUnless(await dockerObstacle(), 'figures while dockerd stands still', () => {
  test('those by its statistics end and the summary says so, those from the kernel go on', async () => {
    await using dockerd = await startDockerEngine();
    const engine = createDockerEngine({ host: dockerd.host, limits: { statsMs: 2_000 } });
    const tracker = new Tracker({ engine });
    const asking = engine.usage?.();
    const reading = createCgroupSource();
    const monitorWith = (source: UsageSource) =>
      new ResourceMonitor({ tracker, engine, sources: [source], collectInterval: 500, slowWhenIdle: false });
    const byEngine = monitorWith(asking!);
    const byKernel = monitorWith(reading);
    try {
      await dockerd.docker(
        'run',
        '--detach',
        '--network=none',
        '--label=tidewatch.workspace=shop',
        IMAGE,
        'sleep',
        '3600',
      );
      await tracker.start();
      await Promise.all([byEngine.start(), byKernel.start()]);
      const memoryOf = (monitor: ResourceMonitor) => monitor.getWorkspaceMetrics('shop')?.memoryUsage ?? null;
      const freshnessOf = (monitor: ResourceMonitor) => monitor.getResourceSummary().freshness;
      await eventually(() => {
        for (const monitor of [byEngine, byKernel]) {
          expect(memoryOf(monitor)).toBeGreaterThan(0);
          expect(freshnessOf(monitor)).toMatchObject({ state: 'live', incompleteWorkspaces: 0 });
        }
      }, long);

      dockerd.freeze();
      try {
        await eventually(() => expect(memoryOf(byEngine)).toBeNull(), long);
        expect(freshnessOf(byEngine)).toEqual({ state: 'unknown', incompleteWorkspaces: 1, sampledAt: null });
        expect(byEngine.getResourceSummary()).toMatchObject({ activeWorkspaces: 1, totalMemoryUsage: 0 });
        const before = Date.now();
        await eventually(() => {
          expect(memoryOf(byKernel)).toBeGreaterThan(0);
          const { state, sampledAt } = freshnessOf(byKernel);
          expect(state).toBe('live');
          expect(Date.parse(sampledAt ?? '')).toBeGreaterThan(before);
        }, long);
      } finally {
        dockerd.thaw();
      }
      await eventually(() => expect(memoryOf(byEngine)).toBeGreaterThan(0), long);
      await eventually(() => expect(freshnessOf(byEngine).state).toBe('live'), long);
    } finally {
      await Promise.all([byEngine.stop(), byKernel.stop()]);
      await tracker.stop();
      for (const source of [asking, reading]) source?.close();
      await engine.close();
    }
  }, 240_000);
});
