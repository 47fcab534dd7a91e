import { execFile } from 'node:child_process';

import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { startDockerEngine } from '../env/docker-engine.ts';
import { buildObstacle, commandObstacle, firstObstacle } from '../env/obstacles.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { openFiles } from '../support/open-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { serveTidewatch } from '../support/tidewatch-process.ts';

const obstacle = await firstObstacle([
  inject('docker').obstacle,
  buildObstacle(),
  commandObstacle('prlimit', 'util-linux'),
]);

/** Two databases, a server and a thread for each database take some forty. */
const FILES = 192;

describeUnless(obstacle, 'a daemon that may open few files', () => {
  test('reads what it has files for, asks the engine for the others and says why, and answers all the while', async () => {
    // Of its own: what others run on a shared one would take files too.
    await using engine = await startDockerEngine();
    const { docker, host } = engine;
    const names = Array.from({ length: 8 }, (_, index) => `few-${index}`);
    const args = ['--engine-host', host, '--monitor-collect-interval', '1s'];
    await using serving = await serveTidewatch({ folder: await temporaryFolder(), args });
    // Starting takes more files than serving: node opens all of its modules at once.
    await promisify(execFile)('prlimit', ['--pid', String(serving.pid), `--nofile=${FILES}:${FILES}`]);
    const run = (name: string) => docker('run', '-d', '--network=none', `--name=${name}`, IMAGE, 'sleep', '3600');
    await Promise.all(names.map(run));
    await eventually(
      async () => {
        for (const name of names) {
          const { freshness, metrics } = await serving.client.workspaces.get(`container:${name}`);
          expect(freshness.state).toBe('live');
          expect(metrics?.memoryUsage).toBeGreaterThan(0);
        }
      },
      { within: 40_000, every: 250 },
    );
    const { cache, notes } = (await serving.client.stats()).monitor;
    expect(cache.readers.cgroup).toBeGreaterThan(0);
    expect(cache.readers.engine).toBeGreaterThan(0);
    expect(notes).not.toEqual([]);
    for (const { reason } of notes) expect(reason).toMatch(/raise the limit of open files/);
    // Half of them stay free for connections and the store, whatever runs.
    expect(openFiles(serving.pid).kernel.length).toBeLessThanOrEqual(FILES / 2);
  });
});
