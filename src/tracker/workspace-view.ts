import type { ContainerRole, WorkspaceContainer } from '../model/container.ts';
import type { ActivityMark, Freshness, WorkspaceFigures, WorkspaceState } from '../model/workspace.ts';
import { toIso, toIsoOrNull } from '../runtime/iso.ts';
import type { ContainerRecord } from './container-record.ts';
import { roleIn, type WorkspaceCondition } from './derive-workspace.ts';
import type { WorkspaceEntry } from './workspace-entry.ts';

/** What a view is drawn from. */
export interface ViewParts {
  readonly entry: WorkspaceEntry;
  readonly containers: readonly ContainerRecord[];
  readonly condition: WorkspaceCondition;
  readonly freshness: Freshness;
  /** What is measured of workspaces. */
  readonly figures: WorkspaceFigures;
  /** Now by the engine's clock, epoch ms. */
  readonly at: number;
  /** When the last sync confirmed everything, epoch ms; `null` before the first. */
  readonly syncedAt: number | null;
}

/** One for all that have none. */
export const NOTHING: readonly never[] = Object.freeze([]);

/** The state of a workspace as readers get it: plain, detached from what the tracker goes on changing. */
export function viewOf(parts: ViewParts): WorkspaceState {
  const { entry, containers, condition, freshness, figures, at, syncedAt } = parts;
  const measured = figureFieldsOf(entry, figures, at);
  return {
    workspaceId: entry.id,
    name: entry.name,
    owner: entry.owner,
    labels: entry.labels,
    source: entry.source,
    status: condition.status,
    phase: condition.phase,
    reason: condition.reason,
    evidence: condition.evidence,
    since: toIso(condition.since),
    freshness,
    containerId: condition.containerId,
    containerState: condition.containerState,
    containers: containers.filter(isThere).map((record) => containerView(record, roleIn(record, containers, at))),
    ...measured,
    lastUpdated: toIso(Math.max(entry.lastUpdated, syncedAt ?? 0)),
    lastSyncAttempt: toIsoOrNull(latest(entry.lastSyncAttempt, syncedAt)),
    syncAttempts: entry.syncAttempts,
    lastError: entry.lastError,
  };
}

/** The fields of a state that others measure. */
export type FigureFields = Pick<
  WorkspaceState,
  'metrics' | 'exceeded' | 'labelProblems' | 'diskUsed' | 'lastActivity' | 'lastActivityKind'
>;

/** What is measured of a workspace now, `at` by the engine's clock. */
export function figureFieldsOf(entry: WorkspaceEntry, figures: WorkspaceFigures, at: number): FigureFields {
  const thresholds = figures.thresholdsOf(entry.id);
  const activity = activityOf(entry, figures);
  return {
    metrics: figures.metricsOf(entry.id),
    exceeded: thresholds?.exceeded ?? NOTHING,
    labelProblems: thresholds?.labelProblems ?? NOTHING,
    diskUsed: figures.diskUsedOf(entry.containerIds),
    // A clock that was wrong must not make it worked in for years to come.
    lastActivity: activity && toIso(Math.min(activity.at, at)),
    lastActivityKind: activity?.kind ?? null,
  };
}

/** The newest activity that is seen, or else remembered. */
export function activityOf(entry: WorkspaceEntry, figures: WorkspaceFigures): ActivityMark | null {
  return figures.activityOf(entry.id) ?? entry.activity;
}

/** A removed one is on its way out of the workspace. */
function isThere({ state }: ContainerRecord): boolean {
  return state !== 'removed';
}

function containerView(record: ContainerRecord, role: ContainerRole): WorkspaceContainer {
  return {
    id: record.id,
    name: record.name,
    image: record.image,
    state: record.state,
    health: record.health,
    exitCode: record.exitCode,
    oomKilled: record.oomKilled,
    restartCount: record.restartCount,
    startedAt: toIsoOrNull(record.startedAt),
    finishedAt: toIsoOrNull(record.finishedAt),
    role,
  };
}

function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
