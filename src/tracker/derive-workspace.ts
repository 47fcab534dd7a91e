import type { ContainerState } from '../model/container.ts';
import { type Reason, reasonOf } from '../model/reasons.ts';
import type { Evidence, Phase, WorkspaceStatus } from '../model/workspace.ts';
import { toIso } from '../runtime/iso.ts';
import type { ContainerRecord } from './container-record.ts';
import { type ContainerCondition, deriveContainer } from './derive-container.ts';

/** What a workspace's condition is derived from. */
export interface WorkspaceFacts {
  readonly containers: readonly ContainerRecord[];
  readonly archived: boolean;
  /** Since when the workspace is as it was told last, epoch ms: stands where no container says since when. */
  readonly since: number;
}

/** Where a workspace is, and why. */
export interface WorkspaceCondition {
  readonly status: WorkspaceStatus;
  readonly phase: Phase;
  readonly reason: Reason;
  /** Since when, epoch ms. */
  readonly since: number;
  /** Newest last, at most {@link EVIDENCE_SHOWN}. */
  readonly evidence: readonly Evidence[];
  /** The container that decided. */
  readonly containerId: string | null;
  readonly containerState: ContainerState | null;
  /** When it will change by time alone, epoch ms; `null` when it will not. */
  readonly recheckAt: number | null;
}

const EVIDENCE_SHOWN = 8;

/** The worst phase of its services is the workspace's: the later in this list, the worse. */
const SEVERITY: readonly Phase[] = [
  'missing',
  'completed',
  'stopped',
  'running',
  'starting',
  'paused',
  'restarting',
  'crashed',
  'out-of-memory',
  'unhealthy',
  'crash-looping',
  'archived',
];

interface Judged {
  readonly record: ContainerRecord;
  readonly condition: ContainerCondition;
}

/** Derives the condition of a workspace at an instant; the order of the containers does not matter. */
export function deriveWorkspace(facts: WorkspaceFacts, at: number): WorkspaceCondition {
  const { containers, archived, since } = facts;
  const deciding = decide(containers, at);
  if (archived) return archivedCondition(facts, deciding);
  if (deciding === null) {
    return { status: 'inactive', phase: 'missing', reason: reasonOf('container_missing'), since, ...NO_CONTAINER };
  }
  const { record, condition } = deciding;
  return {
    status: containers.some(countsAsRunning) ? 'active' : 'inactive',
    phase: condition.phase,
    reason: containers.length === 1 ? condition.reason : named(record, condition.reason),
    since: record.stateSince,
    evidence: evidenceOf(record),
    containerId: record.id,
    containerState: record.state,
    recheckAt: condition.recheckAt,
  };
}

const NO_CONTAINER = { evidence: [], containerId: null, containerState: null, recheckAt: null };

/** Docker itself calls a container that waits for its restart running; a loop is active until it is given up. */
function countsAsRunning({ role, state }: ContainerRecord): boolean {
  return role !== 'helper' && (state === 'running' || state === 'restarting' || state === 'stopping');
}

function archivedCondition({ since, containers }: WorkspaceFacts, deciding: Judged | null): WorkspaceCondition {
  const runs = containers.some(countsAsRunning);
  return {
    status: 'archived',
    phase: 'archived',
    reason: reasonOf(runs ? 'archived_is_running' : 'archived_by_user'),
    since,
    evidence: deciding === null ? [] : evidenceOf(deciding.record),
    containerId: deciding?.record.id ?? null,
    containerState: deciding?.record.state ?? null,
    recheckAt: null,
  };
}

/** The container that says how the workspace is: the worst of those that count. */
function decide(containers: readonly ContainerRecord[], at: number): Judged | null {
  let worst: Judged | null = null;
  const counting = containers.filter((record) => counts(record, containers));
  for (const record of counting.length > 0 ? counting : containers) {
    const judged = { record, condition: deriveContainer(record, at) };
    if (worst === null || isWorse(judged, worst)) worst = judged;
  }
  return worst;
}

/**
 * A helper never counts. A one-shot that ended well does not count beside others; neither does a container that did its
 * work and ended with 0 while a service of the workspace runs: that is what an init container looks like without a label.
 */
function counts(record: ContainerRecord, all: readonly ContainerRecord[]): boolean {
  if (record.role === 'helper') return false;
  if (all.length === 1 || !hasDoneItsWork(record)) return true;
  return !all.some((other) => other !== record && other.role !== 'helper' && !hasDoneItsWork(other));
}

function hasDoneItsWork({ state, exitCode, restartPolicy }: ContainerRecord): boolean {
  return state === 'exited' && exitCode === 0 && restartPolicy !== 'always' && restartPolicy !== 'unless-stopped';
}

function isWorse(a: Judged, b: Judged): boolean {
  const difference = SEVERITY.indexOf(a.condition.phase) - SEVERITY.indexOf(b.condition.phase);
  if (difference !== 0) return difference > 0;
  // Of equals the newest; then by id, so that the order of the containers does not matter.
  if (a.record.stateSince !== b.record.stateSince) return a.record.stateSince > b.record.stateSince;
  return a.record.id > b.record.id;
}

function named(record: ContainerRecord, reason: Reason): Reason {
  return { code: reason.code, message: `${record.name}: ${reason.message}` };
}

function evidenceOf(record: ContainerRecord): readonly Evidence[] {
  if (record.evidence.length > 0) return record.evidence.slice(-EVIDENCE_SHOWN);
  const words = [`state=${record.state}`];
  if (record.exitCode !== null) words.push(`exitCode=${record.exitCode}`);
  return [{ source: 'list', at: toIso(record.stateSince), what: words.join(' '), containerId: record.id }];
}
