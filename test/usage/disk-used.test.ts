import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, type TidewatchClient } from '../../src/client/client.ts';
import { configDefaults } from '../../src/daemon/config/load-config.ts';
import { createDaemon, type Daemon } from '../../src/daemon/daemon.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { type DockerEngine, startDockerEngine } from '../env/docker-engine.ts';
import { dockerObstacle } from '../env/obstacles.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';

const MIB = 1024 * 1024;

describeUnless(await dockerObstacle(), 'disk used, as the daemon tells it of dockerd', () => {
  let engine: DockerEngine;
  let daemon: Daemon;
  let client: TidewatchClient;

  beforeAll(async () => {
    engine = await startDockerEngine();
    const run = (workspace: string, command: string, ...options: string[]) =>
      engine.docker(
        ...['run', `--name=${workspace}`, '--network=none', `--label=tidewatch.workspace=${workspace.split('-')[0]}`],
        ...[...options, IMAGE, 'sh', '-c', command],
      );
    // In the foreground: what is written is there when they end.
    await run(
      'shop-seed',
      'dd if=/dev/zero of=/data/file bs=1M count=7; dd if=/dev/zero of=/file bs=1M count=3',
      '-vdata:/data',
    );
    await run('shop-web', 'sleep 3600', '--detach', '-vdata:/data');
    await engine.docker('exec', 'shop-web', 'dd', 'if=/dev/zero', 'of=/file', 'bs=1M', 'count=5');
    await run('lab-main', 'sleep 3600', '--detach', '-vdata:/data:ro');
    const dataDir = join(engine.folder, 'data-of-tidewatch');
    const config = { ...configDefaults({ env: {}, home: dataDir }), dataDir, listen: '127.0.0.1:0' };
    daemon = createDaemon(
      { ...config, 'engine.host': engine.host, 'monitor.diskSizeInterval': 60_000 },
      { webRoot: null },
    );
    await daemon.start();
    const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
    client = createClient({ url: daemon.address(), token });
  });

  afterAll(async () => {
    await daemon?.stop();
    await engine?.stop();
  });

  test('a workspace has what its containers wrote, the stopped one too, and each volume once', async () => {
    await eventually(
      async () => {
        const { diskUsed } = await client.workspaces.get('shop');
        expect(diskUsed?.writableBytes).toBeGreaterThanOrEqual(8 * MIB);
        expect(diskUsed?.writableBytes).toBeLessThan(9 * MIB);
        expect(diskUsed?.volumeBytes).toBe(7 * MIB);
      },
      { within: 50_000 },
    );
    await eventually(async () => expect((await client.workspaces.get('lab')).diskUsed?.volumeBytes).toBe(7 * MIB), {
      within: 50_000,
    });
  });

  test('the summary counts what all share once, and the statistics tell what it cost', async () => {
    await eventually(
      async () => expect((await client.summary()).diskUsed).toMatchObject({ measured: 3, unmeasured: 0 }),
      {
        within: 50_000,
      },
    );
    const { diskUsed } = await client.summary();
    expect(diskUsed?.volumeBytes).toBe(7 * MIB);
    expect(diskUsed?.writableBytes).toBeLessThan(9 * MIB);
    const { monitor, engineCalls } = await client.stats();
    expect(monitor.diskSizes).toMatchObject({ interval: 60_000, failures: 0, lastError: null });
    expect(monitor.diskSizes?.questions).toBeGreaterThanOrEqual(4);
    expect(monitor.diskSizes?.spentMs).toBeGreaterThan(0);
    expect(engineCalls.calls.disk).toBe(monitor.diskSizes?.questions);
  });

  test('a container that is removed takes its figures along', async () => {
    await engine.docker('rm', '--force', 'shop-web');
    await eventually(async () => {
      expect((await client.summary()).diskUsed).toMatchObject({ measured: 2, unmeasured: 0 });
      const { diskUsed } = await client.workspaces.get('shop');
      expect(diskUsed?.writableBytes).toBeGreaterThanOrEqual(3 * MIB);
      expect(diskUsed?.writableBytes).toBeLessThan(4 * MIB);
    });
  });
});
