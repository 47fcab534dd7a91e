import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endProcess, processIds } from '../env/processes.ts';
import { startServer, untilReady } from '../env/server-process.ts';
import { freePort } from '../support/free-port.ts';

const run = promisify(execFile);

/** An ssh server of the test's own on the loopback, and an `ssh` that knows it and has a key for it. */
export interface SshServer extends AsyncDisposable {
  readonly port: number;
  /** The environment in which `ssh` is ours: nothing in the user's own `~/.ssh` plays a part. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on `ssh` shows this key: the one the server knows, or another. */
  showKey(which: 'known' | 'stranger'): Promise<void>;
  /** From now on `ssh` remembers the server's key, or one that is not the server's. */
  remember(which: 'server' | 'stranger'): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and every connection it has. */
  stop(): Promise<void>;
}

/** Starts the server with all its files in a folder; resolves when it takes connections. */
export async function startSshServer(folder: string): Promise<SshServer> {
  const port = await freePort();
  const file = (name: string) => join(folder, name);
  await Promise.all(['host', 'known', 'stranger'].map((name) => makeKey(file(name))));
  await copyFile(file('known.pub'), file('authorized_keys'));
  await mkdir(file('bin'));
  await mkdir('/run/sshd', { recursive: true });
  await writeFile(file('sshd_config'), serverConfiguration(folder, port));
  await writeFile(file('ssh_config'), clientConfiguration(folder));
  await writeFile(file('bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${file('ssh_config')} "$@"\n`);
  await chmod(file('bin/ssh'), 0o755);

  let pid = 0;
  const server: SshServer = {
    port,
    env: { PATH: `${file('bin')}:${process.env.PATH ?? ''}` },
    async showKey(which) {
      await copyFile(file(which), file('shown'));
      await chmod(file('shown'), 0o600);
    },
    async remember(which) {
      const [type = '', key = ''] = (
        await run('cat', [file(which === 'server' ? 'host.pub' : 'stranger.pub')])
      ).stdout.split(' ');
      await writeFile(file('known_hosts'), `[127.0.0.1]:${port} ${type} ${key}\n`);
    },
    async start() {
      const started = startServer({
        command: SSHD,
        args: ['-D', '-e', '-f', file('sshd_config')],
        logFile: file('log'),
      });
      pid = started.pid;
      await untilReady(started, () => takesConnections(port));
    },
    async stop() {
      const sessions = await childrenOf(pid);
      await endProcess(pid, 'SIGKILL', 10_000);
      for (const session of sessions) await endProcess(session, 'SIGKILL', 10_000);
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
  await server.showKey('known');
  await server.remember('server');
  await server.start();
  return server;
}

// It runs itself again for each connection and wants to be called by its full path for that.
const SSHD = '/usr/sbin/sshd';

async function makeKey(path: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
}

function serverConfiguration(folder: string, port: number): string {
  return [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'MaxStartups 100',
    'PrintMotd no',
    '',
  ].join('\n');
}

function clientConfiguration(folder: string): string {
  return [
    'Host *',
    `  IdentityFile ${folder}/shown`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile ${folder}/known_hosts`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    '',
  ].join('\n');
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(pid)]).catch(() => ({ stdout: '' }));
  const running = new Set(await processIds());
  return stdout
    .split('\n')
    .map(Number)
    .filter((child) => running.has(child));
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket
      .once('error', () => resolve(false))
      .once('connect', () => {
        resolve(true);
        socket.destroy();
      });
  });
}
