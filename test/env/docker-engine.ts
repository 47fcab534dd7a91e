import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { IMAGE, writeBusyboxTar } from './busybox-image.ts';
import { createDockerCli, type DockerCli } from './docker-cli.ts';
import { clearEngineFolder, createEngineFolder } from './engine-folder.ts';
import { endProcess, signalProcess } from './processes.ts';
import { answersPing, type ServerProcess, startServer, untilReady } from './server-process.ts';

const run = promisify(execFile);

/** How the private engine is set up. */
export interface DockerEngineOptions {
  /** Containers survive the end of the daemon (default false). */
  readonly liveRestore?: boolean;
  /** Gives containers a bridge network of their own (default false: `none` and `host` only). */
  readonly network?: boolean;
  /** Folder to live in; a temporary one unless told. It is removed by `stop`. */
  readonly folder?: string;
  /** More arguments of dockerd, as `--host=tcp://127.0.0.1:2376`. */
  readonly args?: readonly string[];
}

/** A Docker Engine of our own: dockerd and containerd in one folder, with the image `busybox:local`. */
export interface DockerEngine extends AsyncDisposable {
  /** As in DOCKER_HOST. */
  readonly host: string;
  readonly socketPath: string;
  readonly folder: string;
  /** Docker's command line bound to this engine. */
  readonly docker: DockerCli;
  /** Process id of dockerd; changes with every `boot`. */
  readonly pid: number;
  readonly containerdPid: number;
  /** Ends dockerd alone and waits until it is gone; containerd (and with live-restore the containers) go on. */
  halt(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts dockerd again after `halt`; resolves when it answers. */
  boot(options?: { liveRestore?: boolean }): Promise<void>;
  /** `halt`, `whileDown`, `boot`. */
  restart(options?: RestartOptions): Promise<void>;
  /** Stops dockerd in its tracks (SIGSTOP): connections are taken, nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** Removes all containers. */
  removeAll(): Promise<void>;
  /** Ends and removes everything. May be called again. */
  stop(): Promise<void>;
}

export interface RestartOptions {
  readonly signal?: 'SIGTERM' | 'SIGKILL';
  readonly liveRestore?: boolean;
  /** Runs while dockerd is down. */
  readonly whileDown?: () => Promise<void>;
}

/** Starts an engine and resolves when it answers and has the image. On failure nothing of it remains. */
export async function startDockerEngine(options: DockerEngineOptions = {}): Promise<DockerEngine> {
  const folder = options.folder ?? (await createEngineFolder());
  try {
    const bridge = options.network ? await createBridge(folder) : 'none';
    const containerd = await startContainerd(folder);
    const engine = new PrivateDockerEngine(folder, [`--bridge=${bridge}`, ...(options.args ?? [])], containerd);
    await engine.boot(options.liveRestore === undefined ? {} : { liveRestore: options.liveRestore });
    const tar = join(folder, 'image.tar');
    await writeBusyboxTar(tar);
    await engine.docker('import', tar, IMAGE);
    await rm(tar);
    return engine;
  } catch (error) {
    await clearEngineFolder(folder);
    throw error;
  }
}

class PrivateDockerEngine implements DockerEngine {
  readonly folder: string;
  readonly socketPath: string;
  readonly host: string;
  readonly docker: DockerCli;
  readonly #args: readonly string[];
  readonly #containerd: ServerProcess;
  #dockerd: ServerProcess | undefined;
  #liveRestore = false;
  #stopping: Promise<void> | undefined;

  constructor(folder: string, args: readonly string[], containerd: ServerProcess) {
    this.folder = folder;
    this.socketPath = join(folder, 'docker.sock');
    this.host = `unix://${this.socketPath}`;
    this.docker = createDockerCli(this.host);
    this.#args = args;
    this.#containerd = containerd;
  }

  get pid(): number {
    return this.#dockerd?.pid ?? 0;
  }

  get containerdPid(): number {
    return this.#containerd.pid;
  }

  async boot({ liveRestore = this.#liveRestore }: { liveRestore?: boolean } = {}): Promise<void> {
    this.#liveRestore = liveRestore;
    const configFile = join(this.folder, 'daemon.json');
    // ip6tables is a key of the file only: its default changed between releases, and as a flag old ones want `experimental`.
    await writeFile(configFile, JSON.stringify({ 'live-restore': liveRestore, ip6tables: false }));
    const args = [
      `--config-file=${configFile}`,
      `--containerd=${join(this.folder, 'containerd.sock')}`,
      `--data-root=${join(this.folder, 'data')}`,
      `--exec-root=${join(this.folder, 'exec')}`,
      `--pidfile=${join(this.folder, 'dockerd.pid')}`,
      `--host=${this.host}`,
      '--iptables=false',
      ...this.#args,
    ];
    // A dockerd that was killed leaves its pid file; a reused pid would keep the next one from starting.
    await rm(join(this.folder, 'dockerd.pid'), { force: true });
    const dockerd = startServer({ command: 'dockerd', args, logFile: join(this.folder, 'dockerd.log') });
    this.#dockerd = dockerd;
    await untilReady(dockerd, () => answersPing(this.socketPath), 120_000);
  }

  async halt(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    // dockerd gives its containers ten seconds to end; on a loaded machine it takes its time on top of that.
    if (this.#dockerd) await endProcess(this.#dockerd.pid, signal, 40_000);
    this.#dockerd = undefined;
  }

  async restart({ signal, liveRestore, whileDown }: RestartOptions = {}): Promise<void> {
    await this.halt(signal);
    await whileDown?.();
    await this.boot(liveRestore === undefined ? {} : { liveRestore });
  }

  freeze(): void {
    signalProcess(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    signalProcess(this.pid, 'SIGCONT');
  }

  async removeAll(): Promise<void> {
    const ids = await this.docker('ps', '--all', '--quiet', '--no-trunc');
    if (ids === '') return;
    // One that ends and is removed by itself (`--rm`) may be gone before its turn.
    await this.docker('rm', '--force', '--volumes', ...ids.split('\n')).catch(async (error: unknown) => {
      if ((await this.docker('ps', '--all', '--quiet')) !== '') throw error;
    });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopEverything();
    return this.#stopping;
  }

  async #stopEverything(): Promise<void> {
    this.thaw();
    signalProcess(this.containerdPid, 'SIGCONT');
    // The engine undoes its own mounts and networks best; what it does not, clearing the folder does.
    if (this.#dockerd) {
      const quick = createDockerCli(this.host, 30_000);
      const ids = await quick('ps', '--all', '--quiet', '--no-trunc').catch(() => '');
      if (ids !== '') await quick('rm', '--force', '--volumes', ...ids.split('\n')).catch(() => undefined);
      if (!this.#args.includes('--bridge=none')) await quick('network', 'prune', '--force').catch(() => undefined);
      await endProcess(this.#dockerd.pid, 'SIGTERM', 15_000);
      this.#dockerd = undefined;
    }
    await endProcess(this.containerdPid, 'SIGTERM', 5_000);
    await clearEngineFolder(this.folder);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function startContainerd(folder: string): Promise<ServerProcess> {
  const socketPath = join(folder, 'containerd.sock');
  const configFile = join(folder, 'containerd.toml');
  await mkdir(join(folder, 'containerd'), { recursive: true });
  await writeFile(configFile, containerdConfig(folder, socketPath));
  const server = startServer({
    command: 'containerd',
    args: ['--config', configFile],
    logFile: join(folder, 'containerd.log'),
  });
  // Connecting says that it listens; dockerd itself waits until the services behind it are up.
  await untilReady(server, () =>
    run('test', ['-S', socketPath]).then(
      () => true,
      () => false,
    ),
  );
  return server;
}

// Kubernetes' plugin and the rare snapshotters only cost start-up time; `opt` would make a folder outside of ours.
function containerdConfig(folder: string, socketPath: string): string {
  const unused = [
    'grpc.v1.cri',
    'internal.v1.opt',
    ...['aufs', 'btrfs', 'devmapper', 'zfs'].map((name) => `snapshotter.v1.${name}`),
  ];
  return [
    'version = 2',
    `root = "${folder}/containerd/root"`,
    `state = "${folder}/containerd/state"`,
    `disabled_plugins = [${unused.map((name) => `"io.containerd.${name}"`).join(', ')}]`,
    '[grpc]',
    `address = "${socketPath}"`,
    '[ttrpc]',
    `address = "${socketPath}.ttrpc"`,
    '',
  ].join('\n');
}

/** A bridge of our own, so that neither docker0 nor the machine's packet filter is touched. */
async function createBridge(folder: string): Promise<string> {
  const name = `tw${randomBytes(4).toString('hex')}`;
  await writeFile(join(folder, 'bridge'), name);
  await run('ip', ['link', 'add', name, 'type', 'bridge']);
  await run('ip', ['addr', 'add', `10.${randomInt(200, 250)}.${randomInt(1, 250)}.1/24`, 'dev', name]);
  await run('ip', ['link', 'set', name, 'up']);
  return name;
}
