import { expect, inject, it, onTestFinished } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { buildObstacle, firstObstacle } from '../env/obstacles.ts';
import { describeUnless, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { serveTidewatch } from '../support/tidewatch-process.ts';

const obstacle = await firstObstacle([inject('docker').obstacle, buildObstacle()]);

describeUnless(obstacle, 'when a workspace was last worked in', () => {
  it('is known after a restart of the daemon, also when nothing of the workspace is left', async () => {
    const { docker, host } = sharedDocker();
    const name = freshPrefix();
    const id = `container:${name}`;
    onTestFinished(async () => void (await docker('rm', '-f', name).catch(() => '')));
    const setting = { folder: await temporaryFolder(), args: ['--engine-host', host] };
    const first = await serveTidewatch(setting);
    await docker('run', '-d', '--network=none', '--name', name, IMAGE, 'sleep', '3600');
    await eventually(() => first.client.workspaces.get(id));
    await docker('exec', name, 'true');
    const { lastActivity } = await eventually(async () => {
      const workspace = await first.client.workspaces.get(id);
      expect(workspace.lastActivityKind).toBe('exec');
      return workspace;
    });
    expect((await first.end('SIGTERM')).code).toBe(0);
    await docker('rm', '-f', name);

    await using second = await serveTidewatch(setting);
    await eventually(async () =>
      expect(await second.client.workspaces.get(id)).toMatchObject({
        ...{ phase: 'missing', metrics: null, lastActivity, lastActivityKind: 'exec' },
      }),
    );
  });
});
