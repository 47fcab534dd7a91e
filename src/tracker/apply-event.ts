import type { EngineEvent } from '../engine/engine.ts';
import { type ContainerState, hasEnded } from '../model/container.ts';
import type { ContainerRecord } from './container-record.ts';
import { addEvidence, beginRun, endRun } from './run-facts.ts';
import { isBeingAskedToEnd, SIGKILL } from './stop-cause.ts';
import type { Transition } from './transition.ts';

/** What an event did to a record. */
export interface EventEffect {
  /** The step it made; `null` when the state stays. */
  readonly transition: Transition | null;
  /** Ask the engine for the rest after so many ms; `null`: the event says all. */
  readonly inspectAfterMs: number | null;
}

const NOTHING: EventEffect = { transition: null, inspectAfterMs: null };

/** The list lags up to 90 ms behind an event and a policy restarts after 100 ms: after that an inspect is settled. */
const SETTLED_MS = 150;

/** Podman tells of a probe before it has written down what the probe found. */
const HEALTH_SETTLED_MS = 1_000;

/** `docker run` starts within this time after `create`; a start that fails tells no event. */
const FAILED_START_MS = 400;

/** Docker 20.10 may repeat a pair of pause and unpause right after a quick one; a person is slower. */
const FALSE_PAUSE_MS = 300;

/** The event of a start comes so long after `StartedAt` at most, and the engine's own restarts 100 ms apart at least. */
const START_TOLD_MS = 80;

/** Applies one event to a record, in the engine's order of this container. Idempotent where the engine repeats itself. */
export function applyEvent(record: ContainerRecord, event: EngineEvent): EventEffect {
  // Should its clock have been set back instead, the inspect finds what happened.
  if (isOutrun(record, event)) return { transition: null, inspectAfterMs: SETTLED_MS };
  // The list that was read first is newer than the event, and told no instant.
  if (event.at < record.stateSince && beganState(event, record.state)) record.stateSince = event.at;
  switch (event.action) {
    case 'create':
      return { transition: null, inspectAfterMs: FAILED_START_MS };
    case 'start':
      return applyStart(record, event);
    case 'die':
      return applyDie(record, event);
    case 'kill':
      return applyKill(record, event);
    case 'stop':
      return applyStop(record, event);
    case 'restart':
      addEvidence(record, 'event', { at: event.at, what: 'restart' });
      return NOTHING;
    case 'pause':
      return applyPause(record, event);
    case 'unpause':
      record.unpausedAt = event.at;
      addEvidence(record, 'event', { at: event.at, what: 'unpause' });
      return { transition: record.state === 'paused' ? step(record, 'running', event.at) : null, inspectAfterMs: null };
    default:
      return applyDetailOfRun(record, event);
  }
}

/** An inspect was ahead of the stream: it told of a later run, or how the run ended that this event begins. */
function isOutrun({ state, startedAt, finishedAt }: ContainerRecord, { action, at }: EngineEvent): boolean {
  if (startedAt === null || action === 'rename' || action === 'update' || action === 'destroy') return false;
  if (Math.ceil(at) < startedAt) return true;
  return (
    action === 'start' &&
    hasEnded(state) &&
    finishedAt !== null &&
    at <= Math.max(finishedAt, startedAt + START_TOLD_MS)
  );
}

function applyDetailOfRun(record: ContainerRecord, event: EngineEvent): EventEffect {
  switch (event.action) {
    case 'oom':
      record.oomAt = event.at;
      record.oomKilled = true;
      addEvidence(record, 'event', { at: event.at, what: 'oom' });
      return NOTHING;
    case 'rename':
      record.name = event.name;
      return NOTHING;
    case 'update':
      record.isUpdated = true;
      return { transition: null, inspectAfterMs: SETTLED_MS };
    case 'destroy':
      return { transition: step(record, 'removed', event.at), inspectAfterMs: null };
    case 'health_status':
      if (event.health === null) return { transition: null, inspectAfterMs: HEALTH_SETTLED_MS };
      record.health = event.health;
      addEvidence(record, 'event', { at: event.at, what: `health_status ${event.health}` });
      return NOTHING;
    default:
      return NOTHING;
  }
}

/** A container that is in this state now may be so since this event; the last such event says since when. */
export function beganState({ action }: EngineEvent, state: ContainerState): boolean {
  if (state === 'running') return action === 'start' || action === 'unpause';
  if (state === 'paused') return action === 'pause';
  return action === 'die' && hasEnded(state);
}

function applyStart(record: ContainerRecord, event: EngineEvent): EventEffect {
  beginRun(record, event.at);
  addEvidence(record, 'event', { at: event.at, what: 'start' });
  const transition = record.state === 'running' ? null : step(record, 'running', event.at);
  record.stateSince = event.at;
  // The restart policy decides what a later die means; it is asked for once per container.
  return { transition, inspectAfterMs: record.restartPolicy === null ? SETTLED_MS : null };
}

function applyKill(record: ContainerRecord, { signal, at }: EngineEvent): EventEffect {
  // A stop is a polite signal, then SIGKILL; its own event comes only after the death.
  if (signal === SIGKILL && isBeingAskedToEnd(record, at)) record.stopRequestedAt = at;
  record.killSignal = signal ?? 0;
  record.killedAt = at;
  addEvidence(record, 'event', { at, what: signal === null ? 'kill' : `kill signal=${signal}` });
  return NOTHING;
}

function applyDie(record: ContainerRecord, event: EngineEvent): EventEffect {
  const hadEnded = hasEnded(record.state);
  record.exitCode = event.exitCode;
  addEvidence(record, 'event', { at: event.at, what: `die exitCode=${event.exitCode ?? 'unknown'}` });
  if (hadEnded) {
    // A list or the kernel told the end before its event did, or an inspect, which noted the death too.
    if (record.endSeenBy === null || record.endSeenBy === 'exit-watch') endRun(record, event.at, 'event');
    if (record.endSeenBy === 'sync') record.endSeenBy = 'event';
    return { transition: null, inspectAfterMs: SETTLED_MS };
  }
  endRun(record, event.at, 'event');
  return { transition: step(record, stateAfterDeath(record), event.at), inspectAfterMs: SETTLED_MS };
}

/** The kernel tells an end about 35 ms before the engine does; by then the engine must have. */
const CONFIRMED_MS = 300;

/** The kernel says that the first process of a run is gone; code and cause are the engine's to say. */
export function applyExit(record: ContainerRecord, at: number): EventEffect {
  if (record.state !== 'running' && record.state !== 'paused') return NOTHING;
  record.exitCode = null;
  record.finishedAt = at;
  record.endSeenBy = 'exit-watch';
  addEvidence(record, 'kernel', { at, what: 'no process left' });
  return { transition: step(record, stateAfterDeath(record), at), inspectAfterMs: CONFIRMED_MS };
}

/**
 * With these two policies the engine restarts whatever it was not asked to stop or to signal: any signal, HUP too, ends
 * the policy of a run (measured). `on-failure` may have no tries left, and only an inspect tells.
 */
function stateAfterDeath(record: ContainerRecord): ContainerState {
  const restarts = record.restartPolicy === 'always' || record.restartPolicy === 'unless-stopped';
  return restarts && record.stopRequestedAt === null && record.killSignal === null ? 'restarting' : 'exited';
}

function applyStop(record: ContainerRecord, event: EngineEvent): EventEffect {
  record.stopRequestedAt = event.at;
  addEvidence(record, 'event', { at: event.at, what: 'stop' });
  // A stop ends the back-off of a restart policy without a second die.
  return record.state === 'restarting'
    ? { transition: step(record, 'exited', event.at), inspectAfterMs: SETTLED_MS }
    : NOTHING;
}

function applyPause(record: ContainerRecord, event: EngineEvent): EventEffect {
  if (record.state === 'paused') return NOTHING;
  if (record.state !== 'running') return { transition: null, inspectAfterMs: SETTLED_MS };
  const sinceUnpause = event.at - (record.unpausedAt ?? 0);
  if (sinceUnpause >= 0 && sinceUnpause < FALSE_PAUSE_MS) return { transition: null, inspectAfterMs: SETTLED_MS };
  addEvidence(record, 'event', { at: event.at, what: 'pause' });
  return { transition: step(record, 'paused', event.at), inspectAfterMs: null };
}

function step(record: ContainerRecord, to: ContainerState, at: number): Transition {
  const transition = { from: record.state, to, at };
  record.state = to;
  record.stateSince = at;
  return transition;
}
