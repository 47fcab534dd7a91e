import { expect, test } from 'vitest';
import { connectEngine, ResourceMonitor, Tracker } from '../../src/index.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { startContainer } from '../usage/cgroup-reader.ts';

describeDocker('the library', () => {
  test('a tracker and an engine are all that a monitor needs', async () => {
    const { docker, host } = sharedDocker();
    const name = freshPrefix();
    const container = await startContainer(docker, ['--label', `tidewatch.workspace=${name}`], 'sleep', '3600');
    const engine = await connectEngine({ host });
    await using tracker = new Tracker({ engine });
    await using monitor = new ResourceMonitor({ tracker, engine });
    await tracker.start();
    await monitor.start();
    for await (const { pids } of monitor.startMonitoring(name)) {
      expect(pids).toBe(1);
      break;
    }
    expect(tracker.getWorkspaceState(name)?.metrics?.pids).toBe(1);
    const source = monitor.getContainerSources().find(({ containerId }) => containerId === container);
    expect(source).toMatchObject({ source: 'cgroup' });
    await docker('kill', container);
    await eventually(() =>
      expect(tracker.getWorkspaceState(name)).toMatchObject({ status: 'inactive', metrics: null }),
    );
    await engine.close();
  });

  test('a monitor without an engine says so at once', async () => {
    const engine = await connectEngine({ host: sharedDocker().host });
    await using tracker = new Tracker({ engine });
    expect(() => new ResourceMonitor({ tracker })).toThrow(/needs an engine, or sources/);
    await engine.close();
  });
});
