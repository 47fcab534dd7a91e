import type { ContainerDetail, ContainerSummary, EngineEvent } from '../engine/engine.ts';
import type { EventDraft } from '../model/events.ts';
import type { WorkspaceId, WorkspaceState } from '../model/workspace.ts';
import { applyDetail } from './apply-detail.ts';
import { applyEvent } from './apply-event.ts';
import { type ContainerRecord, recordOf } from './container-record.ts';
import { ContainerStore } from './container-store.ts';
import { deriveWorkspace, type WorkspaceCondition } from './derive-workspace.ts';
import { containerUpdateDraft, statusChangedDraft } from './drafts.ts';
import { summaryOfDetail, summaryOfEvent } from './summaries.ts';
import type { Transition } from './transition.ts';
import { WorkspaceBook } from './workspace-book.ts';
import { needsSaving, type WorkspaceEntry } from './workspace-entry.ts';
import { viewOf } from './workspace-view.ts';
import type { Cause, WorldPorts } from './world-ports.ts';

/** Everything known of containers and workspaces, and the rules by which it changes. Synchronous; no I/O. */
export class World {
  readonly containers = new ContainerStore();
  readonly workspaces = new WorkspaceBook(this.containers);
  readonly #ports: WorldPorts;
  readonly #rechecks = new Map<WorkspaceId, () => void>();
  #drafts: EventDraft[] = [];
  #announced = false;
  /** Transitions told as recovered, and registry records found wrong, so far. */
  readonly counts = { recovered: 0, corrected: 0 };
  /** What is found to have ended after this instant (epoch ms) went down with the engine; `null`: it was not down. */
  engineDownSince: number | null = null;
  /** When the last sync confirmed everything, epoch ms. */
  syncedAt: number | null = null;

  constructor(ports: WorldPorts) {
    this.#ports = ports;
  }

  /** Nothing is told before the first complete look at the engine: half a picture would be a wrong one. */
  get announced(): boolean {
    return this.#announced;
  }

  /** Applies an event; gives after how many ms the engine must be asked for the rest, or `null`. */
  applyEvent(event: EngineEvent, recovered = false): number | null {
    this.containers.touch(event.containerId, this.#ports.clock.monotonic());
    const cause = { at: event.at, recovered };
    const record = this.containers.get(event.containerId);
    if (record === undefined) return this.#applyToUnknown(event, cause);
    let inspectAfterMs: number | null = null;
    this.#change(record, cause, () => {
      const effect = applyEvent(record, event);
      inspectAfterMs = effect.inspectAfterMs;
      return effect.transition === null ? [] : [effect.transition];
    });
    if (event.action === 'rename') this.#replace(record, cause);
    if (event.action === 'destroy') this.#drop(record, cause);
    return inspectAfterMs;
  }

  /** Facts of events older than the list: why a container ended, how often; its state is the list's to say. */
  applyHistory(event: EngineEvent): void {
    const record = this.containers.get(event.containerId);
    if (record === undefined) return;
    // Without a start of its own, the record takes from its first inspect since when it is in its state.
    const { state, stateSince, startedAt, health, name } = record;
    applyEvent(record, event);
    Object.assign(record, { state, stateSince, startedAt, health, name });
  }

  /** A container the list tells of and nobody knew. */
  addRow(row: ContainerSummary, at: number): ContainerRecord {
    return this.#add(row, at, null);
  }

  /** A container that appeared unseen: told as it is now. */
  addDetail(detail: ContainerDetail, at: number, recovered: boolean): void {
    const record = this.#add(summaryOfDetail(detail), at, null);
    applyDetail(record, detail, at);
    const entry = this.workspaces.get(record.workspaceId);
    if (!this.#announced || entry === undefined) return;
    this.#tell(record, { from: null, to: record.state, at: record.stateSince }, recovered);
    this.#refresh(entry, { at: record.stateSince, recovered });
    this.#flush();
  }

  /** Brings a known container to what an inspect says. */
  applyDetail(record: ContainerRecord, detail: ContainerDetail, cause: Cause): void {
    const renamed = record.name !== detail.name;
    this.#change(record, cause, () => {
      const transitions = applyDetail(record, detail, cause.at);
      const down = this.engineDownSince;
      const wentDown = record.endSeenBy === 'sync' && down !== null && (record.finishedAt ?? 0) >= down;
      if (wentDown && cause.recovered) record.endSeenBy = 'engine-restart';
      return transitions;
    });
    if (renamed) this.#replace(record, cause);
  }

  /** The engine no longer knows a container. */
  removeContainer(record: ContainerRecord, cause: Cause): void {
    this.#change(record, cause, () => {
      const transition: Transition = { from: record.state, to: 'removed', at: Math.max(cause.at, record.stateSince) };
      record.state = 'removed';
      return [transition];
    });
    this.#drop(record, cause);
  }

  /** The first look is complete: from now on changes are told. Then call {@link announce} for each entry. */
  beginAnnouncing(): void {
    this.#announced = true;
  }

  /** Tells what a workspace is now, if that was not told before. */
  announce(entry: WorkspaceEntry, recovered: boolean): void {
    this.changeEntry(entry, { at: null, recovered }, () => {});
  }

  /** Changes what people may change of a workspace, then tells what follows. `at: null`: when its phase began. */
  changeEntry(entry: WorkspaceEntry, cause: { at: number | null; recovered: boolean }, change: () => void): void {
    const previous = this.#viewIfWanted(entry);
    change();
    this.#refresh(entry, cause);
    this.#flush();
    this.#notify(entry, previous);
  }

  /** Forgets a workspace without containers. */
  forget(entry: WorkspaceEntry): void {
    const previous = this.#viewIfWanted(entry);
    this.workspaces.forget(entry.id);
    this.#cancelRecheck(entry.id);
    if (previous !== undefined) this.#ports.onChanged(entry.id, previous, undefined);
  }

  view(entry: WorkspaceEntry): WorkspaceState {
    const containers = this.workspaces.containersOf(entry);
    const condition = this.#derive(entry, containers);
    return viewOf({ entry, containers, condition, freshness: this.#ports.freshness(), syncedAt: this.syncedAt });
  }

  close(): void {
    for (const cancel of this.#rechecks.values()) cancel();
    this.#rechecks.clear();
  }

  #applyToUnknown(event: EngineEvent, cause: Cause): number | null {
    // Anything but a create means that its beginning was missed: the engine is asked what it is now.
    if (event.action === 'destroy') return null;
    if (event.action !== 'create') return 0;
    const record = this.#add(summaryOfEvent(event), event.at, event.at);
    const effect = applyEvent(record, event);
    const entry = this.workspaces.get(record.workspaceId);
    if (!this.#announced || entry === undefined) return effect.inspectAfterMs;
    this.#tell(record, { from: null, to: record.state, at: event.at }, cause.recovered);
    this.#refresh(entry, cause);
    this.#flush();
    return effect.inspectAfterMs;
  }

  #add(row: ContainerSummary, at: number, stateSince: number | null): ContainerRecord {
    const place = this.#ports.resolver.resolve(row);
    const record = recordOf(row, { workspaceId: place.workspaceId, role: place.role ?? 'service' }, stateSince ?? at);
    this.containers.add(record);
    this.workspaces.attach(row.id, { ...place, id: place.workspaceId }, at);
    return record;
  }

  /** A new name may make it part of another workspace. */
  #replace(record: ContainerRecord, cause: Cause): void {
    const place = this.#ports.resolver.resolve(record);
    if (place.workspaceId === record.workspaceId) return;
    const left = this.workspaces.detach(record);
    record.workspaceId = place.workspaceId;
    const joined = this.workspaces.attach(record.id, { ...place, id: place.workspaceId }, cause.at);
    if (!this.#announced) return;
    if (left !== undefined) this.changeEntry(left, cause, () => {});
    this.changeEntry(joined, cause, () => {});
  }

  #drop(record: ContainerRecord, cause: Cause): void {
    this.containers.remove(record.id);
    const entry = this.workspaces.get(record.workspaceId);
    if (entry === undefined) return;
    this.changeEntry(entry, cause, () => this.workspaces.detach(record));
  }

  #change(record: ContainerRecord, cause: Cause, change: () => readonly Transition[]): void {
    const entry = this.workspaces.get(record.workspaceId);
    const previous = entry === undefined ? undefined : this.#viewIfWanted(entry);
    const transitions = change();
    if (entry === undefined) return;
    entry.lastUpdated = this.#ports.clock.now();
    if (!this.#announced) return;
    for (const transition of transitions) this.#tell(record, transition, cause.recovered);
    this.#refresh(entry, { at: transitions.at(-1)?.at ?? cause.at, recovered: cause.recovered });
    this.#flush();
    this.#notify(entry, previous);
  }

  #tell(record: ContainerRecord, transition: Transition, recovered: boolean): void {
    if (recovered) this.counts.recovered += 1;
    this.#drafts.push(containerUpdateDraft(record, transition, recovered));
  }

  #derive(entry: WorkspaceEntry, containers: readonly ContainerRecord[]): WorkspaceCondition {
    const archived = entry.archivedAt !== null;
    return deriveWorkspace({ containers, archived, since: entry.since }, this.#ports.engineNow());
  }

  #refresh(entry: WorkspaceEntry, cause: { at: number | null; recovered: boolean }): void {
    if (!this.#announced) return;
    const containers = this.workspaces.containersOf(entry);
    const unarchived = this.#unarchiveIfStarted(entry, containers);
    const condition = this.#derive(entry, containers);
    entry.phase = condition.phase;
    entry.reason = condition.reason.code;
    entry.since = condition.since;
    if (condition.status !== entry.status) this.#tellStatus(entry, unarchived ?? condition, cause);
    this.#scheduleRecheck(entry, condition.recheckAt);
    if (needsSaving(entry)) this.#ports.onUnsaved(entry.id);
  }

  /** Drift: somebody started what the registry calls archived. The world is right, the registry follows. */
  #unarchiveIfStarted(entry: WorkspaceEntry, containers: readonly ContainerRecord[]): WorkspaceCondition | null {
    const { archivedAt } = entry;
    if (archivedAt === null) return null;
    const started = containers.find(
      ({ role, state, startedAt }) =>
        role !== 'helper' && state === 'running' && startedAt !== null && startedAt > archivedAt,
    );
    if (started === undefined) return null;
    const archived = this.#derive(entry, containers);
    entry.archivedAt = null;
    const running = this.#derive(entry, containers);
    return { ...running, reason: archived.reason };
  }

  #tellStatus(
    entry: WorkspaceEntry,
    condition: WorkspaceCondition,
    cause: { at: number | null; recovered: boolean },
  ): void {
    const at = Math.max(cause.at ?? condition.since, entry.status === null ? 0 : entry.statusSince);
    const reason =
      entry.status === null
        ? { code: 'workspace_initialized' as const, message: condition.reason.message }
        : condition.reason;
    const { id, name, status } = entry;
    const recovered = cause.recovered && status !== null;
    const change = { workspaceId: id, name, oldStatus: status, newStatus: condition.status, reason };
    this.#drafts.push(statusChangedDraft({ ...change, containerId: condition.containerId, at, recovered }));
    if (recovered) this.counts.recovered += 1;
    if (cause.recovered && entry.saved !== null) this.counts.corrected += 1;
    entry.status = condition.status;
    entry.statusSince = at;
  }

  #scheduleRecheck(entry: WorkspaceEntry, recheckAt: number | null): void {
    this.#cancelRecheck(entry.id);
    if (recheckAt === null) return;
    const delayMs = Math.max(0, recheckAt - this.#ports.engineNow());
    const recheck = () => this.changeEntry(entry, { at: recheckAt, recovered: false }, () => {});
    this.#rechecks.set(entry.id, this.#ports.clock.setTimer(delayMs, recheck));
  }

  #cancelRecheck(id: WorkspaceId): void {
    this.#rechecks.get(id)?.();
    this.#rechecks.delete(id);
  }

  #viewIfWanted(entry: WorkspaceEntry): WorkspaceState | undefined {
    return this.#announced && entry.status !== null && this.#ports.wantsChanges() ? this.view(entry) : undefined;
  }

  #notify(entry: WorkspaceEntry, previous: WorkspaceState | undefined): void {
    if (this.#announced && this.#ports.wantsChanges()) this.#ports.onChanged(entry.id, previous, this.view(entry));
  }

  #flush(): void {
    if (this.#drafts.length === 0) return;
    const drafts = this.#drafts;
    this.#drafts = [];
    this.#ports.emit(drafts);
  }
}
