import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { fillTemplate, isContainerId, learnTemplate, PATH_TEMPLATES, rootlessTemplates } from './cgroup-path.ts';
import { type CgroupMounts, decodeMounts } from './mounts.ts';

/** Where the kernel's files are; the defaults are right on a host and in a container that was given the host's trees. */
export interface CgroupOptions {
  /** Default `/sys/fs/cgroup`. */
  readonly cgroupRoot?: string;
  /** Where processes of the host are seen. Default `/host/proc` when a proc file system is mounted there, else `/proc`. */
  readonly procRoot?: string;
  /** Default `/proc/self/mountinfo`. */
  readonly mountInfo?: string;
}

/** Where one container's files are. */
export interface ContainerCgroup {
  /** Its folder in the hierarchy of a v1 controller or in `unified`; `null` when that is not mounted. */
  folder(hierarchy: string): string | null;
  /** Finds its first process as seen in {@link CgroupTree.procRoot}; 0 when it is not to be seen. */
  findPid(): number;
}

/** The kernel's cgroups as this process sees them. */
export interface CgroupTree {
  readonly version: 'v1' | 'v2' | 'hybrid' | 'none';
  readonly procRoot: string;
  /** Mount point of a v1 controller or of `unified`. */
  mountPoint(hierarchy: string): string | null;
  /** Finds a container in which processes run; or says in words why it is not found. */
  locate(containerId: string, pid: number): ContainerCgroup | { readonly refused: string };
}

const HOST_PROC = '/host/proc';
const PROC_SUPER_MAGIC = 0x9fa0;

/** Templates learned from processes are kept beside the known ones; more than these would be searched for nothing. */
const MOST_TEMPLATES = 32;

/** v1 controllers whose hierarchies engines always use, in the order in which a container is looked for. */
const PROBED = ['pids', 'memory', 'cpuacct', 'cpu', 'blkio'];

/** Reads the mounts once. */
export function openCgroupTree(options: CgroupOptions = {}): CgroupTree {
  const cgroupRoot = options.cgroupRoot ?? '/sys/fs/cgroup';
  const mounts = decodeMounts(readText(options.mountInfo ?? '/proc/self/mountinfo') ?? '', cgroupRoot);
  return new MountedTree(cgroupRoot, mounts, options.procRoot ?? findProc());
}

class MountedTree implements CgroupTree {
  readonly version: CgroupTree['version'];
  readonly procRoot: string;
  readonly #cgroupRoot: string;
  readonly #mounts: CgroupMounts;
  /** Where to look for a container: one of the hierarchies must have it. */
  readonly #probed: readonly string[];
  readonly #templates: string[] = [...PATH_TEMPLATES];

  constructor(cgroupRoot: string, mounts: CgroupMounts, procRoot: string) {
    this.#cgroupRoot = cgroupRoot;
    this.#mounts = mounts;
    this.procRoot = procRoot;
    const v1 = PROBED.flatMap((controller) => mounts.controllers.get(controller) ?? []);
    this.#probed = [...new Set([...v1, ...(mounts.unified === null ? [] : [mounts.unified])])];
    if (v1.length === 0) this.version = mounts.unified === null ? 'none' : 'v2';
    else this.version = mounts.unified === null ? 'v1' : 'hybrid';
  }

  mountPoint(hierarchy: string): string | null {
    const { controllers, unified } = this.#mounts;
    return hierarchy === 'unified' ? unified : (controllers.get(hierarchy) ?? null);
  }

  locate(containerId: string, pid: number): ContainerCgroup | { readonly refused: string } {
    if (this.version === 'none') return { refused: `no cgroup file system is mounted at ${this.#cgroupRoot}` };
    if (!isContainerId(containerId)) return { refused: 'the container’s id is not one that cgroups bear' };
    const path = this.#find(containerId, pid);
    if (path === null) {
      return {
        refused: `no cgroup of this container below ${this.#cgroupRoot}: the engine is on another machine, or Tidewatch runs in a container without the host’s ${this.#cgroupRoot}`,
      };
    }
    const folder = (hierarchy: string) => {
      const mountPoint = this.mountPoint(hierarchy);
      return mountPoint === null ? null : `${mountPoint}/${path}`;
    };
    if (!isPopulated(folder)) return { refused: 'no process is in the container’s cgroup' };
    return { folder, findPid: () => this.#pidOf(containerId, pid, folder) };
  }

  #find(containerId: string, pid: number): string | null {
    for (const template of this.#templates) {
      const path = fillTemplate(template, containerId);
      if (this.#exists(path)) return this.#remember(template, path);
    }
    const learned = learnTemplate(this.#procCgroup(pid), containerId);
    for (const template of [...(learned === null ? [] : [learned]), ...this.#rootless()]) {
      const path = fillTemplate(template, containerId);
      if (this.#exists(path)) return this.#remember(template, path);
    }
    return null;
  }

  /** What matched is tried first next time: containers of one engine are neighbours. */
  #remember(template: string, path: string): string {
    if (this.#templates[0] !== template) {
      const place = this.#templates.indexOf(template);
      if (place !== -1) this.#templates.splice(place, 1);
      this.#templates.unshift(template);
      this.#templates.length = Math.min(this.#templates.length, MOST_TEMPLATES);
    }
    return path;
  }

  #exists(path: string): boolean {
    return this.#probed.some((mountPoint) => existsSync(`${mountPoint}/${path}`));
  }

  #rootless(): string[] {
    const users = this.#probed.flatMap((mountPoint) => listFolder(`${mountPoint}/user.slice`));
    const uids = users.flatMap((name) => /^user-(\d+)\.slice$/.exec(name)?.[1] ?? []);
    return [...new Set(uids)].flatMap(rootlessTemplates);
  }

  #procCgroup(pid: number): string {
    return pid > 0 ? (readText(`${this.procRoot}/${pid}/cgroup`) ?? '') : '';
  }

  /** The engine may count processes in another namespace, and numbers are used again: only one in this cgroup is believed. */
  #pidOf(containerId: string, pid: number, folder: ContainerCgroup['folder']): number {
    const isOurs = (one: number) => this.#procCgroup(one).includes(containerId);
    if (isOurs(pid)) return pid;
    const first = firstProcess(folder);
    return isOurs(first) ? first : 0;
  }
}

/** A v2 cgroup counts the processes of those below it; v1 has only its own list and the count of its pids controller. */
function isPopulated(folder: ContainerCgroup['folder']): boolean {
  const events = textOf(folder('unified'), 'cgroup.events');
  if (/^populated 1$/m.test(events)) return true;
  if (Number(textOf(folder('pids') ?? folder('unified'), 'pids.current')) > 0) return true;
  return firstProcess(folder) > 0;
}

function firstProcess(folder: ContainerCgroup['folder']): number {
  for (const hierarchy of [...PROBED, 'unified']) {
    const first = Number.parseInt(textOf(folder(hierarchy), 'cgroup.procs'), 10);
    if (first > 0) return first;
  }
  return 0;
}

function textOf(folder: string | null, name: string): string {
  return folder === null ? '' : (readText(`${folder}/${name}`) ?? '');
}

function findProc(): string {
  try {
    return statfsSync(HOST_PROC).type === PROC_SUPER_MAGIC ? HOST_PROC : '/proc';
  } catch {
    return '/proc';
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
