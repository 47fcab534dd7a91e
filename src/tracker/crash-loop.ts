import { type ContainerRecord, DEATHS_KEPT } from './container-record.ts';
import { endRequestOf } from './stop-cause.ts';

/** So many deaths nobody asked for… */
export const LOOP_DEATHS = 3;

/** …within this time are a loop. The engine's back-off ends at a minute: the slowest loop of short runs has five in it. */
export const LOOP_WINDOW_MS = 5 * 60_000;

/** A run of this length ends a loop: the engine resets its own back-off after 10 s, six times that is steady. */
export const STEADY_MS = 60_000;

/** With longer runs between deaths, one must last twice as long as the one before: a run of 90 s is no recovery then. */
const STEADY_RUNS = 2;

/** The engine begins its back-off anew after a run of 10 s: after a shorter one it counts on. */
const BACKOFF_RESET_MS = 10_000;

/**
 * The engine restarts within 100 ms the first time, and its `restarting` is known by the inspect 150 ms after a death.
 * Until then an end under `on-failure` is not told as one; a second leaves room for a busy engine.
 */
const RESTART_GRACE_MS = 1_000;

/** Whether it ends and is restarted again and again, and when that will be over without a further death. */
export interface LoopState {
  readonly isLooping: boolean;
  /** Epoch ms; `null` when nothing changes by time alone. */
  readonly recheckAt: number | null;
}

const NO_LOOP: LoopState = Object.freeze({ isLooping: false, recheckAt: null });

/** What is known of a loop, in words: how often it ended in the window. */
export function loopInWords({ deaths, restartCount }: ContainerRecord, at: number): string {
  const ends = deaths.filter((death) => at - death < LOOP_WINDOW_MS).length;
  if (ends < LOOP_DEATHS) return `${restartCount ?? 0} restarts`;
  return `${ends === DEATHS_KEPT ? 'at least ' : ''}${ends} times in ${LOOP_WINDOW_MS / 60_000} min`;
}

/** Only a container that runs or is about to is in a loop; one that was given up is just dead. */
export function loopStateOf(record: ContainerRecord, at: number): LoopState {
  const { state, deaths, restartPolicy } = record;
  const dueBy = restartDueBy(record, at);
  if (state !== 'running' && state !== 'restarting' && dueBy === null) return NO_LOOP;
  // Without a policy, somebody starts it anew each time: a job, not a loop.
  if (restartPolicy === 'no') return NO_LOOP;
  const nthLast = deaths.at(-LOOP_DEATHS);
  if (nthLast === undefined || at - nthLast >= LOOP_WINDOW_MS) {
    return isHiddenLoop(record) ? { isLooping: true, recheckAt: null } : NO_LOOP;
  }
  const windowEnd = nthLast + LOOP_WINDOW_MS;
  if (state !== 'running') return { isLooping: true, recheckAt: dueBy ?? windowEnd };
  const over = Math.min(steadyAt(record), windowEnd);
  return at < over ? { isLooping: true, recheckAt: over } : NO_LOOP;
}

/**
 * When a container that ended a moment ago must have been restarted by its policy, epoch ms; `null` when it will not be.
 * Of the other policies the engine restarts whatever was not asked to end; `on-failure` may have no tries left.
 */
export function restartDueBy(record: ContainerRecord, at: number): number | null {
  const { state, restartPolicy, exitCode, endSeenBy, finishedAt } = record;
  if (state !== 'exited' || restartPolicy !== 'on-failure' || endSeenBy !== 'event' || finishedAt === null) return null;
  if (exitCode === null || exitCode === 0 || endRequestOf(record) !== null) return null;
  const dueBy = finishedAt + RESTART_GRACE_MS;
  return at < dueBy ? dueBy : null;
}

/** The present run is a recovery from here on. */
function steadyAt({ deaths, startedAt }: ContainerRecord): number {
  const last = deaths.at(-1) ?? 0;
  const lastRun = last - (deaths.at(-2) ?? last);
  return Math.max(startedAt ?? last, last) + Math.max(STEADY_MS, STEADY_RUNS * lastRun);
}

/** The deaths were before Tidewatch looked: it waits for its restart again, not for the first time, after a short run. */
function isHiddenLoop({ state, restartCount, startedAt, finishedAt }: ContainerRecord): boolean {
  if (state !== 'restarting' || restartCount === null || restartCount < LOOP_DEATHS) return false;
  if (startedAt === null || finishedAt === null) return false;
  const run = finishedAt - startedAt;
  return run >= 0 && run < BACKOFF_RESET_MS;
}
