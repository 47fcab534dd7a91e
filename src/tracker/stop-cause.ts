import type { ReasonCode } from '../model/reasons.ts';
import type { Phase } from '../model/workspace.ts';
import type { ContainerRecord } from './container-record.ts';
import { exitCodeInWords, KILLED_CODE, signalKindOf } from './exit-code.ts';

/** Why a run ended. */
export interface StopCause {
  readonly phase: Phase;
  readonly code: ReasonCode;
  /** What the message adds. */
  readonly detail?: string;
}

/** The kernel ends the process 36 ms before Docker tells the death (measured); a second leaves room for a busy host. */
const OOM_TO_DEATH_MS = 1_000;

/**
 * A process may take its time over a polite signal; Docker's own patience is 10 s. After a longer stop the engine tells
 * `stop`, and then no guess is needed.
 */
const SIGNAL_TO_DEATH_MS = 60_000;

/** INT, QUIT, KILL, TERM, and 0: a kill whose signal the engine did not tell. HUP, USR1 and the like mean other things. */
const ENDING_SIGNALS: ReadonlySet<number> = new Set([0, 2, 3, 9, 15]);

export const SIGKILL = 9;

/** 255 is what an engine says that was not there: after a crash of the machine or of the engine. */
const ENGINE_WAS_AWAY_CODE = 255;

/** How much of an engine's error text is shown. */
const ERROR_TEXT_MAX = 200;

interface CauseRow {
  /** What the row says, as in docs/reference/states.md. */
  readonly when: string;
  applies(record: ContainerRecord): boolean;
  readonly phase: Phase;
  readonly code: ReasonCode;
}

/** The first row that applies says why the run ended. */
export const STOP_CAUSES: readonly CauseRow[] = [
  {
    when: 'the engine says why the last start failed',
    applies: ({ startError }) => startError !== '',
    phase: 'crashed',
    code: 'start_failed',
  },
  {
    when: 'the engine went down and took it along',
    applies: ({ endSeenBy }) => endSeenBy === 'engine-restart',
    phase: 'stopped',
    code: 'engine_restarted',
  },
  {
    when: 'exit code 137 within 1 s after an `oom` event, and no SIGKILL asked for in between',
    applies: isOutOfMemoryByEvent,
    phase: 'out-of-memory',
    code: 'out_of_memory',
  },
  {
    when: 'the engine was asked to stop or restart it, or to send it an ending signal but SIGKILL',
    applies: (record) => endRequestOf(record) === 'stop',
    phase: 'stopped',
    code: 'stopped_by_request',
  },
  {
    when: 'the engine was asked to send it SIGKILL',
    applies: (record) => endRequestOf(record) === 'kill',
    phase: 'stopped',
    code: 'killed_by_request',
  },
  {
    when: 'the kernel told that its first process ended, and the engine has not yet',
    applies: ({ endSeenBy }) => endSeenBy === 'exit-watch',
    phase: 'stopped',
    code: 'process_ended',
  },
  {
    when: 'exit code 137 and the flag `OOMKilled`, without an `oom` event seen',
    applies: ({ exitCode, oomKilled, oomAt }) => exitCode === KILLED_CODE && oomKilled && oomAt === null,
    phase: 'out-of-memory',
    code: 'out_of_memory',
  },
  {
    when: 'exit code 0 of a container labelled as one-shot',
    applies: ({ exitCode, role }) => exitCode === 0 && role === 'one-shot',
    phase: 'completed',
    code: 'one_shot_completed',
  },
  {
    when: 'nobody watched, and the exit code is 0, of SIGHUP, SIGINT, SIGTERM or SIGKILL, 255 or unknown: as a stop leaves it',
    applies: isUnseenAndPlain,
    phase: 'stopped',
    code: 'ended_unseen',
  },
  {
    when: 'exit code 0',
    applies: ({ exitCode }) => exitCode === 0,
    phase: 'completed',
    code: 'exited_normally',
  },
  {
    when: 'the exit code of SIGHUP, SIGINT or SIGTERM',
    applies: ({ exitCode }) => signalKindOf(exitCode) === 'polite',
    phase: 'stopped',
    code: 'ended_by_signal',
  },
  {
    when: 'the exit code of another signal that somebody sends, as SIGKILL',
    applies: ({ exitCode }) => signalKindOf(exitCode) === 'force',
    phase: 'crashed',
    code: 'ended_by_signal',
  },
  {
    when: 'any other exit code; those of SIGSEGV, SIGABRT and the like too, which a process earns by itself',
    applies: ({ exitCode }) => exitCode !== null,
    phase: 'crashed',
    code: 'exited_with_error',
  },
  {
    when: 'nothing is known of its end',
    applies: () => true,
    phase: 'stopped',
    code: 'ended_unseen',
  },
];

/** Why the last run of a container ended that does not run. Total. */
export function stopCauseOf(record: ContainerRecord): StopCause {
  const row = STOP_CAUSES.find(({ applies }) => applies(record));
  const { phase, code } = row ?? { phase: 'stopped', code: 'ended_unseen' };
  const detail = detailOf(record, code);
  return detail === null ? { phase, code } : { phase, code, detail };
}

/**
 * Whether the engine was asked to end the last run. A signal alone is not: `kill -s HUP` makes many programs read their
 * configuration, and a crash an hour later is a crash.
 */
export function endRequestOf(record: ContainerRecord): 'stop' | 'kill' | null {
  const { stopRequestedAt, killSignal, killedAt, exitCode } = record;
  if (stopRequestedAt !== null) return 'stop';
  if (killSignal === null) return null;
  const isItsCode = killSignal !== 0 && exitCode === 128 + killSignal;
  const waited = endedAt(record) - (killedAt ?? Number.NEGATIVE_INFINITY);
  if (!isItsCode && !(ENDING_SIGNALS.has(killSignal) && waited <= SIGNAL_TO_DEATH_MS)) return null;
  return killSignal === SIGKILL || killSignal === 0 ? 'kill' : 'stop';
}

/** A polite ending signal was sent, and the process may still be about it. */
export function isBeingAskedToEnd({ killSignal, killedAt }: ContainerRecord, at: number): boolean {
  if (killSignal === null || killedAt === null || killSignal === SIGKILL || killSignal === 0) return false;
  return ENDING_SIGNALS.has(killSignal) && at - killedAt <= SIGNAL_TO_DEATH_MS;
}

/** A child ended for lack of memory leaves the same flag: the main process died of it only if it died at once. */
function isOutOfMemoryByEvent(record: ContainerRecord): boolean {
  const { oomAt, exitCode, killSignal, killedAt } = record;
  if (oomAt === null || exitCode !== KILLED_CODE) return false;
  if (killSignal === SIGKILL && killedAt !== null && killedAt >= oomAt) return false;
  return Math.abs(endedAt(record) - oomAt) <= OOM_TO_DEATH_MS;
}

function isUnseenAndPlain({ exitCode, endSeenBy }: ContainerRecord): boolean {
  return endSeenBy !== 'event' && isTakedownCode(exitCode);
}

/** The exit code of a process that was told to end, or none: not one it earns by itself. */
export function isTakedownCode(exitCode: number | null): boolean {
  if (exitCode === null || exitCode === 0 || exitCode === KILLED_CODE || exitCode === ENGINE_WAS_AWAY_CODE) return true;
  return signalKindOf(exitCode) === 'polite';
}

function endedAt({ finishedAt, startedAt, stateSince }: ContainerRecord): number {
  // Docker keeps the end of the run before while a new one runs.
  return finishedAt !== null && finishedAt >= (startedAt ?? 0) ? finishedAt : stateSince;
}

function detailOf({ startError, exitCode, oomKilled }: ContainerRecord, code: ReasonCode): string | null {
  if (code === 'start_failed') return startError.slice(0, ERROR_TEXT_MAX);
  // The reason's own text says that it was 0.
  const saysCode = code === 'one_shot_completed' || code === 'exited_normally';
  const words = [
    exitCode === null || saysCode ? null : exitCodeInWords(exitCode),
    oomKilled && code !== 'out_of_memory' ? 'a process of it had been ended for lack of memory' : null,
  ].filter((word) => word !== null);
  return words.length === 0 ? null : words.join(', ');
}
