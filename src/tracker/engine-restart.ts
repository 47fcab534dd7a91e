import type { World } from './world.ts';

/** An engine that goes down stops its containers within its shutdown limit (15 s, Docker's default) before that. */
const SHUTDOWN_MS = 15_000;

/** It asks them all at once; who was stopped by a person was asked earlier. */
const ONE_BURST_MS = 1_000;

/** The engine was down between `lostAt` (epoch ms) and now: what ended with it ended because of it, not of a person. */
export function noteEngineRestart(world: World, lostAt: number | null): void {
  if (lostAt === null) return;
  // Ends that the engine did not tell any more are found by the inspections that follow.
  world.engineDownSince = lostAt - ONE_BURST_MS;
  const ended = [...world.containers.values()].filter(
    ({ finishedAt, killedAt }) => finishedAt !== null && (killedAt ?? finishedAt) >= lostAt - SHUTDOWN_MS,
  );
  const lastAsked = Math.max(...ended.map(({ killedAt }) => killedAt ?? 0));
  for (const record of ended) {
    const isOfShutdown =
      record.killedAt === null ? (record.finishedAt ?? 0) >= lostAt : record.killedAt >= lastAsked - ONE_BURST_MS;
    if (isOfShutdown) record.endSeenBy = 'engine-restart';
  }
}
