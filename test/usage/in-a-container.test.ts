import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { Stats, Workspace } from '../../src/client/client.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { startContainer } from './cgroup-reader.ts';

/** What Node needs of the machine, and Tidewatch as it is built. */
const PROGRAM = [
  `${process.execPath}:/bin/node`,
  '/lib:/lib',
  '/lib64:/lib64',
  '/usr/lib:/usr/lib',
  ...['dist', 'node_modules', 'package.json'].map((name) => `${resolve(name)}:/tidewatch/${name}`),
].flatMap((mount) => ['-v', `${mount}:ro`]);
const MAIN = '/tidewatch/dist/cli/main.js';

/** Asks the daemon from within: nobody outside reaches a container without a network. */
const ASK = `
  const headers = { authorization: 'Bearer ' + require('node:fs').readFileSync('/data/admin-token', 'utf8').trim() };
  fetch('http://127.0.0.1:7420' + process.argv[1], { headers })
    .then(async (answer) => {
      if (!answer.ok) throw new Error('status ' + answer.status);
      console.log(await answer.text());
    });`;

interface Seen {
  readonly metrics: Workspace['metrics'];
  readonly readers: Stats['monitor']['cache']['readers'];
}

describeDocker('Tidewatch in a container', () => {
  test('reads the kernel’s files of its neighbours when it is given the host’s', async () => {
    const seen = await seenFromWithin(['-v', '/sys/fs/cgroup:/sys/fs/cgroup:ro', '-v', '/proc:/host/proc:ro']);
    expect(seen.readers.cgroup).toBeGreaterThan(0);
    expect(seen.metrics?.pids).toBe(1);
    expect(seen.metrics?.memoryUsage).toBeGreaterThan(0);
  });

  test('asks the engine when it is not', async () => {
    const seen = await seenFromWithin([]);
    expect(seen.readers.cgroup).toBe(0);
    expect(seen.readers.engine).toBeGreaterThan(0);
    expect(seen.metrics?.pids).toBe(1);
  });
});

/** What a daemon in a container with these mounts tells of a neighbour that sleeps, as soon as it has figures. */
async function seenFromWithin(mounts: readonly string[]): Promise<Seen> {
  const { docker, socketPath } = sharedDocker();
  const workspace = freshPrefix();
  await startContainer(docker, ['--label', `tidewatch.workspace=${workspace}`], 'sleep', '3600');
  const access = ['-v', `${socketPath}:/var/run/docker.sock`, '-e', 'TIDEWATCH_DATA_DIR=/data'];
  const tidewatch = await startContainer(docker, [...PROGRAM, ...access, ...mounts], '/bin/node', MAIN, 'serve');
  const ask = async (path: string) =>
    JSON.parse(await docker('exec', tidewatch, '/bin/node', '-e', ASK, `/api/v1/${path}`)) as unknown;
  return eventually(
    async () => {
      const { metrics } = (await ask(`workspaces/${workspace}`)) as Workspace;
      expect(metrics).not.toBeNull();
      const { monitor } = (await ask('stats')) as Stats;
      return { metrics, readers: monitor.cache.readers };
    },
    { within: 60_000 },
  );
}
