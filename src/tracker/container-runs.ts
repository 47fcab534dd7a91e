import type { ContainerLimits, ContainerNetwork } from '../model/container.ts';
import type { Inspector } from './inspector.ts';
import type { World } from './world.ts';

/** What the tracker's inspections told of a container's present run: who needs it need not ask the engine again. */
export interface ContainerRun {
  readonly containerId: string;
  /** Its first process as the engine counts them. */
  readonly pid: number;
  readonly network: ContainerNetwork;
  /** Epoch ms by the engine's clock. */
  readonly startedAt: number | null;
  /** What its health check runs; `null` without one. */
  readonly healthCommand: string | null;
  /** What it may use at most, as the newest inspection told: each `docker update` leads to one. `null` when it is gone. */
  limits(): ContainerLimits | null;
}

/** From memory where it is known, else with the tracker's next answer; `null` when that told nothing of a run. */
export async function findRun(
  { world, inspector }: { readonly world: World; readonly inspector: Inspector },
  containerId: string,
  signal: AbortSignal,
): Promise<ContainerRun | null> {
  const known = runOf(world, containerId);
  if (known !== null) return known;
  await inspector.answered(containerId, signal);
  return runOf(world, containerId);
}

function runOf({ containers }: World, containerId: string): ContainerRun | null {
  const record = containers.get(containerId);
  if (record === undefined || record.network === null || record.pid === 0) return null;
  const { pid, network, startedAt, healthCommand } = record;
  return {
    containerId,
    pid,
    network,
    startedAt,
    healthCommand,
    limits: () => containers.get(containerId)?.limits ?? null,
  };
}
