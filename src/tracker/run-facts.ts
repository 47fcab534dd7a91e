import type { Evidence } from '../model/workspace.ts';
import { toIso } from '../runtime/iso.ts';
import { type ContainerRecord, DEATHS_KEPT, EVIDENCE_KEPT } from './container-record.ts';
import { endRequestOf } from './stop-cause.ts';

/** Forgets what belonged to the run before: a new run begins at `at`. */
export function beginRun(record: ContainerRecord, at: number): void {
  record.startedAt = at;
  record.pid = 0;
  record.exitCode = null;
  record.oomKilled = false;
  record.oomAt = null;
  record.startError = '';
  record.killSignal = null;
  record.killedAt = null;
  record.stopRequestedAt = null;
  record.endSeenBy = null;
  // The engine sets the health of a container with a check back to "starting" without an event.
  if (record.health !== 'none') record.health = 'starting';
}

/** The run ended at `at`, with the exit code the record holds; a death nobody asked for is remembered, to see loops. */
export function endRun(record: ContainerRecord, at: number, seenBy: 'event' | 'sync'): void {
  record.finishedAt = at;
  record.endSeenBy = seenBy;
  if (endRequestOf(record) === null) record.deaths = [...record.deaths.slice(1 - DEATHS_KEPT), at];
}

/** Adds an observation; the oldest goes when there are too many. */
export function addEvidence(
  record: ContainerRecord,
  source: Evidence['source'],
  seen: { at: number; what: string },
): void {
  const evidence: Evidence = { source, at: toIso(seen.at), what: seen.what, containerId: record.id };
  record.evidence = [...record.evidence.slice(1 - EVIDENCE_KEPT), evidence];
}
