import type { UsageRefusal, UsageSource } from '../usage.ts';
import { CgroupReader } from './cgroup-reader.ts';
import { type CgroupOptions, type CgroupTree, openCgroupTree } from './cgroup-tree.ts';
import { openRun } from './open-run.ts';
import { codeOf } from './read-problem.ts';

export interface CgroupSourceOptions extends CgroupOptions {
  /** Shared with the exit watch, so that both profit from what one of them found. */
  readonly tree?: CgroupTree;
}

/** Reads what containers use from the kernel's own files: a few microseconds a reading, and no engine is asked. */
export function createCgroupSource(options: CgroupSourceOptions = {}): UsageSource {
  const tree = options.tree ?? openCgroupTree(options);
  const readers = new Set<CgroupReader>();
  const forget = (reader: CgroupReader) => void readers.delete(reader);
  return {
    name: 'cgroup',
    async open(target) {
      const cgroup = tree.locate(target.containerId, target.pid);
      if ('refused' in cgroup) return cgroup;
      try {
        const reader = new CgroupReader(openRun(tree, cgroup, target), forget);
        readers.add(reader);
        return reader;
      } catch (error) {
        return refusalOf(error);
      }
    },
    close() {
      for (const reader of [...readers]) reader.close();
    },
  };
}

function refusalOf(error: unknown): UsageRefusal {
  const code = codeOf(error);
  if (code === 'EMFILE' || code === 'ENFILE') {
    return { refused: 'no more files can be opened: raise the limit of open files', isPassing: true };
  }
  if (code === 'ENOENT') return { refused: 'the container ended while it was looked for' };
  return { refused: error instanceof Error ? error.message : String(error) };
}
