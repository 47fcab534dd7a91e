import { reasonOf } from '../model/reasons.ts';
import type { ContainerRecord } from './container-record.ts';
import { deriveWorkspace, type WorkspaceCondition } from './derive-workspace.ts';
import { REGISTERED_RULE, type WorkspaceEntry } from './workspace-entry.ts';

/** Instants of a derivation by the engine's clock, epoch ms. */
interface When {
  /** Now. */
  readonly at: number;
  /** When what is derived happened; `null` or absent where that is not known. */
  readonly changedAt?: number | null;
}

/** The condition of an entry with these containers. */
export function conditionOf(
  entry: WorkspaceEntry,
  containers: readonly ContainerRecord[],
  { at, changedAt = null }: When,
): WorkspaceCondition {
  const { since, archivedAt, phase } = entry;
  const neverSeen = entry.source.rule === REGISTERED_RULE;
  const facts = { containers, archived: archivedAt !== null, archivedAt, since, changedAt, neverSeen };
  return deriveWorkspace(phase === null ? facts : { ...facts, phase }, at);
}

/**
 * Drift: somebody started what the registry calls archived. The world is right, the registry follows. Gives the condition
 * with the reason to tell, or `null` when nothing of it was started.
 */
export function unarchiveIfStarted(
  entry: WorkspaceEntry,
  containers: readonly ContainerRecord[],
  when: When,
): WorkspaceCondition | null {
  const { archivedAt } = entry;
  if (archivedAt === null) return null;
  const started = containers.find(
    ({ role, state, startedAt }) =>
      role !== 'helper' && state === 'running' && startedAt !== null && startedAt > archivedAt,
  );
  if (started === undefined) return null;
  entry.archivedAt = null;
  return { ...conditionOf(entry, containers, when), reason: reasonOf('unarchived_by_start', started.name) };
}

/** Only a list told of it, so it is not known since when it is as it is. */
export function isBare({ state, startedAt }: ContainerRecord): boolean {
  return startedAt === null && state !== 'created' && state !== 'initialized';
}
