import type { ContainerDetail, ContainerSummary, EngineEvent } from '../engine/engine.ts';
import type { EventDraft } from '../model/events.ts';
import type { WorkspaceState } from '../model/workspace.ts';
import { applyDetail } from './apply-detail.ts';
import { applyEvent, applyExit, beganState, type EventEffect } from './apply-event.ts';
import { type ContainerRecord, recordOf } from './container-record.ts';
import { ContainerStore } from './container-store.ts';
import { containerUpdateDraft, workspaceRemovedDraft } from './drafts.ts';
import { blameOutage, type EngineOutage } from './engine-outage.ts';
import { Rechecks } from './rechecks.ts';
import { summaryOfDetail, summaryOfEvent } from './summaries.ts';
import { tellStatus } from './tell-status.ts';
import type { Transition } from './transition.ts';
import { WorkspaceBook } from './workspace-book.ts';
import { conditionOf, isBare, unarchiveIfStarted } from './workspace-condition.ts';
import { needsSaving, type WorkspaceEntry } from './workspace-entry.ts';
import type { ResolvedWorkspace } from './workspace-resolver.ts';
import { WorkspaceViews } from './workspace-views.ts';
import type { Cause, WorldPorts } from './world-ports.ts';

/** The workspace of a container whose place is not known yet. */
const NOWHERE = '';

/** Everything known of containers and workspaces, and the rules by which it changes. Synchronous; no I/O. */
export class World {
  readonly containers = new ContainerStore();
  readonly workspaces = new WorkspaceBook(this.containers);
  readonly views: WorkspaceViews;
  readonly #ports: WorldPorts;
  readonly #rechecks: Rechecks;
  #drafts: EventDraft[] = [];
  #announced = false;
  /** Of which nobody was told a state yet. */
  readonly #unseen = new Set<WorkspaceEntry>();
  /** Transitions told as recovered, and registry records found wrong, so far. */
  readonly counts = { recovered: 0, corrected: 0 };
  /** When the engine was down last; `null`: never since the first look. */
  #outage: EngineOutage | null = null;

  constructor(ports: WorldPorts) {
    this.#ports = ports;
    this.views = new WorkspaceViews(this.workspaces, ports);
    this.#rechecks = new Rechecks(ports.clock);
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
    const inspectAfterMs = this.#apply(record, cause, () => applyEvent(record, event));
    if (event.action === 'rename') this.#replace(record, cause);
    if (event.action === 'destroy') this.#drop(record, cause);
    return inspectAfterMs;
  }

  /** The kernel says that a container's first process is gone; gives when the engine must be asked, as an event would. */
  applyExit(containerId: string): number | null {
    const record = this.containers.get(containerId);
    if (record === undefined) return null;
    const at = this.#ports.engineNow();
    return this.#apply(record, { at, recovered: false }, () => applyExit(record, at));
  }

  /** Facts of events older than the list: why a container ended, how often; its state is the list's to say. */
  applyHistory(event: EngineEvent): void {
    const record = this.containers.get(event.containerId);
    if (record === undefined) return;
    const { state, health, name } = record;
    // Of several the last one counts.
    const stateSince = beganState(event, state) ? event.at : record.stateSince;
    // Every death of the history ended a run, whatever the list says of now.
    if (event.action === 'die') record.state = 'running';
    applyEvent(record, event);
    Object.assign(record, { state, stateSince, health, name });
    const entry = this.workspaces.get(record.workspaceId);
    if (entry !== undefined) this.views.drop(entry);
  }

  /** A container the list tells of and nobody knew. */
  addRow(row: ContainerSummary, at: number): ContainerRecord {
    const record = this.#newRecord(row, at);
    this.#attach(record, this.#ports.resolver.resolve(row), at);
    return record;
  }

  /** A container that appeared unseen: told as it is now. */
  addDetail(detail: ContainerDetail, at: number, recovered: boolean): void {
    const record = this.#newRecord(summaryOfDetail(detail), at);
    applyDetail(record, detail, at);
    this.#appear(record, this.#ports.resolver.resolve(record), { at, recovered });
  }

  /** Brings a known container to what an inspect says. */
  applyDetail(record: ContainerRecord, detail: ContainerDetail, cause: Cause): void {
    const renamed = record.name !== detail.name;
    const wasHeld = record.workspaceId === NOWHERE;
    this.#change(record, cause, () => applyDetail(record, detail, cause.at));
    if (wasHeld) this.#appear(record, this.#ports.resolver.resolve(record), cause);
    else if (renamed) this.#replace(record, cause);
  }

  /** The engine was restarted: what ended with it, or is found to have, ended because of it and not of a person. */
  noteOutage(outage: EngineOutage): void {
    this.#outage = outage;
    for (const record of this.containers.values()) blameOutage(record, outage);
    this.views.dropAll();
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
    // Also those that the registry remembers: nobody was called with them by this tracker.
    for (const entry of this.workspaces.values()) this.#unseen.add(entry);
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
    this.views.drop(entry);
    this.#unseen.delete(entry);
    this.#rechecks.cancel(entry.id);
    this.#ports.emit([workspaceRemovedDraft(entry, this.#ports.engineNow())]);
    if (previous !== undefined) this.#ports.onChanged(entry.id, previous, undefined);
  }

  close(): void {
    this.#rechecks.close();
  }

  #applyToUnknown(event: EngineEvent, cause: Cause): number | null {
    // Anything but a create means that its beginning was missed: the engine is asked what it is now.
    if (event.action === 'destroy') return null;
    if (event.action !== 'create') return 0;
    const row = summaryOfEvent(event);
    const record = this.#newRecord(row, event.at);
    const { inspectAfterMs } = applyEvent(record, event);
    const place = this.#ports.resolver.resolveWithoutMounts(row);
    // Its bind mounts decide where it belongs: what happens to it is noted, and told when an inspect told them.
    if (place === null) return 0;
    this.#appear(record, place, cause);
    return inspectAfterMs;
  }

  #newRecord(row: ContainerSummary, at: number): ContainerRecord {
    const record = recordOf(row, { workspaceId: NOWHERE, role: 'service' }, at);
    this.containers.add(record);
    return record;
  }

  #attach(record: ContainerRecord, place: ResolvedWorkspace, at: number): WorkspaceEntry {
    record.workspaceId = place.workspaceId;
    record.role = place.role ?? record.role;
    return this.workspaces.attach(record.id, { ...place, id: place.workspaceId }, at);
  }

  /** A new container becomes part of its workspace, and is told as it is. */
  #appear(record: ContainerRecord, place: ResolvedWorkspace, { at, recovered }: Cause): void {
    const known = this.workspaces.get(place.workspaceId);
    const previous = known === undefined ? undefined : this.#viewIfWanted(known);
    const entry = this.#attach(record, place, at);
    if (!this.#announced) return;
    const { state, stateSince } = record;
    this.#tell(record, { from: null, to: state, at: stateSince }, recovered);
    this.#refresh(entry, { at: stateSince, recovered });
    this.#flush();
    this.#notify(entry, previous);
  }

  /** A new name may make it part of another workspace. */
  #replace(record: ContainerRecord, cause: Cause): void {
    const place = this.#ports.resolver.resolve(record);
    if (place.workspaceId === record.workspaceId) return;
    const left = this.workspaces.detach(record);
    const joined = this.#attach(record, place, cause.at);
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

  #apply(record: ContainerRecord, cause: Cause, effectOf: () => EventEffect): number | null {
    let inspectAfterMs: number | null = null;
    this.#change(record, cause, () => {
      const effect = effectOf();
      inspectAfterMs = effect.inspectAfterMs;
      return effect.transition === null ? [] : [effect.transition];
    });
    return inspectAfterMs;
  }

  #change(record: ContainerRecord, cause: Cause, change: () => readonly Transition[]): void {
    const entry = this.workspaces.get(record.workspaceId);
    const previous = entry === undefined ? undefined : this.#viewIfWanted(entry);
    const transitions = change();
    if (this.#outage !== null) blameOutage(record, this.#outage);
    if (entry === undefined) return;
    this.views.drop(entry);
    entry.lastUpdated = this.#ports.clock.now();
    if (!this.#announced) return;
    for (const transition of transitions) this.#tell(record, transition, cause.recovered);
    this.#refresh(entry, { at: transitions.at(-1)?.at ?? cause.at, recovered: cause.recovered });
    this.#flush();
    this.#notify(entry, previous);
  }

  #tell(record: ContainerRecord, transition: Transition, recovered: boolean): void {
    if (recovered) this.counts.recovered += 1;
    // What is found after the fact has no figures of its time.
    const metrics = recovered ? null : this.#ports.figures().metricsOf(record.workspaceId);
    this.#drafts.push(containerUpdateDraft(record, transition, { recovered, metrics }));
  }

  #refresh(entry: WorkspaceEntry, cause: { at: number | null; recovered: boolean }): void {
    if (!this.#announced) return;
    const containers = this.workspaces.containersOf(entry);
    const when = { at: this.#ports.engineNow(), changedAt: cause.at };
    const unarchived = unarchiveIfStarted(entry, containers, when);
    const condition = conditionOf(entry, containers, when);
    if (condition.status !== entry.status) {
      this.#drafts.push(tellStatus(entry, { condition: unarchived ?? condition, cause, counts: this.counts }));
    }
    entry.phase = containers.some(isBare) ? null : condition.phase;
    entry.reason = condition.reason.code;
    entry.since = condition.since;
    this.#planRecheck(entry, condition.recheckAt);
    if (needsSaving(entry)) this.#ports.onUnsaved(entry.id);
  }

  #planRecheck(entry: WorkspaceEntry, recheckAt: number | null): void {
    if (recheckAt === null) {
      this.#rechecks.cancel(entry.id);
      return;
    }
    const recheck = () => this.changeEntry(entry, { at: recheckAt, recovered: false }, () => {});
    this.#rechecks.plan(entry.id, recheckAt - this.#ports.engineNow(), recheck);
  }

  #viewIfWanted(entry: WorkspaceEntry): WorkspaceState | undefined {
    const isSeen = this.#announced && entry.status !== null && !this.#unseen.has(entry);
    return isSeen && this.#ports.wantsChanges() ? this.views.of(entry) : undefined;
  }

  #notify(entry: WorkspaceEntry, previous: WorkspaceState | undefined): void {
    this.#unseen.delete(entry);
    if (this.#announced && this.#ports.wantsChanges()) this.#ports.onChanged(entry.id, previous, this.views.of(entry));
  }

  #flush(): void {
    if (this.#drafts.length === 0) return;
    const drafts = this.#drafts;
    this.#drafts = [];
    this.#ports.emit(drafts);
  }
}
