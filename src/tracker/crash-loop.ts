import type { ContainerRecord } from './container-record.ts';

/** So many deaths nobody asked for… */
export const LOOP_DEATHS = 3;

/** …within this time are a loop. The engine's back-off doubles from 100 ms to a minute: five deaths take at least 3 s. */
export const LOOP_WINDOW_MS = 5 * 60_000;

/** A run of this length ends a loop; the engine resets its own back-off after 10 s. */
export const STEADY_MS = 60_000;

/** Whether it ends and is restarted again and again, and when that will be over without a further death. */
export interface LoopState {
  readonly isLooping: boolean;
  /** Epoch ms; `null` when nothing changes by time alone. */
  readonly recheckAt: number | null;
}

const NO_LOOP: LoopState = Object.freeze({ isLooping: false, recheckAt: null });

/** Only a container that runs or is about to is in a loop; one that was given up is just dead. */
export function loopStateOf(record: ContainerRecord, at: number): LoopState {
  const { deaths, state, startedAt } = record;
  if (deaths.length < LOOP_DEATHS) return NO_LOOP;
  const nthLast = deaths[deaths.length - LOOP_DEATHS] ?? 0;
  const last = deaths[deaths.length - 1] ?? 0;
  if (last - nthLast > LOOP_WINDOW_MS) return NO_LOOP;
  if (state === 'restarting') return { isLooping: true, recheckAt: null };
  if (state !== 'running') return NO_LOOP;
  const steadyAt = Math.max(startedAt ?? last, last) + STEADY_MS;
  return at < steadyAt ? { isLooping: true, recheckAt: steadyAt } : NO_LOOP;
}
