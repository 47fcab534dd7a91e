import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CgroupOptions, openCgroupTree } from '../../src/engine/cgroup/cgroup-tree.ts';

const ROOT = '/sys/fs/cgroup';

/** One file for each kind of figure, where this machine has it. */
export const FIGURE_FILES = ['cpu', 'memory', 'pids', 'network'] as const;
export type FigureFile = (typeof FIGURE_FILES)[number];

/** The files of one running container as they were at an instant, for a test to break. */
export interface CopiedCgroup {
  readonly options: Required<CgroupOptions>;
  /** Path of the file a kind of figure comes from. */
  fileOf(figure: FigureFile): string;
}

/** Copies what the kernel tells of a container on this machine; removed when the test ends. */
export async function copyCgroup(containerId: string, pid: number): Promise<CopiedCgroup> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewatch-copy-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // Whoever reads the copy may look into it.
  await chmod(folder, 0o755);
  const tree = openCgroupTree();
  const cgroup = tree.locate(containerId, pid);
  if ('refused' in cgroup) throw new Error(cgroup.refused);
  const copyOf = (path: string) => path.replace(ROOT, join(folder, 'sys'));
  for (const hierarchy of ['cpuacct', 'cpu', 'memory', 'pids', 'blkio', 'unified']) {
    const place = cgroup.folder(hierarchy);
    if (place !== null) await copyFiles(place, copyOf(place));
  }
  const procRoot = join(folder, 'proc');
  const mountInfo = join(procRoot, 'self/mountinfo');
  await write(mountInfo, (await readFile('/proc/self/mountinfo', 'utf8')).replaceAll(ROOT, join(folder, 'sys')));
  await write(join(procRoot, `${pid}/cgroup`), await readFile(`/proc/${pid}/cgroup`));
  await write(join(procRoot, `${pid}/net/dev`), await readFile(`/proc/${pid}/net/dev`));
  const fileIn = (hierarchy: string, name: string) => copyOf(`${cgroup.folder(hierarchy)}/${name}`);
  const network = join(procRoot, `${pid}/net/dev`);
  const files: Record<FigureFile, string> =
    tree.version === 'v2'
      ? {
          cpu: fileIn('unified', 'cpu.stat'),
          memory: fileIn('unified', 'memory.current'),
          pids: fileIn('unified', 'pids.current'),
          network,
        }
      : {
          cpu: fileIn('cpuacct', 'cpuacct.usage'),
          memory: fileIn('memory', 'memory.usage_in_bytes'),
          pids: fileIn('pids', 'pids.current'),
          network,
        };
  return { options: { cgroupRoot: join(folder, 'sys'), procRoot, mountInfo }, fileOf: (figure) => files[figure] };
}

async function copyFiles(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const content = await readFile(join(from, entry.name)).catch(() => null);
    // Some can only be written, or not be read now.
    if (content !== null) await write(join(to, entry.name), content);
  }
}

async function write(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
