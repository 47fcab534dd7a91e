import type { ReasonCode } from '../model/reasons.ts';
import type { Phase } from '../model/workspace.ts';
import type { ContainerRecord } from './container-record.ts';
import { isEndAskedFor } from './run-facts.ts';

/** Why a run ended. */
export interface StopCause {
  readonly phase: Phase;
  readonly code: ReasonCode;
  /** What the message adds. */
  readonly detail?: string;
}

/** 128 + SIGKILL: what a process ended by the kernel or by `docker kill` exits with. */
const KILLED = 137;

/** The kernel ends the process 36 ms before Docker tells the death (measured); a second leaves room for a busy host. */
const OOM_BEFORE_DEATH_MS = 1_000;

const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};

interface CauseRow {
  /** What this row says, to read the table by. */
  readonly when: string;
  applies(record: ContainerRecord): boolean;
  cause(record: ContainerRecord): StopCause;
}

/** The first row that applies says why the run ended. */
const CAUSES: readonly CauseRow[] = [
  {
    when: 'the engine went down and took it along',
    applies: ({ endSeenBy }) => endSeenBy === 'engine-restart',
    cause: () => ({ phase: 'stopped', code: 'engine_restarted' }),
  },
  {
    when: 'the engine was asked to stop or restart it',
    applies: ({ stopRequestedAt }) => stopRequestedAt !== null,
    cause: (record) => ({ phase: 'stopped', code: 'stopped_by_request', ...exitDetail(record) }),
  },
  {
    when: 'the engine was asked to send a signal that ends',
    applies: (record) => isEndAskedFor(record) && (record.exitCode ?? 0) > 128,
    cause: (record) => ({ phase: 'stopped', code: 'killed_by_request', ...exitDetail(record) }),
  },
  {
    when: 'its main process was ended for lack of memory',
    applies: isOutOfMemory,
    cause: (record) => ({ phase: 'out-of-memory', code: 'out_of_memory', ...exitDetail(record) }),
  },
  {
    when: 'it ended well, whether or not it was asked to',
    applies: ({ exitCode }) => exitCode === 0,
    cause: (record) =>
      isEndAskedFor(record)
        ? { phase: 'stopped', code: 'stopped_by_request' }
        : { phase: 'completed', code: record.role === 'one-shot' ? 'one_shot_completed' : 'exited_normally' },
  },
  {
    when: 'a signal from somewhere else ended it',
    applies: ({ exitCode }) => exitCode !== null && signalOf(exitCode) !== null,
    cause: (record) => ({ phase: 'crashed', code: 'ended_by_signal', ...exitDetail(record) }),
  },
  {
    when: 'its exit code says error',
    applies: ({ exitCode }) => exitCode !== null,
    cause: (record) => ({ phase: 'crashed', code: 'exited_with_error', ...exitDetail(record) }),
  },
  {
    when: 'nothing is known of its end',
    applies: () => true,
    cause: () => ({ phase: 'stopped', code: 'ended_unseen' }),
  },
];

/** Why the last run of a container ended that does not run. */
export function stopCauseOf(record: ContainerRecord): StopCause {
  for (const row of CAUSES) if (row.applies(record)) return row.cause(record);
  return { phase: 'stopped', code: 'ended_unseen' };
}

/** 137 alone is no proof of it, and the flag alone may be of a child: both, or the event right before the death. */
function isOutOfMemory({ oomKilled, oomAt, exitCode, finishedAt, endSeenBy }: ContainerRecord): boolean {
  if (!oomKilled || exitCode !== KILLED) return false;
  if (oomAt === null || finishedAt === null || endSeenBy !== 'event') return true;
  return finishedAt - oomAt <= OOM_BEFORE_DEATH_MS;
}

function exitDetail({ exitCode }: ContainerRecord): { detail?: string } {
  if (exitCode === null) return {};
  const signal = signalOf(exitCode);
  return { detail: signal === null ? `exit code ${exitCode}` : `exit code ${exitCode} (${signal})` };
}

function signalOf(exitCode: number): string | null {
  return SIGNALS[exitCode - 128] ?? null;
}
