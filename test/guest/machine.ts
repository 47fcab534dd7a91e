import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCgroupSource } from '../../src/engine/cgroup/cgroup-source.ts';
import { type CgroupTree, openCgroupTree } from '../../src/engine/cgroup/cgroup-tree.ts';
import type { UsageReader, UsageTarget } from '../../src/engine/usage.ts';
import { IMAGE, writeBusyboxTar } from '../env/busybox-image.ts';
import { createDockerCli, type DockerCli } from '../env/docker-cli.ts';
import { eventually } from '../support/eventually.ts';

export const SOCKET = '/var/run/docker.sock';

/** Emulation is slow: what takes a second elsewhere may take a minute. */
export const PATIENCE = { within: 240_000, every: 100 };

/** The machine the checks run on, with its Docker Engine. */
export interface Machine {
  readonly docker: DockerCli;
  /** A tar of the containers' image. */
  readonly imageFile: string;
  readonly tree: CgroupTree;
  /** Starts a container that is removed after the check; without a network unless `options` give it one. */
  start(options: readonly string[], ...command: string[]): Promise<string>;
  open(containerId: string, network?: UsageTarget['network']): Promise<UsageReader>;
  /** Removes the containers and closes the readers of a check. */
  clear(): Promise<void>;
}

/** Waits for the engine and gives it an image. */
export async function openMachine(): Promise<Machine> {
  const docker = createDockerCli(`unix://${SOCKET}`, PATIENCE.within);
  await eventually(() => docker('info'), PATIENCE);
  const imageFile = join(await mkdtemp(join(tmpdir(), 'image-')), 'busybox.tar');
  await writeBusyboxTar(imageFile);
  await docker('import', imageFile, IMAGE);
  const tree = openCgroupTree();
  const source = createCgroupSource({ tree });
  return {
    docker,
    imageFile,
    tree,
    start(options, ...command) {
      const network = options.some((option) => option.startsWith('--network')) ? [] : ['--network=none'];
      return docker('run', '--detach', ...network, ...options, IMAGE, ...command);
    },
    async open(containerId, network = 'own') {
      const pid = Number(await docker('inspect', '--format={{.State.Pid}}', containerId));
      const reader = await source.open({ containerId, pid, network }, new AbortController().signal);
      if ('refused' in reader) throw new Error(reader.refused);
      return reader;
    },
    async clear() {
      source.close();
      const all = (await docker('ps', '--all', '--quiet')).split('\n').filter(Boolean);
      if (all.length > 0) await docker('rm', '--force', ...all);
    },
  };
}

/** The folder of a container's cgroup. */
export function folderOf({ tree }: Machine, containerId: string): string {
  const found = tree.locate(containerId, 0);
  if ('refused' in found) throw new Error(found.refused);
  return found.folder('unified') ?? '';
}

/** A folder that is removed when the `await using` ends. */
export async function scratchFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'check-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
