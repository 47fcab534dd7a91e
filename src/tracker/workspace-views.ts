import type { Freshness, WorkspaceFigures, WorkspaceId, WorkspaceState } from '../model/workspace.ts';
import type { ContainerRecord } from './container-record.ts';
import { LOOP_DEATHS, restartDueBy } from './crash-loop.ts';
import type { WorkspaceBook } from './workspace-book.ts';
import { conditionOf } from './workspace-condition.ts';
import type { WorkspaceEntry } from './workspace-entry.ts';
import { activityOf, figureFieldsOf, NOTHING, viewOf } from './workspace-view.ts';
import type { WorldPorts } from './world-ports.ts';

/** What all views of one instant have in common. */
interface Moment {
  /** Now by the engine's clock, epoch ms. */
  readonly at: number;
  readonly freshness: Freshness;
  readonly figures: WorkspaceFigures;
  /** When the last sync confirmed everything, epoch ms; `null` before the first. */
  readonly syncedAt: number | null;
}

type ViewPorts = Pick<WorldPorts, 'engineNow' | 'freshness' | 'figures'>;

/** A view, and what it was drawn from. */
interface Drawn {
  view: WorkspaceState;
  /** A copy: entries change in place. */
  readonly entry: Readonly<WorkspaceEntry>;
  readonly at: number;
  readonly syncedAt: number | null;
  /** What `lastActivity` is the text of, epoch ms. */
  activityAt: number | null;
}

/**
 * The states of workspaces as readers get them. One that is the same in all of its fields is the same object, so that who
 * makes something of it, as JSON, need not make it again.
 */
export class WorkspaceViews {
  readonly #book: WorkspaceBook;
  readonly #ports: ViewPorts;
  readonly #drawn = new Map<WorkspaceEntry, Drawn>();
  /** When the last sync confirmed everything, epoch ms. */
  syncedAt: number | null = null;

  constructor(book: WorkspaceBook, ports: ViewPorts) {
    this.#book = book;
    this.#ports = ports;
  }

  of(entry: WorkspaceEntry): WorkspaceState {
    return this.#at(this.#moment(), entry);
  }

  /** All of one instant. */
  all(): ReadonlyMap<WorkspaceId, WorkspaceState> {
    const moment = this.#moment();
    const views = new Map<WorkspaceId, WorkspaceState>();
    for (const entry of this.#book.values()) views.set(entry.id, this.#at(moment, entry));
    return views;
  }

  /** A container of it changed, came or went; or it is forgotten. What its entry says is looked at each time. */
  drop(entry: WorkspaceEntry): void {
    this.#drawn.delete(entry);
  }

  /** Any container may have changed. */
  dropAll(): void {
    this.#drawn.clear();
  }

  #moment(): Moment {
    const { engineNow, freshness, figures } = this.#ports;
    return { at: engineNow(), freshness: freshness(), figures: figures(), syncedAt: this.syncedAt };
  }

  #at(moment: Moment, entry: WorkspaceEntry): WorkspaceState {
    const drawn = this.#drawn.get(entry);
    if (drawn === undefined || !isCurrent(drawn, entry, moment)) return this.#draw(entry, moment);
    takeFigures(drawn, entry, moment);
    return drawn.view;
  }

  #draw(entry: WorkspaceEntry, { at, freshness, figures, syncedAt }: Moment): WorkspaceState {
    const containers = this.#book.containersOf(entry);
    const condition = conditionOf(entry, containers, { at });
    const view = viewOf({ entry, containers, condition, freshness, figures, at, syncedAt });
    // Without a container, and not told so yet, it is missing since now.
    const isTimeless =
      containers.every((record) => isSettled(record, at)) &&
      (condition.phase !== 'missing' || entry.phase === null || entry.phase === 'missing');
    if (isTimeless) {
      const activity = activityOf(entry, figures);
      const activityAt = activity && Math.min(activity.at, at);
      this.#drawn.set(entry, { view, entry: { ...entry }, at, syncedAt, activityAt });
    } else this.#drawn.delete(entry);
    return view;
  }
}

/** Its condition does not change by time alone: it is not about to be started, and in no loop. */
function isSettled(record: ContainerRecord, at: number): boolean {
  const { state, deaths } = record;
  return (
    state !== 'created' && state !== 'initialized' && deaths.length < LOOP_DEATHS && restartDueBy(record, at) === null
  );
}

/** A clock that was set back may make what was over begin again. */
function isCurrent({ entry: seen, at, syncedAt }: Drawn, entry: WorkspaceEntry, moment: Moment): boolean {
  return (
    at <= moment.at &&
    syncedAt === moment.syncedAt &&
    seen.containerIds === entry.containerIds &&
    seen.lastUpdated === entry.lastUpdated &&
    seen.lastSyncAttempt === entry.lastSyncAttempt &&
    seen.syncAttempts === entry.syncAttempts &&
    seen.lastError === entry.lastError &&
    seen.name === entry.name &&
    seen.owner === entry.owner &&
    seen.labels === entry.labels &&
    seen.source === entry.source &&
    seen.archivedAt === entry.archivedAt &&
    seen.phase === entry.phase &&
    seen.since === entry.since
  );
}

/** Brings what others measure, and what the engine confirms, to what it is now. Asked for thousands at once: makes nothing while it is the same. */
function takeFigures(drawn: Drawn, entry: WorkspaceEntry, { at, freshness, figures }: Moment): void {
  const { view } = drawn;
  const { id, containerIds } = entry;
  const thresholds = figures.thresholdsOf(id);
  const activity = activityOf(entry, figures);
  const activityAt = activity && Math.min(activity.at, at);
  const isSame =
    view.freshness === freshness &&
    view.metrics === figures.metricsOf(id) &&
    view.diskUsed === figures.diskUsedOf(containerIds) &&
    view.exceeded === (thresholds?.exceeded ?? NOTHING) &&
    view.labelProblems === (thresholds?.labelProblems ?? NOTHING) &&
    drawn.activityAt === activityAt &&
    view.lastActivityKind === (activity?.kind ?? null);
  if (isSame) return;
  drawn.view = { ...view, freshness, ...figureFieldsOf(entry, figures, at) };
  drawn.activityAt = activityAt;
}
