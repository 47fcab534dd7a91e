import { expect, test } from 'vitest';
import { IMAGE } from './busybox-image.ts';
import { podmanObstacle } from './obstacles.ts';
import { startPodman } from './podman-engine.ts';
import { isRunning } from './processes.ts';
import { describeUnless } from './shared-docker.ts';

describeUnless(await podmanObstacle(), 'a private Podman service', () => {
  test('it runs a container, and stop leaves nothing behind', async () => {
    const podman = await startPodman();
    let pid = 0;
    try {
      await podman.docker('run', '-d', '--network=none', '--name=runs', IMAGE, 'sleep', '3600');
      pid = Number(await podman.docker('inspect', '--format={{.State.Pid}}', 'runs'));
      expect(await isRunning(pid)).toBe(true);
    } finally {
      await podman.stop();
    }
    expect(await isRunning(pid)).toBe(false);
    expect(await isRunning(podman.pid)).toBe(false);
  });
});
