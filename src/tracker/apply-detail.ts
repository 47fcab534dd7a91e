import type { ContainerDetail } from '../engine/engine.ts';
import { type ContainerState, hasEnded } from '../model/container.ts';
import type { ContainerRecord } from './container-record.ts';
import { addEvidence, beginRun, endRun } from './run-facts.ts';
import type { Transition } from './transition.ts';

/** Instants of events carry microseconds, those of an inspect are cut to ms. */
const ROUNDING_MS = 1;

/**
 * Brings a record to what an inspect says and gives the steps that were missed, oldest first, at the instants the engine
 * tells. `at` is the engine's time of the inspect, for steps it keeps no instant of.
 */
export function applyDetail(record: ContainerRecord, detail: ContainerDetail, at: number): readonly Transition[] {
  const transitions: Transition[] = [];
  const step = (to: ContainerState, told: number | null) => {
    if (record.state === to) return;
    // What came later cannot be told as earlier, whatever the engine's clock did in between.
    const when = Math.max(told ?? at, record.stateSince);
    transitions.push({ from: record.state, to, at: when });
    record.state = to;
    record.stateSince = when;
  };

  const restarted = isAnotherRun(record, detail);
  if (restarted && detail.startedAt !== null) {
    if (record.state === 'running' || record.state === 'paused') {
      const endedAt = endBetween(record, detail);
      endRun(record, endedAt, 'sync');
      step('exited', endedAt);
    }
    beginRun(record, detail.startedAt);
    step('running', detail.startedAt);
  }
  takeFacts(record, detail);
  if (record.state !== detail.state && !isInBetween(detail)) stepToState(record, detail, step);
  if (record.endSeenBy === 'exit-watch' && record.state === detail.state) {
    endRun(record, detail.finishedAt ?? record.stateSince, 'sync');
  }
  takeInstants(record, detail, transitions.length > 0);
  if (transitions.length > 0) addEvidence(record, 'inspect', { at, what: describe(detail) });
  return transitions;
}

/** The run an inspect tells of is not the one that is known. */
export function isAnotherRun(record: ContainerRecord, detail: ContainerDetail): boolean {
  if (detail.startedAt === null) return false;
  if (record.startedAt === null) return record.state === 'created' && detail.state !== 'created';
  return detail.startedAt > record.startedAt + ROUNDING_MS;
}

/** On its way to an end that will be told: the engine's word for the moment between is no step of its life. */
function isInBetween({ state }: ContainerDetail): boolean {
  return state === 'removing' || state === 'stopping';
}

/** When the run before the present one ended: FinishedAt keeps it until the present one ends too. */
function endBetween(record: ContainerRecord, detail: ContainerDetail): number {
  const { finishedAt, startedAt } = detail;
  const isBefore = finishedAt !== null && finishedAt >= (record.startedAt ?? 0) && finishedAt <= (startedAt ?? 0);
  return isBefore ? finishedAt : (startedAt ?? record.stateSince);
}

type Step = (to: ContainerState, told: number | null) => void;

function stepToState(record: ContainerRecord, detail: ContainerDetail, step: Step): void {
  const ended = hasEnded(detail.state);
  const ran = record.state === 'running' || record.state === 'paused' || record.state === 'stopping';
  if (ended && ran) endRun(record, detail.finishedAt ?? record.stateSince, 'sync');
  step(detail.state, ended ? detail.finishedAt : null);
}

function takeFacts(record: ContainerRecord, detail: ContainerDetail): void {
  record.name = detail.name;
  record.bindSources = detail.bindSources;
  record.exitCode = detail.exitCode;
  record.image = detail.image;
  if (!isLeftFromPause(record, detail)) record.health = detail.health;
  record.restartPolicy = detail.restartPolicy;
  record.restartCount = detail.restartCount;
  record.pid = detail.pid;
  record.network = detail.network;
  record.limits = detail.limits;
  record.healthCommand = detail.healthCommand;
  record.createdAt = detail.createdAt ?? record.createdAt;
  record.startError = detail.error;
  // The flag is set late (at exit, Docker < 24): an oom event of this run is not taken back.
  record.oomKilled = detail.oomKilled || record.oomAt !== null;
}

/** A pause makes Docker call a container unhealthy, without an event, until the first probe after it. */
function isLeftFromPause({ unpausedAt = 0 }: ContainerRecord, { health, probedAt }: ContainerDetail): boolean {
  return health === 'unhealthy' && probedAt !== null && probedAt < unpausedAt;
}

function takeInstants(record: ContainerRecord, detail: ContainerDetail, stepped: boolean): void {
  const knewStart = record.startedAt !== null;
  record.startedAt = detail.startedAt ?? record.startedAt;
  const ended = hasEnded(detail.state);
  if (ended || !knewStart) record.finishedAt = detail.finishedAt ?? record.finishedAt;
  // A list tells no instants, and a history may lack the end: the inspect is the first to know since when.
  const knewState = knewStart && !(ended && record.endSeenBy === null);
  if (!stepped && !knewState) record.stateSince = sinceOf(record, detail) ?? record.stateSince;
}

function sinceOf({ unpausedAt = 0 }: ContainerRecord, detail: ContainerDetail): number | null {
  if (detail.state === 'running') return detail.startedAt && Math.max(detail.startedAt, unpausedAt);
  if (detail.state === 'created') return detail.createdAt;
  return detail.state === 'exited' || detail.state === 'dead' ? (detail.finishedAt ?? detail.createdAt) : null;
}

function describe(detail: ContainerDetail): string {
  const words = [`state=${detail.state}`];
  if (detail.exitCode !== null) words.push(`exitCode=${detail.exitCode}`);
  if (detail.oomKilled) words.push('oomKilled');
  if (detail.error !== '') words.push(`error=${detail.error.slice(0, 200)}`);
  return words.join(' ');
}
