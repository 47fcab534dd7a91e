import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { ResourceMonitor } from '../../src/monitor/resource-monitor.ts';
import { Tracker } from '../../src/tracker/tracker.ts';
import { IMAGE } from '../env/busybox-image.ts';
import type { DockerCli } from '../env/docker-cli.ts';
import { podmanObstacle } from '../env/obstacles.ts';
import { type PodmanEngine, startPodman } from '../env/podman-engine.ts';
import { describeDocker, describeUnless, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';

const run = promisify(execFile);

/** A tracker and a monitor that reads no figures: what shows activity is what was done from outside. */
async function startWatching(host: string) {
  const engine: Engine = createDockerEngine({ host });
  const tracker = new Tracker({ engine });
  const monitor = new ResourceMonitor({ tracker, engine, sources: [] });
  await monitor.start();
  await tracker.start();
  return {
    /** What showed activity in the workspace, newest first. */
    seen: (workspaceId: string) => monitor.getWorkspaceActivity(workspaceId)?.evidence.map(({ what }) => what) ?? [],
    lastActivity: (workspaceId: string) => monitor.getWorkspaceActivity(workspaceId)?.lastActivity ?? null,
    tracker,
    async stop() {
      await monitor.stop();
      await tracker.stop();
      await engine.close();
    },
  };
}

type Watching = Awaited<ReturnType<typeof startWatching>>;

describeDocker('what people do with containers from outside', () => {
  const prefix = freshPrefix();
  let watching: Watching;
  let docker: DockerCli;

  const start = (name: string, ...options: string[]) =>
    docker('run', '-d', '--network=none', '--name', `${prefix}-${name}`, ...options, IMAGE, 'sleep', '3600');
  const seen = (name: string) => watching.seen(`container:${prefix}-${name}`);

  beforeAll(async () => {
    docker = sharedDocker().docker;
    watching = await startWatching(sharedDocker().host);
  });

  afterAll(async () => {
    await watching.stop();
    const ids = await docker('ps', '-aq', '--filter', `name=${prefix}`);
    if (ids !== '') await docker('rm', '-f', ...ids.split('\n'));
  });

  test('a command in a container is seen, and when', async () => {
    await start('exec');
    const before = Date.now();
    await docker('exec', `${prefix}-exec`, '/bin/echo', 'secret');
    await eventually(() => expect(seen('exec')).toEqual(['exec echo', 'started']));
    const at = Date.parse(watching.lastActivity(`container:${prefix}-exec`) ?? '');
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
  });

  test('a health check every second is no activity', async () => {
    await start('health', '--health-cmd=true "a: b"', '--health-interval=1s');
    const probes = async () => {
      const log = await docker('inspect', '--format={{json .State.Health.Log}}', `${prefix}-health`);
      return (JSON.parse(log) as unknown[]).length;
    };
    await eventually(async () => expect(await probes()).toBeGreaterThanOrEqual(3));
    expect(seen('health')).toEqual(['started']);
    // The stream is in order: what came before this was judged before it.
    await docker('exec', `${prefix}-health`, 'true');
    await eventually(() => expect(seen('health')).toEqual(['exec true', 'started']));
  });

  test('a terminal is seen, and who attaches', async () => {
    const { host } = sharedDocker();
    const name = `${prefix}-terminal`;
    const shell = `stty rows 30 cols 100; docker -H ${host} run -it --network=none --name ${name} ${IMAGE} sleep 3600`;
    const terminal = run('script', ['-qec', shell, '/dev/null']).catch(() => 'its container was removed');
    await eventually(() => expect(seen('terminal').toSorted()).toEqual(['attach', 'started', 'terminal']));
    await docker('rm', '-f', name);
    await terminal;
  });

  test('files copied out of a container are seen', async () => {
    await start('copy');
    await docker('cp', `${prefix}-copy:/bin/busybox`, '-');
    await eventually(() => expect(seen('copy')).toEqual(['copy', 'started']));
  });

  test('what monitoring does is none', async () => {
    await start('polled');
    await docker('top', `${prefix}-polled`);
    await docker('stats', '--no-stream', `${prefix}-polled`);
    await docker('logs', `${prefix}-polled`);
    await docker('exec', `${prefix}-polled`, 'true');
    await eventually(() => expect(seen('polled')).toEqual(['exec true', 'started']));
  });
});

describeUnless(await podmanObstacle(), 'what people do with containers of Podman', () => {
  let podman: PodmanEngine;
  let watching: Watching;

  beforeAll(async () => {
    podman = await startPodman();
    watching = await startWatching(podman.host);
  });

  afterAll(async () => {
    await watching.stop();
    await podman.stop();
  });

  test('a command is seen; a health check is none', async () => {
    await podman.docker('run', '-d', '--network=none', '--name=web', '--health-cmd=true', IMAGE, 'sleep', '3600');
    await podman.podman('healthcheck', 'run', 'web');
    await eventually(() => expect(watching.seen('container:web')).toEqual(['started']));
    await podman.docker('exec', 'web', 'true');
    await eventually(() => expect(watching.seen('container:web')).toEqual(['exec', 'started']));
  });

  test('what was done before Tidewatch looked is still told by the engine', async () => {
    const later = await startWatching(podman.host);
    try {
      await eventually(() => expect(later.seen('container:web')).toContain('exec'));
    } finally {
      await later.stop();
    }
  });
});
