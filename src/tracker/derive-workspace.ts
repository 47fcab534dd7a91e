import type { ContainerRole, ContainerState } from '../model/container.ts';
import { type Reason, reasonOf } from '../model/reasons.ts';
import type { Evidence, Phase, WorkspaceStatus } from '../model/workspace.ts';
import type { ContainerRecord } from './container-record.ts';
import { type ContainerCondition, deriveContainer } from './derive-container.ts';
import { archiveEvidence, evidenceOf, startOf } from './derive-evidence.ts';

/** What a workspace's condition is derived from. Instants are epoch ms. */
export interface WorkspaceFacts {
  readonly containers: readonly ContainerRecord[];
  readonly archived: boolean;
  /** Since when the workspace is as it was told last: stands where no container says since when. */
  readonly since: number;
  /** The phase told last. With it `since` is kept over containers that come and go, and never goes back. */
  readonly phase?: Phase;
  /** Since when it is archived. */
  readonly archivedAt?: number | null;
  /** When what is derived now happened, where that is known. */
  readonly changedAt?: number | null;
  /** It is in the registry, and no container of it was ever seen. */
  readonly neverSeen?: boolean;
}

/** Where a workspace is, and why. */
export interface WorkspaceCondition {
  readonly status: WorkspaceStatus;
  readonly phase: Phase;
  readonly reason: Reason;
  /** Since when, epoch ms. */
  readonly since: number;
  /** Newest last, at most 8. */
  readonly evidence: readonly Evidence[];
  /** The container that decided. */
  readonly containerId: string | null;
  readonly containerState: ContainerState | null;
  /** When it will change by time alone, epoch ms; `null` when it will not. */
  readonly recheckAt: number | null;
}

/**
 * The worst phase of the containers that count is the workspace's: the later in this list, the worse. First what rests,
 * then what lives, then what is in trouble: a service somebody stopped does not hide that the others run.
 */
export const SEVERITY: readonly Phase[] = [
  'missing',
  'completed',
  'stopped',
  'paused',
  'running',
  'starting',
  'restarting',
  'unhealthy',
  'crash-looping',
  'crashed',
  'out-of-memory',
  'archived',
];

/** A container with its condition, and with the role it has among the others. */
interface Judged {
  readonly record: ContainerRecord;
  readonly condition: ContainerCondition;
  readonly role: ContainerRole;
}

const NO_CONTAINER = { evidence: [], containerId: null, containerState: null, recheckAt: null } as const;

/** Derives the condition of a workspace at an instant; the order of the containers does not matter. */
export function deriveWorkspace(facts: WorkspaceFacts, at: number): WorkspaceCondition {
  const counting = judge(facts.containers, at);
  if (facts.archived) return archivedCondition(facts, counting);
  const deciding = worstOf(counting);
  if (deciding === null) return missingCondition(facts, at);
  const { record, condition } = deciding;
  return {
    status: counting.some(isUp) ? 'active' : 'inactive',
    phase: condition.phase,
    reason: facts.containers.length === 1 ? condition.reason : named(record, condition.reason),
    since: sinceOf(facts, deciding),
    evidence: evidenceOf(record),
    containerId: record.id,
    containerState: record.state,
    recheckAt: earliest(counting),
  };
}

/**
 * What a container is for among the others. Without a label, one that ended by itself with 0 and that no policy restarts
 * is a finished one-shot as soon as another service runs, or ran after it: that is what an init container looks like.
 */
export function roleIn(record: ContainerRecord, all: readonly ContainerRecord[], at: number): ContainerRole {
  return judgedRole(record, deriveContainer(record, at), all);
}

function judgedRole(
  record: ContainerRecord,
  { cause }: ContainerCondition,
  all: readonly ContainerRecord[],
): ContainerRole {
  const { role, state, exitCode, restartPolicy } = record;
  if (role !== 'service' || state !== 'exited' || exitCode !== 0) return role;
  if (restartPolicy === 'always' || restartPolicy === 'unless-stopped') return role;
  if (cause !== 'exited_normally' && cause !== 'ended_unseen') return role;
  const endedAt = record.finishedAt ?? record.stateSince;
  const isFollowed = all.some(
    (other) =>
      other !== record &&
      other.role === 'service' &&
      (other.state === 'running' || (other.startedAt !== null && other.startedAt > endedAt)),
  );
  return isFollowed ? 'one-shot' : role;
}

/** The containers that count: all but helpers and finished one-shots, unless there is nothing else. */
function judge(containers: readonly ContainerRecord[], at: number): readonly Judged[] {
  const judged: Judged[] = [];
  for (const record of containers) {
    if (record.state === 'removed') continue;
    const condition = deriveContainer(record, at);
    const role = judgedRole(record, condition, containers);
    judged.push({ record, role, condition: role === record.role ? condition : completed(condition) });
  }
  if (judged.length < 2) return judged;
  const own = judged.filter(({ role }) => role !== 'helper');
  const counting = own.filter(({ role, condition }) => role !== 'one-shot' || condition.phase !== 'completed');
  if (counting.length > 0) return counting;
  return own.length > 0 ? own : judged;
}

function completed(condition: ContainerCondition): ContainerCondition {
  return { ...condition, phase: 'completed', reason: reasonOf('one_shot_completed') };
}

function archivedCondition(facts: WorkspaceFacts, counting: readonly Judged[]): WorkspaceCondition {
  const up = counting.filter(isUp);
  const deciding = worstOf(up.length > 0 ? up : counting);
  const since = facts.archivedAt ?? facts.since;
  return {
    status: 'archived',
    phase: 'archived',
    reason: up.length > 0 ? reasonOf('archived_is_running', deciding?.record.name) : reasonOf('archived_by_user'),
    since,
    evidence: archiveEvidence(since, deciding?.record ?? null),
    containerId: deciding?.record.id ?? null,
    containerState: deciding?.record.state ?? null,
    recheckAt: null,
  };
}

function missingCondition(
  { neverSeen = false, phase, since, changedAt }: WorkspaceFacts,
  at: number,
): WorkspaceCondition {
  const reason = reasonOf(neverSeen ? 'workspace_registered' : 'container_missing');
  const began = phase === undefined || phase === 'missing' ? since : Math.max(changedAt ?? at, since);
  return { status: 'inactive', phase: 'missing', reason, since: began, ...NO_CONTAINER };
}

/**
 * Docker itself calls a container that waits for its restart running; so a loop is active until it is given up, and does
 * not go from active to inactive and back with every death.
 */
function isUp({ record: { state }, condition: { phase } }: Judged): boolean {
  if (state === 'running' || state === 'stopping' || state === 'restarting') return true;
  return phase === 'restarting' || phase === 'crash-looping';
}

function worstOf(judged: readonly Judged[]): Judged | null {
  let worst: Judged | null = null;
  for (const candidate of judged) if (worst === null || isWorse(candidate, worst)) worst = candidate;
  return worst;
}

function isWorse(a: Judged, b: Judged): boolean {
  const difference = SEVERITY.indexOf(a.condition.phase) - SEVERITY.indexOf(b.condition.phase);
  if (difference !== 0) return difference > 0;
  // Of equals the last to get there, for then the workspace got there; then by id, so that the order does not matter.
  const later = startOf(a.record, a.condition.phase) - startOf(b.record, b.condition.phase);
  return later === 0 ? a.record.id > b.record.id : later > 0;
}

function sinceOf({ containers, phase, since }: WorkspaceFacts, { record, condition }: Judged): number {
  const start = startOf(record, condition.phase);
  if (phase === undefined) return start;
  if (phase !== condition.phase) return Math.max(start, since);
  // Another container that joins or leaves does not begin the phase anew, nor does a further death of a loop.
  return containers.length > 1 || phase === 'crash-looping' ? since : start;
}

function earliest(judged: readonly Judged[]): number | null {
  let first: number | null = null;
  for (const { condition } of judged) {
    const { recheckAt } = condition;
    if (recheckAt !== null && (first === null || recheckAt < first)) first = recheckAt;
  }
  return first;
}

function named(record: ContainerRecord, reason: Reason): Reason {
  return { code: reason.code, message: `${record.name}: ${reason.message}` };
}
