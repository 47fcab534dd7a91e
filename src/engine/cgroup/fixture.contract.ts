import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { USAGE, USAGE_FIELDS, type UsageField, type UsageFrame } from '../usage.ts';
import type { CgroupOptions } from './cgroup-tree.ts';

/** A recorded machine with one running container, copied so that a test may break it. */
export interface RecordedMachine {
  readonly options: Required<CgroupOptions>;
  readonly containerId: string;
  readonly pid: number;
  readonly folder: string;
  /** Folder of the container below the cgroup root, in one hierarchy (`''` on v2). */
  containerFolder(hierarchy: string): string;
}

const RECORDED = {
  'v1-hybrid': {
    containerId: 'b5fba5613c3ded2dda9ef89245cd8d6c5a80d25e443946e4bbd0fc0241798b01',
    pid: 17359,
    path: 'docker/b5fba5613c3ded2dda9ef89245cd8d6c5a80d25e443946e4bbd0fc0241798b01',
  },
  'v2-systemd': {
    containerId: '2636829ab5a3025c025bec779e5b07d8ff7ac4d1373387591b726be026b19b58',
    pid: 285,
    path: 'system.slice/docker-2636829ab5a3025c025bec779e5b07d8ff7ac4d1373387591b726be026b19b58.scope',
  },
} as const;

/** `v1-hybrid`: Linux 6.18, Docker 20.10 with cgroupfs; `v2-systemd`: Debian 12 (6.1), Docker 20.10 with systemd. */
export async function recordedMachine(name: keyof typeof RECORDED): Promise<RecordedMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewatch-cgroup-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(join(import.meta.dirname, 'testdata', name), folder, { recursive: true });
  const cgroupRoot = join(folder, 'sys');
  const mountInfo = join(folder, 'proc/self/mountinfo');
  await writeFile(mountInfo, (await readFile(mountInfo, 'utf8')).replaceAll('/sys/fs/cgroup', cgroupRoot));
  const { path, ...container } = RECORDED[name];
  return {
    ...container,
    folder,
    options: { cgroupRoot, procRoot: join(folder, 'proc'), mountInfo },
    containerFolder: (hierarchy) => join(cgroupRoot, hierarchy, path),
  };
}

/** As if the engine had put the container elsewhere. */
export async function moveContainer(machine: RecordedMachine, path: string): Promise<void> {
  for (const hierarchy of ['pids', 'memory', 'cpu', 'cpuacct', 'blkio', 'unified']) {
    const target = join(machine.options.cgroupRoot, hierarchy, path);
    await mkdir(join(target, '..'), { recursive: true });
    await rename(machine.containerFolder(hierarchy), target);
  }
}

/** The fields that are told, by name. */
export function told(frame: UsageFrame): Partial<Record<UsageField, number>> {
  const fields = USAGE_FIELDS.filter((field) => !Number.isNaN(frame[USAGE[field]]));
  return Object.fromEntries(fields.map((field) => [field, frame[USAGE[field]]]));
}
