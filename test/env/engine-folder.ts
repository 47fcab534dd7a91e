import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endProcess, lookUpProcess, processIds, signalProcess } from './processes.ts';

const run = promisify(execFile);

const PREFIX = 'tidewatch-env-';
/** Names of what an engine starts; nothing else is ever ended, whatever its arguments say. */
const ENGINE_PROCESSES = /^(dockerd|containerd|containerd-shim.*|docker-proxy|podman|conmon)$/;

// A unix socket's path has at most 107 bytes: a long TMPDIR leaves no room for ours.
const root = () => (tmpdir().length <= 40 ? tmpdir() : '/tmp');

/** Makes a folder for one engine, marked with its owner, so that a later run can clear it after a crash. */
export async function createEngineFolder(): Promise<string> {
  const folder = await mkdtemp(join(root(), PREFIX));
  await markOwner(folder);
  return folder;
}

/** Writes who owns the folder: this process. */
export async function markOwner(folder: string): Promise<void> {
  const self = await lookUpProcess(process.pid);
  await writeFile(join(folder, 'owner'), `${process.pid} ${self?.startTime ?? ''}`);
}

/** Clears what earlier runs left that ended without their teardown. Gives the folders it cleared. */
export async function sweepOrphans(): Promise<string[]> {
  const swept: string[] = [];
  for (const name of await readdir(root())) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(root(), name);
    // Without a marker it is being made or being removed right now by somebody else.
    if (await hasLivingOwner(folder, true)) continue;
    await clearEngineFolder(folder);
    swept.push(folder);
  }
  return swept;
}

/** True while the process that made the folder runs; `unmarked` is the answer for a folder without a marker. */
export async function hasLivingOwner(folder: string, unmarked: boolean): Promise<boolean> {
  const marker = await readFile(join(folder, 'owner'), 'utf8').catch(() => undefined);
  if (marker === undefined) return unmarked;
  const [pid, startTime] = marker.split(' ');
  const owner = await lookUpProcess(Number(pid));
  return owner !== undefined && !owner.zombie && owner.startTime === startTime;
}

/**
 * Ends everything that an engine in this folder started (daemons, shims, container processes), unmounts, removes cgroups,
 * bridge and folder. Works whatever state the engine is in, also after `kill -9`.
 */
export async function clearEngineFolder(folder: string): Promise<void> {
  const containers = await containerIds(folder);
  await endEngineProcesses(folder);
  await endContainerProcesses(containers);
  await unmountBelow(folder);
  await removeCgroups(containers);
  const bridge = await readFile(join(folder, 'bridge'), 'utf8').catch(() => undefined);
  if (bridge !== undefined) await run('ip', ['link', 'del', bridge]).catch(() => undefined);
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

async function containerIds(folder: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const place of ['data/containers', 'root/vfs-containers', 'root/overlay-containers']) {
    for (const name of await readdir(join(folder, place)).catch(() => [])) {
      if (/^[0-9a-f]{64}$/.test(name)) ids.add(name);
    }
  }
  return ids;
}

async function endEngineProcesses(folder: string): Promise<void> {
  const ending: Promise<void>[] = [];
  for (const pid of await processIds()) {
    const args = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!args.includes(`${folder}/`)) continue;
    const found = await lookUpProcess(pid);
    if (found && ENGINE_PROCESSES.test(found.comm)) ending.push(endProcess(pid, 'SIGKILL', 10_000));
  }
  await Promise.all(ending);
}

async function endContainerProcesses(containers: ReadonlySet<string>): Promise<void> {
  if (containers.size === 0) return;
  for (const pid of await processIds()) {
    const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    const ids = cgroup.match(/[0-9a-f]{64}/g) ?? [];
    if (ids.some((id) => containers.has(id))) signalProcess(pid, 'SIGKILL');
  }
}

async function unmountBelow(folder: string): Promise<void> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const points = mounts
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  // Deepest first; lazily, so that a process that is just dying does not hold one.
  for (const point of points.toReversed()) await run('umount', ['-l', point]).catch(() => undefined);
}

async function removeCgroups(containers: ReadonlySet<string>): Promise<void> {
  const base = '/sys/fs/cgroup';
  const controllers = await readdir(base, { withFileTypes: true }).catch(() => []);
  const roots = [base, ...controllers.filter((entry) => entry.isDirectory()).map((entry) => join(base, entry.name))];
  for (const id of containers) {
    const places = roots.flatMap((at) => [join(at, 'docker', id), join(at, 'libpod_parent', `libpod-${id}`)]);
    await Promise.all(places.map((place) => rmdir(place).catch(() => undefined)));
  }
}
