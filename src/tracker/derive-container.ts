import { hasEnded } from '../model/container.ts';
import { type Reason, type ReasonCode, reasonOf } from '../model/reasons.ts';
import type { Phase } from '../model/workspace.ts';
import type { ContainerRecord } from './container-record.ts';
import { type LoopState, loopInWords, loopStateOf, restartDueBy } from './crash-loop.ts';
import { stopCauseOf } from './stop-cause.ts';

/** Where one container is, and why. */
export interface ContainerCondition {
  readonly phase: Phase;
  readonly reason: Reason;
  /** Why its last run ended, where that is known; `null` while nothing of it has ended. */
  readonly cause: ReasonCode | null;
  /** When the condition will change by time alone, epoch ms; `null` when it will not. */
  readonly recheckAt: number | null;
}

/** Compose keeps a container created while it waits for others; after a minute nobody is about to start it. */
const START_GRACE_MS = 60_000;

interface Seen {
  readonly record: ContainerRecord;
  readonly loop: LoopState;
  readonly at: number;
}

interface ConditionRow {
  /** What the row says, as in docs/reference/states.md. */
  readonly when: string;
  applies(seen: Seen): boolean;
  /** `null`: the cause of its end says phase and reason. */
  readonly phase: Phase | null;
  readonly code: ReasonCode | null;
  detail?(seen: Seen): string;
  recheckAt?(seen: Seen): number | null;
}

/** The first row that applies says where a container is. */
export const CONTAINER_CONDITIONS: readonly ConditionRow[] = [
  {
    when: 'removed',
    applies: ({ record }) => record.state === 'removed',
    phase: 'missing',
    code: 'container_missing',
  },
  {
    when: 'paused',
    applies: ({ record }) => record.state === 'paused',
    phase: 'paused',
    code: 'container_paused',
  },
  {
    when: '3 ends within 5 min that nobody asked for, its policy restarts it, and its present run is not steady yet',
    applies: ({ loop }) => loop.isLooping,
    phase: 'crash-looping',
    code: 'crash_loop',
    detail: ({ record, at }) => {
      const words = loopInWords(record, at);
      return hasEnded(record.state) ? `${words}, last ${causeInWords(record)}` : words;
    },
    recheckAt: ({ loop }) => loop.recheckAt,
  },
  {
    when: 'running, health check fails',
    applies: ({ record }) => isAlive(record) && record.health === 'unhealthy',
    phase: 'unhealthy',
    code: 'container_unhealthy',
  },
  {
    when: 'running, health check not passed yet',
    applies: ({ record }) => isAlive(record) && record.health === 'starting',
    phase: 'starting',
    code: 'container_starting',
  },
  {
    when: 'running, a process in it was ended for lack of memory in this run',
    applies: ({ record }) => isAlive(record) && record.oomKilled,
    phase: 'running',
    code: 'child_out_of_memory',
  },
  {
    when: 'running, or being stopped and not ended yet',
    applies: ({ record }) => isAlive(record),
    phase: 'running',
    code: 'container_running',
  },
  {
    when: 'restarting: it waits for its restart policy',
    applies: ({ record }) => record.state === 'restarting',
    phase: 'restarting',
    code: 'container_restarting',
    detail: ({ record }) => causeInWords(record),
  },
  {
    when: 'ended with an error less than 1 s ago, policy `on-failure`',
    applies: ({ record, at }) => restartDueBy(record, at) !== null,
    phase: 'restarting',
    code: 'container_restarting',
    detail: ({ record }) => causeInWords(record),
    recheckAt: ({ record, at }) => restartDueBy(record, at),
  },
  {
    when: 'created less than 1 min ago',
    applies: (seen) => isCreated(seen) && seen.record.startError === '' && seen.at < startExpectedBy(seen),
    phase: 'starting',
    code: 'container_created',
    recheckAt: startExpectedBy,
  },
  {
    when: 'created, and not started since',
    applies: (seen) => isCreated(seen) && seen.record.startError === '',
    phase: 'stopped',
    code: 'container_created',
  },
  {
    when: 'being removed',
    applies: ({ record }) => record.state === 'removing',
    phase: 'stopped',
    code: 'container_removing',
  },
  {
    when: 'dead: the engine could not remove it',
    applies: ({ record }) => record.state === 'dead',
    phase: 'stopped',
    code: 'container_dead',
  },
  {
    when: 'exited, or created and its start failed',
    applies: (seen) => seen.record.state === 'exited' || isCreated(seen),
    phase: null,
    code: null,
  },
  {
    when: 'a state Tidewatch does not know',
    applies: () => true,
    phase: 'stopped',
    code: 'unknown_state',
  },
];

/** Derives the condition of a container at an instant. Total: every record has one. */
export function deriveContainer(record: ContainerRecord, at: number): ContainerCondition {
  const seen: Seen = { record, loop: loopStateOf(record, at), at };
  const row = CONTAINER_CONDITIONS.find(({ applies }) => applies(seen));
  const cause = hasEnded(record.state) ? stopCauseOf(record) : null;
  if (row === undefined || row.phase === null || row.code === null) {
    const { phase, code, detail } = cause ?? stopCauseOf(record);
    return { phase, reason: reasonOf(code, detail), cause: code, recheckAt: null };
  }
  return {
    phase: row.phase,
    reason: reasonOf(row.code, row.detail?.(seen)),
    cause: cause?.code ?? null,
    recheckAt: row.recheckAt?.(seen) ?? null,
  };
}

/** `stopping` is Podman's word for a container that runs and was asked to end. */
function isAlive({ state }: ContainerRecord): boolean {
  return state === 'running' || state === 'stopping';
}

function isCreated({ record: { state } }: Seen): boolean {
  return state === 'created' || state === 'initialized';
}

function startExpectedBy({ record }: Seen): number {
  return (record.createdAt ?? record.stateSince) + START_GRACE_MS;
}

function causeInWords(record: ContainerRecord): string {
  const { code, detail } = stopCauseOf(record);
  return code === 'out_of_memory' ? 'out of memory' : (detail ?? reasonOf(code).message);
}
