import type { ContainerRecord } from './container-record.ts';
import { isTakedownCode } from './stop-cause.ts';

/** When the engine was down, from the first container it stopped until it answered again, epoch ms by its clock. */
export interface EngineOutage {
  readonly from: number;
  readonly until: number;
}

/** An engine that goes down stops its containers within its shutdown limit (15 s, Docker's default) before that. */
const SHUTDOWN_MS = 15_000;

/** It asks them all at once; who was stopped by a person was asked earlier. */
const ONE_BURST_MS = 1_000;

/** The outage of an engine that was lost at one instant and answered again at another, having forgotten its events. */
export function outageOf(
  containers: Iterable<ContainerRecord>,
  { lostAt, backAt }: { lostAt: number; backAt: number },
): EngineOutage {
  let lastAsked = Number.NEGATIVE_INFINITY;
  for (const { killedAt } of containers) {
    const isOfShutdown = killedAt !== null && killedAt >= lostAt - SHUTDOWN_MS && killedAt <= lostAt;
    if (isOfShutdown) lastAsked = Math.max(lastAsked, killedAt);
  }
  const begunAt = Number.isFinite(lastAsked) ? lastAsked : lostAt;
  return { from: begunAt - ONE_BURST_MS, until: backAt };
}

/**
 * What was asked to end while the engine went down, was away or came up was not asked by a person: an engine without
 * live-restore ends its containers as it goes, or as it comes. A crash meanwhile is a crash.
 */
export function blameOutage(record: ContainerRecord, { from, until }: EngineOutage): void {
  const { endSeenBy, killedAt, finishedAt, exitCode } = record;
  if (endSeenBy === null) return;
  const at = killedAt ?? finishedAt;
  if (at === null || at < from || at > until) return;
  if (killedAt !== null || isTakedownCode(exitCode)) record.endSeenBy = 'engine-restart';
}
