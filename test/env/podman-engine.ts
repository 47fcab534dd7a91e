import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { IMAGE, writeBusyboxTar } from './busybox-image.ts';
import { createDockerCli, type DockerCli } from './docker-cli.ts';
import { clearEngineFolder, createEngineFolder } from './engine-folder.ts';
import { endProcess } from './processes.ts';
import { answersPing, startServer, untilReady } from './server-process.ts';

const run = promisify(execFile);

/** Podman's service of our own, speaking the Docker API, with the image `busybox:local`. */
export interface PodmanEngine extends AsyncDisposable {
  readonly host: string;
  readonly socketPath: string;
  readonly folder: string;
  /** Docker's command line bound to this service. */
  readonly docker: DockerCli;
  /** Podman's own command line on the same containers, for what the Docker API has no word for. */
  readonly podman: (...args: readonly string[]) => Promise<string>;
  /** Process id of the service; changes with every `restart`. */
  readonly pid: number;
  /** Kills the service, runs `whileDown`, and starts it again; containers go on meanwhile. */
  restart(whileDown?: () => Promise<void>): Promise<void>;
  /** Ends and removes everything. May be called again. */
  stop(): Promise<void>;
}

/** Starts the service and resolves when it answers and has the image. On failure nothing of it remains. */
export async function startPodman(): Promise<PodmanEngine> {
  const folder = await createEngineFolder();
  try {
    return await startIn(folder);
  } catch (error) {
    await clearEngineFolder(folder);
    throw error;
  }
}

async function startIn(folder: string): Promise<PodmanEngine> {
  const socketPath = join(folder, 'podman.sock');
  const conf = join(folder, 'containers.conf');
  // Podman asks for limits of a million; without CAP_SYS_RESOURCE that is refused, and no container starts.
  await writeFile(conf, '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n');
  const env = { CONTAINERS_CONF: conf };
  const places = [
    `--root=${join(folder, 'root')}`,
    `--runroot=${join(folder, 'run')}`,
    `--tmpdir=${join(folder, 'tmp')}`,
    '--runtime=runc',
    '--cgroup-manager=cgroupfs',
    '--storage-driver=vfs',
    '--events-backend=file',
  ];
  const args = [...places, 'system', 'service', '--time=0', `unix://${socketPath}`];
  const logFile = join(folder, 'podman.log');
  const start = async () => {
    const started = startServer({ command: 'podman', args, logFile, env });
    await untilReady(started, () => answersPing(socketPath));
    return started;
  };
  let server = await start();

  const host = `unix://${socketPath}`;
  const docker = createDockerCli(host);
  const tar = join(folder, 'image.tar');
  await writeBusyboxTar(tar);
  await docker('import', tar, IMAGE);
  await rm(tar);

  let stopping: Promise<void> | undefined;
  async function stopEverything(): Promise<void> {
    const quick = createDockerCli(host, 30_000);
    const ids = await quick('ps', '--all', '--quiet', '--no-trunc').catch(() => '');
    for (const id of ids.split('\n').filter(Boolean)) await quick('rm', '--force', id).catch(() => undefined);
    await endProcess(server.pid, 'SIGTERM', 10_000);
    await clearEngineFolder(folder);
  }
  const stop = () => {
    stopping ??= stopEverything();
    return stopping;
  };
  return {
    ...{ host, socketPath, folder, docker, stop, [Symbol.asyncDispose]: stop },
    get pid() {
      return server.pid;
    },
    async podman(...command) {
      const { stdout } = await run('podman', [...places, ...command], { env: { ...process.env, ...env } });
      return stdout.trimEnd();
    },
    async restart(whileDown) {
      await endProcess(server.pid, 'SIGKILL', 10_000);
      await whileDown?.();
      server = await start();
    },
  };
}
