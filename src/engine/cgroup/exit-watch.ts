import { closeSync, type FSWatcher, readSync, watch } from 'node:fs';
import type { ExitWatch, UsageTarget } from '../usage.ts';
import { type CgroupTree, openCgroupTree } from './cgroup-tree.ts';
import { codeOf } from './read-problem.ts';
import { mostDescriptors, openWithin } from './spare-descriptors.ts';

/** An {@link ExitWatch} that says why it cannot watch. */
export interface CgroupExitWatch extends ExitWatch {
  /** Why the last container that could not be watched was not; `null` when all could. */
  readonly refusal: string | null;
  /** How many are watched now. */
  readonly size: number;
}

/** Longer than `cgroup.events` ever is. */
const EVENTS = Buffer.alloc(512);

/** Watches `cgroup.events`, which the kernel notifies within a millisecond of the last process's end (cgroup v2, hybrid). */
export function createExitWatch(options: { readonly tree?: CgroupTree } = {}): CgroupExitWatch {
  return new InotifyExitWatch(options.tree ?? openCgroupTree());
}

class InotifyExitWatch implements CgroupExitWatch {
  readonly #tree: CgroupTree;
  readonly #watched = new Map<string, WatchedRun>();
  #refusal: string | null = null;

  constructor(tree: CgroupTree) {
    this.#tree = tree;
  }

  get refusal(): string | null {
    return this.#refusal;
  }

  get size(): number {
    return this.#watched.size;
  }

  watch({ containerId, pid }: Pick<UsageTarget, 'containerId' | 'pid'>, onExit: () => void): boolean {
    this.unwatch(containerId);
    const cgroup = this.#tree.locate(containerId, pid);
    if ('refused' in cgroup) return this.#refuse(cgroup.refused);
    const folder = cgroup.folder('unified');
    if (folder === null) return this.#refuse('cgroup v1 alone does not tell when a container ends');
    try {
      const run = new WatchedRun(`${folder}/cgroup.events`, () => {
        this.unwatch(containerId);
        onExit();
      });
      this.#watched.set(containerId, run);
      // It may have ended before the kernel was asked to tell.
      if (run.state() === 'populated') return true;
      this.unwatch(containerId);
      return this.#refuse('no process is in the container’s cgroup');
    } catch (error) {
      return this.#refuse(refusalOf(codeOf(error)));
    }
  }

  unwatch(containerId: string): void {
    this.#watched.get(containerId)?.close();
    this.#watched.delete(containerId);
  }

  close(): void {
    for (const containerId of [...this.#watched.keys()]) this.unwatch(containerId);
  }

  #refuse(reason: string): false {
    this.#refusal = reason;
    return false;
  }
}

/** The file is kept open: a later run under the same path has another one, and this one says then that it is gone. */
class WatchedRun {
  readonly #fd: number;
  readonly #watcher: FSWatcher;

  /** Throws when it cannot be watched; then nothing is left open. */
  constructor(path: string, onEnd: () => void) {
    const seen = () => {
      if (this.state() === 'ended') onEnd();
    };
    this.#fd = openWithin(mostDescriptors(), path);
    try {
      this.#watcher = watch(path, { persistent: false }, seen);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
    this.#watcher.on('error', seen);
  }

  state(): 'populated' | 'ended' | 'unknown' {
    try {
      const length = readSync(this.#fd, EVENTS, 0, EVENTS.length, 0);
      const [, count] = /^populated ([01])$/m.exec(EVENTS.toString('latin1', 0, length)) ?? [];
      if (count === undefined) return 'unknown';
      return count === '1' ? 'populated' : 'ended';
    } catch (error) {
      return codeOf(error) === 'ENODEV' ? 'ended' : 'unknown';
    }
  }

  close(): void {
    this.#watcher.close();
    closeSync(this.#fd);
  }
}

function refusalOf(code: string): string {
  if (code === 'ENOSPC') return 'the kernel’s limit of watches is reached: raise fs.inotify.max_user_watches';
  if (code === 'EMFILE')
    return 'no more files can be opened: raise fs.inotify.max_user_instances or the limit of open files';
  if (code === 'ENOENT') return 'the container’s cgroup is gone';
  return `cgroup.events cannot be watched: ${code}`;
}
