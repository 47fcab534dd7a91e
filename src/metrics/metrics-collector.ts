import { refuseOption, toTidewatchError } from '../model/errors.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import { checkedLogger, type Logger } from '../runtime/logger.ts';
import { BlockArchive } from './block-archive.ts';
import { type CollectorSettings, type MetricsCollectorOptions, resolveCollectorOptions } from './collector-options.ts';
import { Compactor } from './compactor.ts';
import { HistoryPurge } from './history-purge.ts';
import { type ReaderParts, readPoints } from './history-reader.ts';
import { HourSealer } from './hour-sealer.ts';
import { type HistoryPoints, type HistoryRequest, type MetricsHistory, toHistory } from './metrics-history.ts';
import { Recorder } from './recorder.ts';
import { keepWithin } from './retention.ts';
import { dayWindows, zoneOffsets } from './rollup/windows.ts';
import { answerRollups, type RollupAnswer, type RollupRequest } from './rollup-answers.ts';
import { type SeriesStoreStats, TIERS } from './series-store.ts';
import { StoredPoints } from './stored-points.ts';
import { answerTrend, type TrendAnswer, type TrendRequest } from './trend-answer.ts';
import { answerUsage, type UsageAnswer, type UsageParts, type UsageRequest } from './usage-answer.ts';
import { watchStore } from './watched-store.ts';

const SEAL_EVERY_MS = 30_000;
const COMPACT_EVERY_MS = 1_800_000;
const RETENTION_EVERY_MS = 3_600_000;

export interface CollectorStats {
  /** Workspaces with samples in memory. */
  readonly series: number;
  /** Samples taken since the start, and those refused: of an instant that was there, or too late. */
  readonly samples: number;
  readonly duplicates: number;
  readonly tooLate: number;
  /** Samples given up because the store could not be written for a day. */
  readonly lost: number;
  /** Blocks and journal entries that could not be read. */
  readonly damaged: number;
  readonly blocksWritten: number;
  readonly blocksDeleted: number;
  readonly failedWrites: number;
  /** Why the store was not written last; `null` when it was. */
  readonly lastError: string | null;
  /** Of packed samples in memory. */
  readonly memoryBytes: number;
  readonly store: SeriesStoreStats;
}

/** Keeps what workspaces used: samples in memory and on disk, and what follows from them for months and years. */
export class MetricsCollector {
  readonly #options: MetricsCollectorOptions;
  readonly #settings: CollectorSettings;
  readonly #archive: BlockArchive;
  readonly #recorder: Recorder;
  readonly #compactor: Compactor;
  readonly #reader: ReaderParts;
  readonly #usage: UsageParts;
  readonly #purge: HistoryPurge;
  readonly #stopped = new AbortController();
  #rounds: readonly Promise<void>[] = [];
  #unlisten: () => void = () => {};
  #blocksDeleted = 0;

  /** Throws `config_invalid` for an option that makes no sense. Nothing is kept before {@link start}. */
  constructor(options: MetricsCollectorOptions) {
    const settings = resolveCollectorOptions(options);
    const store = watchStore(options.store, (id) => points.forget(id));
    const { clock, retention } = settings;
    const logger = () => settings.logger;
    const days = dayWindows(settings.timeZone);
    this.#options = { ...options, store };
    this.#settings = settings;
    this.#archive = new BlockArchive({ store, logger });
    const points = new StoredPoints(this.#archive);
    this.#compactor = new Compactor({ store, archive: this.#archive, clock, retention });
    const sealer = new HourSealer({ archive: this.#archive, days });
    this.#recorder = new Recorder({ store, clock, logger, sealer });
    this.#reader = { archive: this.#archive, recorder: this.#recorder, clock, retention, days, points };
    this.#purge = new HistoryPurge({ store, recorder: this.#recorder, clock });
    this.#usage = {
      reader: this.#reader,
      tags: options.workspaces ?? { getAllWorkspaceStates: () => new Map() },
      localOffset: zoneOffsets(settings.timeZone),
      signal: this.#stopped.signal,
      workspaceIds: () => [...new Set([...store.getWorkspaceIds(), ...this.#recorder.series.keys()])],
    };
  }

  /** Takes back what was noted before, and begins to keep samples. */
  async start(): Promise<void> {
    const { checkpointMs } = this.#settings;
    await this.#recorder.restore();
    this.#unlisten = this.#options.monitor.onSample((id, at, values) => this.#recorder.take(id, at, values));
    const { signal } = this.#stopped;
    this.#rounds = [
      this.#every(checkpointMs, async () => void (await this.#recorder.checkpoint())),
      this.#every(SEAL_EVERY_MS, () => this.#recorder.seal(signal)),
      this.#every(COMPACT_EVERY_MS, () => this.#compact(signal)),
      this.#every(RETENTION_EVERY_MS, () => this.#deleteOld(signal)),
    ];
  }

  /** Brings what is in memory alone to disk. The store stays open. Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#unlisten();
    this.#stopped.abort();
    await Promise.all([...this.#rounds, this.#purge.idle()]);
    await this.#recorder.checkpoint();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Whether anything is kept of a workspace. */
  hasHistory(id: WorkspaceId): boolean {
    if (this.#recorder.series.has(id) || this.#purge.isUnfinished(id)) return true;
    return TIERS.some((tier) => this.#options.store.getLastBlock(id, tier) !== null);
  }

  /**
   * Deletes all that is kept of a workspace up to now, in small steps; what it uses from now on is kept as ever. Gives whether anything
   * was kept. Rejects with `store_unwritable`; then some of it may be deleted, and it may be tried again.
   */
  async purge(id: WorkspaceId): Promise<boolean> {
    if (!this.hasHistory(id)) return false;
    await this.#purge.purge(id);
    return true;
  }

  /** What a workspace used, in at most `maxPoints` points that keep its peaks. Throws `bad_request`. */
  getHistory(id: WorkspaceId, request: HistoryRequest): MetricsHistory {
    return toHistory(this.getPoints(id, request));
  }

  /** The same as {@link getHistory} in packed columns. Throws `bad_request`. */
  getPoints(id: WorkspaceId, request: HistoryRequest): HistoryPoints {
    return readPoints(this.#reader, id, request);
  }

  /** Rollups of a workspace over minutes, hours or days. Throws `bad_request`. */
  getRollups(id: WorkspaceId, request: RollupRequest): RollupAnswer {
    return answerRollups(this.#reader, id, request);
  }

  /** Whether a metric of a workspace rises or falls. Throws `bad_request`. */
  getTrend(id: WorkspaceId, request: TrendRequest): TrendAnswer {
    return answerTrend(this.#reader, id, request);
  }

  /**
   * Who used most of a metric in some time, sums by owner or label, and how that compares with the week before. Of many workspaces it is
   * put together in slices. Rejects with `bad_request`, or `shutting_down` when it is stopped meanwhile.
   */
  getUsage(request: UsageRequest): Promise<UsageAnswer> {
    return answerUsage(this.#usage, request);
  }

  setLogger(logger: Logger): void {
    this.#settings.logger = checkedLogger(logger, refuseOption);
  }

  getStats(): CollectorStats {
    const { series, counts, lastError } = this.#recorder;
    const { samples, duplicates, tooLate, lost, damaged, failedWrites, blocks } = counts;
    let memoryBytes = 0;
    for (const { head } of series.values()) memoryBytes += head.bytes;
    return {
      ...{ series: series.size, samples, duplicates, tooLate, lost, failedWrites, lastError, memoryBytes },
      damaged: damaged + this.#archive.damaged,
      blocksWritten: blocks,
      blocksDeleted: this.#blocksDeleted + this.#purge.blocks,
      store: this.#options.store.getStats(),
    };
  }

  async #every(intervalMs: number, work: () => Promise<void> | void): Promise<void> {
    const { signal } = this.#stopped;
    for (;;) {
      await this.#settings.clock.sleep(intervalMs, signal);
      if (signal.aborted) return;
      try {
        await work();
      } catch (thrown) {
        this.#settings.logger.error('a round of the history failed', { error: toTidewatchError(thrown).message });
      }
    }
  }

  async #compact(signal: AbortSignal): Promise<void> {
    // What waits in memory for room on the disk comes first.
    if (this.#recorder.lastError === null) await this.#compactor.compact(signal);
  }

  async #deleteOld(signal: AbortSignal): Promise<void> {
    const { clock, retention, maxBytes } = this.#settings;
    this.#blocksDeleted += await keepWithin({ store: this.#options.store, clock, retention, maxBytes }, signal);
  }
}
