import { closeSync, readFileSync, statSync } from 'node:fs';
import { USAGE_FIELDS, type UsageField, type UsageTarget } from '../usage.ts';
import { NOT_OPEN, type OpenedRun } from './cgroup-reader.ts';
import type { CgroupTree, ContainerCgroup } from './cgroup-tree.ts';
import { codeOf, problemOf } from './read-problem.ts';
import { mostDescriptors, openWithin } from './spare-descriptors.ts';
import { NET_DEV, type UsageFile, V1_FILES, V2_FILES } from './usage-files.ts';

/** Then it is this process that is at its end, not the container: half a reader would only hide it. */
const EXHAUSTED = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

const NO_NETWORK_OF_ITS_OWN: Readonly<Record<Exclude<UsageTarget['network'], 'own'>, string>> = {
  host: 'it uses the network of the host, whose traffic is not its own',
  shared: 'it uses the network of another container, where it is counted',
  none: 'it has no network',
  unknown: 'whether its network is its own is not known',
};

/** Opens the files of a container. Throws when this process can open no more, or the container is gone; then none stays open. */
export function openRun(tree: CgroupTree, cgroup: ContainerCgroup, target: UsageTarget): OpenedRun {
  const opening = new Opening(tree, cgroup, target);
  const files = tree.version === 'v2' ? V2_FILES : V1_FILES;
  try {
    for (const file of files) {
      opening.descriptors.push(file === NET_DEV ? opening.network() : opening.file(file));
    }
    const { descriptors, missing } = opening;
    if (!opening.hasCgroup) throw new Error('none of the container’s cgroup files can be opened');
    const path = tree.version === 'v2' ? cgroup.folder('unified') : null;
    const folder = path === null ? null : { path, inode: statSync(path).ino };
    return { files, descriptors, missing: oneForAll(missing), folder };
  } catch (error) {
    for (const descriptor of opening.descriptors) if (descriptor !== NOT_OPEN) closeSync(descriptor);
    throw error;
  }
}

class Opening {
  readonly descriptors: number[] = [];
  readonly missing = new Map<UsageField, string>();
  /** One of its own files could be opened. */
  hasCgroup = false;
  readonly #tree: CgroupTree;
  readonly #cgroup: ContainerCgroup;
  readonly #target: UsageTarget;
  readonly #most = mostDescriptors();

  constructor(tree: CgroupTree, cgroup: ContainerCgroup, target: UsageTarget) {
    this.#tree = tree;
    this.#cgroup = cgroup;
    this.#target = target;
  }

  file(file: UsageFile): number {
    const folder = this.#cgroup.folder(file.hierarchy);
    if (folder === null) {
      const what = file.hierarchy === 'unified' ? 'cgroup v2' : `cgroup controller ${file.hierarchy}`;
      return this.#refuse(file, `no ${what} is mounted on this machine`);
    }
    if (file.hierarchy === 'blkio' && !countsDisks(`${this.#tree.mountPoint('blkio')}/${file.name}`)) {
      return this.#refuse(
        file,
        'this kernel counts disk traffic in cgroup v1 only once a throttle limit was set on a disk',
      );
    }
    const descriptor = this.#open(`${folder}/${file.name}`, file);
    if (descriptor !== NOT_OPEN) this.hasCgroup = true;
    return descriptor;
  }

  network(): number {
    const { procRoot } = this.#tree;
    const { network, containerId } = this.#target;
    if (network !== 'own') return this.#refuse(NET_DEV, NO_NETWORK_OF_ITS_OWN[network]);
    const pid = this.#cgroup.findPid();
    if (pid === 0) {
      return this.#refuse(NET_DEV, `its first process is not seen in ${procRoot} (mount the host’s at /host/proc)`);
    }
    const process = `${procRoot}/${pid}`;
    const descriptor = this.#open(`${process}/${NET_DEV.name}`, NET_DEV);
    // The number may have been given to another process meanwhile; the open file does not follow it there.
    if (descriptor === NOT_OPEN || belongsTo(process, containerId)) return descriptor;
    closeSync(descriptor);
    return this.#refuse(NET_DEV, 'its first process ended while its network was looked for');
  }

  #open(path: string, file: UsageFile): number {
    try {
      return openWithin(this.#most, path);
    } catch (error) {
      if (EXHAUSTED.has(codeOf(error))) throw error;
      return this.#refuse(file, problemOf(file.name, codeOf(error)));
    }
  }

  #refuse({ fields }: UsageFile, problem: string): number {
    for (const field of fields) this.missing.set(field, problem);
    return NOT_OPEN;
  }
}

/** Files of all containers together that count: once they do, they do so until the machine starts anew. */
const counting = new Set<string>();

/** Since Linux 6.10 the files say `Total 0` until then, and no container would differ from one that moved nothing. */
function countsDisks(fileOfAll: string): boolean {
  if (counting.has(fileOfAll)) return true;
  try {
    if (!/^\d+:\d+ /m.test(readFileSync(fileOfAll, 'latin1'))) return false;
  } catch {
    return true;
  }
  counting.add(fileOfAll);
  return true;
}

function belongsTo(process: string, containerId: string): boolean {
  try {
    return readFileSync(`${process}/cgroup`, 'utf8').includes(containerId);
  } catch {
    return false;
  }
}

/** Containers of one machine lack the same for the same reasons: one map for all that are alike. */
const known = new Map<string, ReadonlyMap<UsageField, string>>();

function oneForAll(missing: ReadonlyMap<UsageField, string>): ReadonlyMap<UsageField, string> {
  const key = USAGE_FIELDS.map((field) => missing.get(field) ?? '').join('\n');
  const same = known.get(key) ?? missing;
  known.set(key, same);
  return same;
}
