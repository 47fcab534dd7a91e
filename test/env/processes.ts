import { readdir, readFile } from 'node:fs/promises';

/** A process as /proc tells it. */
export interface RunningProcess {
  readonly pid: number;
  /** Executable name, at most 15 characters. */
  readonly comm: string;
  /** Ticks since boot at which it started: with the pid it is an identity that is never reused. */
  readonly startTime: string;
  readonly zombie: boolean;
}

/** Looks a process up; `undefined` when there is none. */
export async function lookUpProcess(pid: number): Promise<RunningProcess | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The name stands in parentheses and may itself hold blanks and parentheses: fields are counted from the last one.
  const nameEnd = stat.lastIndexOf(')');
  const fields = stat.slice(nameEnd + 2).split(' ');
  return {
    pid,
    comm: stat.slice(stat.indexOf('(') + 1, nameEnd),
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    startTime: fields[19] ?? '',
  };
}

/** True while the process runs (a zombie does not). */
export async function isRunning(pid: number): Promise<boolean> {
  const found = await lookUpProcess(pid);
  return found !== undefined && !found.zombie;
}

/** Ids of all processes of this machine. */
export async function processIds(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.map(Number).filter((pid) => Number.isInteger(pid) && pid > 1 && pid !== process.pid);
}

/** Sends a signal; a process that is gone already is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, or never ours: there is nothing left to do in either case.
  }
}

/** Waits until the process is gone; `false` when it still runs after `withinMs`. */
export async function processEnded(pid: number, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (await isRunning(pid)) {
    if (performance.now() > until) return false;
    await pause(20);
  }
  return true;
}

/** Ends a process: the signal, and SIGKILL when it is still there after `graceMs`. Frozen ones are thawed first. */
export async function endProcess(pid: number, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  signalProcess(pid, signal);
  signalProcess(pid, 'SIGCONT');
  if (await processEnded(pid, graceMs)) return;
  signalProcess(pid, 'SIGKILL');
  await processEnded(pid, 10_000);
}

/** Resolves after `ms`. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
