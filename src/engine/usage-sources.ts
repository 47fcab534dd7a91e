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
  close(): void;
}

/** Its containers may run on this machine: only an engine behind a socket of this machine runs them under this kernel. */
export function isLocalEngine({ endpoint }: Pick<Engine, 'endpoint'>): boolean {
  return endpoint.url.startsWith('unix:');
}

/** Opens what an engine's containers can be read by: the kernel's files where they are here, and the engine itself. */
export function openUsageSources(engine: Pick<Engine, 'endpoint' | 'usage'>): UsageSources {
  const tree = isLocalEngine(engine) ? openCgroupTree() : null;
  const exits = tree === null ? null : createExitWatch({ tree });
  const sources: UsageSource[] = [];
  if (tree !== null) sources.push(createCgroupSource({ tree }));
  const asked = engine.usage?.();
  if (asked !== undefined) sources.push(asked);
  return {
    sources,
    exits,
    close() {
      exits?.close();
      for (const source of sources) source.close();
    },
  };
}
