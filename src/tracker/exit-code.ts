/** 128 + SIGKILL: what a process exits with that `kill -9`, `docker kill` or the kernel ended. */
export const KILLED_CODE = 137;

/** Who sends a signal as a rule: the program's own fault, or somebody else, politely or not. */
type SignalKind = 'fault' | 'polite' | 'force';

const SIGNALS: ReadonlyMap<number, readonly [name: string, kind: SignalKind]> = new Map([
  [1, ['SIGHUP', 'polite']],
  [2, ['SIGINT', 'polite']],
  [3, ['SIGQUIT', 'force']],
  [4, ['SIGILL', 'fault']],
  [5, ['SIGTRAP', 'fault']],
  [6, ['SIGABRT', 'fault']],
  [7, ['SIGBUS', 'fault']],
  [8, ['SIGFPE', 'fault']],
  [9, ['SIGKILL', 'force']],
  [10, ['SIGUSR1', 'force']],
  [11, ['SIGSEGV', 'fault']],
  [12, ['SIGUSR2', 'force']],
  [13, ['SIGPIPE', 'fault']],
  [14, ['SIGALRM', 'force']],
  [15, ['SIGTERM', 'polite']],
  [24, ['SIGXCPU', 'force']],
  [25, ['SIGXFSZ', 'fault']],
  [31, ['SIGSYS', 'fault']],
]);

/** What shells and engines mean by codes that are no signal. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [126, 'the command cannot be executed'],
  [127, 'the command was not found'],
]);

/** Whether an exit code says that a signal ended the process, and of which kind; `null` when it does not. */
export function signalKindOf(exitCode: number | null): SignalKind | null {
  return exitCode === null ? null : (SIGNALS.get(exitCode - 128)?.[1] ?? null);
}

/** `exit code 137 (SIGKILL)`, `exit code 3`. */
export function exitCodeInWords(exitCode: number): string {
  const meaning = SIGNALS.get(exitCode - 128)?.[0] ?? MEANINGS.get(exitCode);
  return meaning === undefined ? `exit code ${exitCode}` : `exit code ${exitCode} (${meaning})`;
}
