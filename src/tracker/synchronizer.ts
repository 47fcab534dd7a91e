import type { ContainerSummary, Engine, EngineEvent } from '../engine/engine.ts';
import type { EventDraft } from '../model/events.ts';
import type { Clock } from '../runtime/clock.ts';
import { toIso } from '../runtime/iso.ts';
import type { ContainerRecord } from './container-record.ts';
import { syncCompleteDraft, syncStartDraft } from './drafts.ts';
import type { Inspector } from './inspector.ts';
import type { RegistryReader } from './registry-reader.ts';
import type { SyncReport } from './tracker-stats.ts';
import type { World } from './world.ts';

export interface SynchronizerParts {
  readonly engine: Engine;
  readonly world: World;
  readonly inspector: Inspector;
  readonly registry: RegistryReader;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  engineNow(): number;
  emit(drafts: readonly EventDraft[]): void;
  onListed(): void;
}

/** What one sync does beside comparing the list. */
export interface SyncOptions {
  /** Runs first, within the sync: what it tells counts as found by it. */
  before?(): void;
  /** Events older than the first list: why things are as they are. */
  readonly history?: readonly EngineEvent[];
  /** Runs when the first list is read, before anything is told. */
  afterFirstList?(): void;
  /** Every container is asked for, not only the doubtful ones: transitions may have been missed. */
  readonly doubtAll?: boolean;
}

/** The list lags at most 90 ms behind an event (Docker 20.10); with room. */
const LIST_LAG_MS = 250;

/** Announcing may take this long before other work gets its turn. */
const SLICE_MS = 4;

/** Compares everything known with a full list; what differs is confirmed by an inspect before it is believed. */
export class Synchronizer {
  readonly #parts: SynchronizerParts;
  #mark = 0;

  constructor(parts: SynchronizerParts) {
    this.#parts = parts;
  }

  /** Runs one comparison. Rejects when the engine does not give its list. */
  async run(options: SyncOptions): Promise<SyncReport> {
    const { world, clock, emit } = this.#parts;
    const begunAt = clock.monotonic();
    const before = { ...world.counts };
    const isFirst = !world.announced;
    emit([syncStartDraft(world.workspaces.size, clock.now())]);
    options.before?.();
    const suspects = await this.#compareList(isFirst);
    if (options.doubtAll && !isFirst) for (const record of world.containers.values()) suspects.add(record.id);
    const failed = isFirst ? await this.#beginWith(options) : await this.#confirm(suspects);
    const registryFailed = await this.#parts.registry.reread(isFirst);
    world.views.syncedAt = clock.now();
    const workspaceCount = world.workspaces.size;
    const errorCount = Math.min(workspaceCount, failed + (registryFailed ? 1 : 0));
    const report: SyncReport = {
      workspaceCount,
      duration: Math.round(clock.monotonic() - begunAt),
      successCount: workspaceCount - errorCount,
      errorCount,
      recovered: world.counts.recovered - before.recovered,
      corrected: world.counts.corrected - before.corrected,
      timestamp: toIso(clock.now()),
    };
    emit([syncCompleteDraft(report)]);
    return report;
  }

  /** Reads the list; gives the ids of containers about which it disagrees with what is known. */
  async #compareList(isFirst: boolean): Promise<Set<string>> {
    const { engine, world, clock, signal } = this.#parts;
    const suspects = new Set<string>();
    const listedAt = clock.monotonic();
    this.#mark += 1;
    for await (const rows of engine.list(signal)) {
      for (const row of rows) this.#see(row, { isFirst, listedAt, suspects });
    }
    this.#parts.onListed();
    for (const record of world.containers.values()) {
      const isAbsent = record.listMark !== this.#mark;
      if (isAbsent && !world.containers.wasTouchedSince(record.id, listedAt - LIST_LAG_MS)) suspects.add(record.id);
    }
    world.containers.forgetTouchesBefore(listedAt - 10_000);
    return suspects;
  }

  #see(row: ContainerSummary, look: { isFirst: boolean; listedAt: number; suspects: Set<string> }): void {
    const { containers } = this.#parts.world;
    const record = containers.get(row.id);
    if (record !== undefined) record.listMark = this.#mark;
    if (record === undefined && look.isFirst) {
      this.#parts.world.addRow(row, this.#parts.engineNow()).listMark = this.#mark;
      return;
    }
    // The event is newer than this row: it wins.
    if (containers.wasTouchedSince(row.id, look.listedAt - LIST_LAG_MS)) return;
    if (record === undefined || differs(record, row)) look.suspects.add(row.id);
  }

  async #confirm(ids: ReadonlySet<string>): Promise<number> {
    const { inspector } = this.#parts;
    const settled = await Promise.all([...ids].map((id) => inspector.confirm(id)));
    return settled.filter((isSettled) => !isSettled).length;
  }

  async #beginWith(options: SyncOptions): Promise<number> {
    const { world, inspector } = this.#parts;
    for (const event of options.history ?? []) world.applyHistory(event);
    options.afterFirstList?.();
    // Where the registry remembers something else, the true instants are asked for before it is told.
    const changed = new Set<string>();
    for (const entry of world.workspaces.values()) {
      if (entry.status === null || world.views.of(entry).status === entry.status) continue;
      for (const id of entry.containerIds) changed.add(id);
    }
    const failed = await this.#confirm(changed);
    world.beginAnnouncing();
    await this.#inSlices(world.workspaces.values(), (entry) => world.announce(entry, true));
    for (const { id, network } of world.containers.values()) {
      // What was announced may have been asked for already by who heard of it.
      if (network === null && !changed.has(id)) inspector.enrich(id);
    }
    return failed;
  }

  async #inSlices<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
    const { clock } = this.#parts;
    let until = clock.monotonic() + SLICE_MS;
    for (const item of items) {
      work(item);
      if (clock.monotonic() < until) continue;
      await clock.yieldTurn();
      until = clock.monotonic() + SLICE_MS;
    }
  }
}

function differs(record: ContainerRecord, row: ContainerSummary): boolean {
  if (record.state !== row.state || record.name !== row.name) return true;
  if (row.state === 'running' && row.health !== null && row.health !== record.health) return true;
  return row.state === 'exited' && row.exitCode !== null && row.exitCode !== record.exitCode;
}
