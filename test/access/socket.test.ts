import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { buildObstacle, commandObstacle, firstObstacle } from '../env/obstacles.ts';
import { describeUnless, sharedDocker } from '../env/shared-docker.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { type RunSetting, runTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';

const obstacle = await firstObstacle([
  inject('docker').obstacle,
  buildObstacle(),
  commandObstacle('setpriv', 'util-linux'),
]);

/** Runs as nobody, who may read this checkout wherever it is, but not write: connecting to a socket is writing. */
const AS_NOBODY = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--inh-caps=+dac_read_search',
  '--ambient-caps=+dac_read_search',
];

let folder: string;

/** What `ls` says of an engine: its exit code and its one line. */
async function complaint(
  host: string,
  setting: Partial<RunSetting> = {},
): Promise<{ code: number | null; err: string }> {
  const { code, out, err } = await runTidewatch(['ls', '--host', host], { folder, ...setting });
  expect(out).toBe('');
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(err.startsWith('tidewatch: ')).toBe(true);
  return { code, err };
}

describeUnless(obstacle, 'a socket that cannot be used', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidewatch-socket-'));
    await chmod(folder, 0o755);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('for lack of rights is told with the socket, the user and the remedy, and ends with 5', async () => {
    const path = join(folder, 'roots-own.sock');
    await using proxy = await startCuttingProxy(path, sharedDocker().socketPath);
    await chmod(path, 0o600);
    const { code, err } = await complaint(proxy.host, { through: AS_NOBODY });
    expect(code).toBe(5);
    expect(err).toMatch(/"nobody" may not open .*roots-own\.sock.*docker group.*socket proxy/);
  });

  it('for lack of rights keeps no daemon from serving; it connects when it may', async () => {
    const path = join(folder, 'opened-later.sock');
    await using proxy = await startCuttingProxy(path, sharedDocker().socketPath);
    await chmod(path, 0o600);
    const home = await mkdtemp(join(folder, 'of-nobody-'));
    await chmod(home, 0o777);
    await using serving = await serveTidewatch({
      folder: home,
      through: AS_NOBODY,
      args: ['--engine-host', proxy.host],
    });
    const { checks, missing } = await serving.client.ready();
    expect(missing).toEqual(['engine', 'sync']);
    expect(checks.engine.detail).toMatch(/may not open .*opened-later\.sock/);
    await chmod(path, 0o666);
    await eventually(async () => expect((await serving.client.ready()).missing).toEqual([]), { within: 40_000 });
  });

  it('because it is missing, not listened on or no socket is told as that, and ends with 4', async () => {
    const missing = join(folder, 'missing.sock');
    expect(await complaint(`unix://${missing}`)).toEqual({
      code: 4,
      err: expect.stringMatching(/no socket at .*missing\.sock.*Start the engine/),
    });
    const dead = join(folder, 'dead.sock');
    const file = join(folder, 'file.sock');
    await leaveDeadSocket(dead);
    await writeFile(file, 'no socket');
    for (const path of [dead, file, folder]) {
      const { code, err } = await complaint(`unix://${path}`);
      expect(code).toBe(4);
      expect(err).toContain(`Nothing listens at unix://${path}.`);
    }
  });

  it('because what listens there is no engine is told as that', async () => {
    const path = join(folder, 'other.sock');
    for (const [answer, told] of [
      ['SSH-2.0-OpenSSH_9.2\r\n', 'does not answer in HTTP'],
      ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK', 'is not a Docker Engine'],
      [
        'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>',
        'is not a Docker Engine',
      ],
      ['HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>', 'a web page'],
      ['', 'broke'],
    ] as const) {
      await using _answering = await answerWith(path, answer);
      const { code, err } = await complaint(`unix://${path}`);
      expect(err).toContain(told);
      expect(err).toContain(path);
      expect(code, err).toBe(answer === '' ? 4 : 1);
    }
  });

  it.each(['gopher://x', 'tcp://user:secret@127.0.0.1:2375', `unix:///${'long/'.repeat(30)}docker.sock`])(
    'because DOCKER_HOST is %s is told before anything is tried, and ends with 2',
    async (host) => {
      for (const args of [['ls'], ['serve', '--listen', '127.0.0.1:0']]) {
        const { code, out, err } = await runTidewatch(args, { folder, env: { DOCKER_HOST: host } });
        expect(err.trimEnd().split('\n').at(-1)).toMatch(/DOCKER_HOST is not an engine's address: .*Write unix:/);
        expect(err).not.toContain('secret');
        expect({ code, out }).toEqual({ code: 2, out: '' });
      }
    },
  );
});

/** The socket file that a killed engine leaves behind. */
async function leaveDeadSocket(path: string): Promise<void> {
  const listening = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  const child = spawn(process.execPath, ['-e', listening]);
  await new Promise((resolve) => child.once('exit', resolve));
}

async function answerWith(path: string, answer: string): Promise<AsyncDisposable> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {}).on('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}
