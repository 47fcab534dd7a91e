import { startChild } from './child.ts';
import { engineCpuUs } from './engine-cpu.ts';

const STREAM_MS = 15_000;

/** µs of processor time for each container and frame that `docker stats` would show. */
export interface Streamed {
  readonly engineUs: number;
  readonly clientUs: number;
  readonly frames: number;
}

/** Holds the engine's statistics of containers open for a while, and says what that costs. */
export async function streamStats(
  engine: { readonly socketPath: string; readonly folder: string },
  ids: readonly string[],
): Promise<Streamed> {
  await using streams = await startChild('stats-streams', engine.socketPath);
  await streams.ask('open', ids);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await streams.ask('take');
  const before = engineCpuUs(engine.folder);
  await new Promise((resolve) => setTimeout(resolve, STREAM_MS));
  const spent = engineCpuUs(engine.folder) - before;
  const { frames, cpuUs } = await streams.ask<{ frames: number; cpuUs: number }>('take');
  return { engineUs: spent / frames, clientUs: cpuUs / frames, frames };
}
