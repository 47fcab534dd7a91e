import { type Reason, type ReasonCode, reasonOf } from '../model/reasons.ts';
import type { Phase } from '../model/workspace.ts';
import type { ContainerRecord } from './container-record.ts';
import { loopStateOf } from './crash-loop.ts';
import { stopCauseOf } from './stop-cause.ts';

/** Where one container is, and why. */
export interface ContainerCondition {
  readonly phase: Phase;
  readonly reason: Reason;
  /** When the condition will change by time alone, epoch ms; `null` when it will not. */
  readonly recheckAt: number | null;
}

/** Derives the condition of a container at an instant. Total: every record has one. */
export function deriveContainer(record: ContainerRecord, at: number): ContainerCondition {
  const loop = loopStateOf(record, at);
  if (loop.isLooping) {
    const detail = `${record.deaths.length} times, last ${causeInWords(record)}`;
    return { phase: 'crash-looping', reason: reasonOf('crash_loop', detail), recheckAt: loop.recheckAt };
  }
  switch (record.state) {
    case 'running':
    case 'stopping':
      return condition(...runningRow(record));
    case 'paused':
      return condition('paused', 'container_paused');
    case 'restarting':
      return condition('restarting', 'container_restarting', causeInWords(record));
    case 'created':
    case 'initialized':
      return record.startError === ''
        ? condition('stopped', 'container_created')
        : condition('crashed', 'start_failed', record.startError.slice(0, 200));
    case 'removing':
      return condition('stopped', 'container_removing');
    case 'dead':
      return condition('stopped', 'container_dead');
    case 'removed':
      return condition('missing', 'container_missing');
    case 'exited':
      return endedRow(record);
    case 'unknown':
      return condition('stopped', 'unknown_state');
  }
}

function runningRow(record: ContainerRecord): [Phase, ReasonCode] {
  if (record.health === 'unhealthy') return ['unhealthy', 'container_unhealthy'];
  if (record.health === 'starting') return ['starting', 'container_starting'];
  return record.oomKilled ? ['running', 'child_out_of_memory'] : ['running', 'container_running'];
}

function endedRow(record: ContainerRecord): ContainerCondition {
  // A container that ran before and whose last start failed keeps `exited`, with the reason of the failure.
  if (record.startError !== '') return condition('crashed', 'start_failed', record.startError.slice(0, 200));
  const { phase, code, detail } = stopCauseOf(record);
  return condition(phase, code, detail);
}

function causeInWords(record: ContainerRecord): string {
  const { code, detail } = stopCauseOf(record);
  return detail ?? reasonOf(code).message;
}

function condition(phase: Phase, code: ReasonCode, detail?: string): ContainerCondition {
  return { phase, reason: reasonOf(code, detail), recheckAt: null };
}
