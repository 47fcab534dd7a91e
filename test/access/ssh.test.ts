import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { buildObstacle, commandObstacle, firstObstacle } from '../env/obstacles.ts';
import { processIds } from '../env/processes.ts';
import { describeUnless, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { runTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';
import { type SshServer, startSshServer } from './ssh-server.ts';

const obstacle = await firstObstacle([
  inject('docker').obstacle,
  buildObstacle(),
  commandObstacle('sshd', 'openssh-server'),
  commandObstacle('ssh', 'openssh-client'),
]);

let folder: string;
let server: SshServer;

const login = () => `${userInfo().username}@127.0.0.1`;
const host = (socket: string) => `ssh://${login()}:${server.port}${socket}`;

const commandToTry = (socket: string) => `-p ${server.port} ${login()} docker --host unix://${socket} version`;

async function complaint(socket = sharedDocker().socketPath): Promise<{ code: number | null; err: string }> {
  const { code, out, err } = await runTidewatch(['ls', '--host', host(socket)], { folder, env: server.env });
  expect(out).toBe('');
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  return { code, err };
}

/** Commands of ssh that are still at work for this test. */
async function connections(): Promise<string[]> {
  const commands = await Promise.all(
    (await processIds()).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.filter((command) => command.includes(`${folder}/ssh_config`));
}

describeUnless(obstacle, 'an engine behind ssh', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidewatch-ssh-'));
    server = await startSshServer(folder);
  });

  afterEach(async () => {
    await server.showKey('known');
    await server.remember('server');
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is listed', async () => {
    const { docker } = sharedDocker();
    const name = freshPrefix();
    await docker('create', '--network=none', '--name', name, IMAGE, 'true');
    const { code, out, err } = await runTidewatch(['ls', '--host', host(sharedDocker().socketPath)], {
      folder,
      env: server.env,
    });
    expect(code, err).toBe(0);
    expect(out).toContain(name);
    await docker('rm', name);
    await eventually(async () => expect(await connections()).toEqual([]));
  });

  it('is tracked by a daemon, through the end of the connection and back', async () => {
    const { docker } = sharedDocker();
    const name = freshPrefix();
    await using serving = await serveTidewatch({
      folder: await mkdtemp(join(folder, 'd')),
      env: server.env,
      args: ['--engine-host', host(sharedDocker().socketPath)],
    });
    await eventually(async () => expect((await serving.client.ready()).missing).toEqual([]));
    const becomes = (expected: object) =>
      eventually(async () => expect(await serving.client.workspaces.get(`container:${name}`)).toMatchObject(expected), {
        within: 50_000,
      });
    await docker('run', '-d', '--network=none', '--name', name, IMAGE, 'sleep', '3600');
    await becomes({ status: 'active', phase: 'running' });
    await server.stop();
    await eventually(async () => expect((await serving.client.ready()).missing).toContain('engine'));
    await docker('kill', name);
    await becomes({ status: 'active', freshness: { state: 'unknown' } });
    await server.start();
    await becomes({ status: 'inactive', freshness: { state: 'live' }, reason: { code: 'killed_by_request' } });
    await docker('rm', name);
    await serving.end('SIGTERM');
    await eventually(async () => expect(await connections()).toEqual([]));
  });

  it('that does not know our key refuses: 5', async () => {
    await server.showKey('stranger');
    const { code, err } = await complaint();
    expect(err).toMatch(/ssh host 127\.0\.0\.1 .*Permission denied/);
    expect(err).toContain(commandToTry(sharedDocker().socketPath));
    expect(code).toBe(5);
  });

  it('whose key is not the one remembered is not trusted: 4', async () => {
    await server.remember('stranger');
    const { code, err } = await complaint();
    expect(err).toContain('Host key verification failed');
    expect(code).toBe(4);
  });

  it('where no engine listens at the socket says so: 4', async () => {
    const { code, err } = await complaint('/nonexistent/docker.sock');
    expect(err).toContain(commandToTry('/nonexistent/docker.sock'));
    expect(code).toBe(4);
  });

  it('where no ssh answers says so: 4', async () => {
    await server.stop();
    const { code, err } = await complaint();
    await server.start();
    expect(err).toContain('Connection refused');
    expect(code).toBe(4);
  });
});
