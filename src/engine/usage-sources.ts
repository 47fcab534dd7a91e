import { createCgroupSource } from './cgroup/cgroup-source.ts';
import { openCgroupTree } from './cgroup/cgroup-tree.ts';
import { createExitWatch } from './cgroup/exit-watch.ts';
import type { Engine } from './engine.ts';
import type { ExitWatch, UsageSource } from './usage.ts';

/** All ways to read what the containers of one engine use. */
export interface UsageSources {
  readonly sources: readonly UsageSource[];
  /** `null` where the kernel's files are not those of the containers. */
  readonly exits: ExitWatch | null;
  /** The engine's containers run on this machine. */
  readonly isLocal: boolean;
  close(): void;
}

/** Opens what an engine's containers can be read by: the kernel's files where they are here, and the engine itself. */
export function openUsageSources(engine: Engine): UsageSources {
  // Only an engine behind a socket of this machine can run its containers under this kernel.
  const isLocal = engine.endpoint.url.startsWith('unix:');
  const tree = isLocal ? openCgroupTree() : null;
  const exits = tree === null ? null : createExitWatch({ tree });
  const sources: UsageSource[] = [];
  if (tree !== null) sources.push(createCgroupSource({ tree }));
  const asked = engine.usage?.();
  if (asked !== undefined) sources.push(asked);
  return {
    sources,
    exits,
    isLocal,
    close() {
      exits?.close();
      for (const source of sources) source.close();
    },
  };
}
