import { expect, test } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { startMonitoring } from '../support/start-monitoring.ts';

const MIB = 2 ** 20;

describeDocker('limits that are changed while a container runs', () => {
  test('are told at once, however seldom it is read', async () => {
    const { host, docker } = sharedDocker();
    const workspace = freshPrefix();
    const id = await docker(
      ...['run', '-d', '--network=none', `--label=tidewatch.workspace=${workspace}`],
      ...['--memory=64m', '--memory-swap=256m', IMAGE, 'sleep', '3600'],
    );
    try {
      await using monitoring = await startMonitoring(host, { config: { 'monitor.collectInterval': 3_600_000 } });
      const { metricsOf } = monitoring;
      await eventually(() => expect(metricsOf(workspace)?.memoryLimit).toBe(64 * MIB));
      await docker('update', '--memory=96m', id);
      await eventually(() => expect(metricsOf(workspace)?.memoryLimit).toBe(96 * MIB));
    } finally {
      await docker('rm', '-f', id);
    }
  });
});
