import { TidewatchError, toTidewatchError } from '../model/errors.ts';
import { METRICS } from '../model/metric-catalogue.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { HOUR_MS, hourOf } from './block-span.ts';
import { PendingSamples, readJournal } from './head/journal.ts';
import { SeriesHead } from './head/series-head.ts';
import type { HourSealer } from './hour-sealer.ts';
import { hoursOf, isDue, type Series } from './recorded-series.ts';
import { LONGEST_COVER } from './rollup/cover.ts';
import type { Window } from './rollup/windows.ts';
import { SealBatch, type SealedHour } from './seal-batch.ts';
import type { SeriesStore } from './series-store.ts';

export interface RecorderParts {
  readonly store: SeriesStore;
  readonly sealer: HourSealer;
  readonly clock: Clock;
  logger(): Logger;
}

/** An hour of a workspace, and how far it is in the store once that is written. */
interface Sealing extends SealedHour {
  readonly series: Series;
  readonly sealedTo: number;
}

/** An hour is not over before all has come that tells how much of its end was observed. */
const GRACE_MS = LONGEST_COVER.mostMs;

/** Samples that come later than this are refused: a clock that was set back by an hour still finds its place. */
const LATE_MOST_MS = 2 * HOUR_MS;

/** The last hour stays readable from memory. */
const KEPT_MS = HOUR_MS;

/** So much waits in memory while the store cannot be written; then the oldest is given up. */
const WAITING_MOST_MS = 24 * HOUR_MS;

/** Keeps samples: in memory at once, in the journal with the next checkpoint, as blocks and rollups when their hour is over. */
export class Recorder {
  readonly counts = { samples: 0, duplicates: 0, tooLate: 0, lost: 0, damaged: 0, blocks: 0, failedWrites: 0 };
  /** Why the store was not written last; `null` when it was. */
  lastError: string | null = null;
  readonly #parts: RecorderParts;
  readonly #series = new Map<string, Series>();
  readonly #pending: PendingSamples;
  /** Those whose history is being deleted. */
  readonly #held = new Set<string>();
  readonly #batch: SealBatch<Sealing>;
  /** Those whose blocks the store refused while it took others. */
  readonly #refused = new Set<string>();
  /** The journal lacks some of what is in memory only. */
  #hasGaps = false;
  #journalFrom = Number.NEGATIVE_INFINITY;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#batch = new SealBatch(parts.store);
    this.#pending = new PendingSamples(METRICS.length);
  }

  get series(): ReadonlyMap<string, Series> {
    return this.#series;
  }

  /** Takes a sample; `values` may be used again. */
  take(workspaceId: string, at: number, values: Float64Array): void {
    if (at < this.#parts.clock.now() - LATE_MOST_MS) this.counts.tooLate += 1;
    else if (this.#append(workspaceId, at, values)) this.#note(workspaceId, at, values);
  }

  /** Takes back what was noted before Tidewatch ended, however it ended; one entry in a turn of the event loop. */
  async restore(): Promise<void> {
    for (const entry of this.#parts.store.getJournal()) {
      try {
        readJournal(entry, METRICS.length, (id, at, values) => void this.#append(id, at, values));
      } catch (thrown) {
        this.counts.damaged += 1;
        const { message } = toTidewatchError(thrown);
        const fields = { from: entry.from, to: entry.to, error: message };
        this.#parts.logger().error('some seconds of the history are lost', fields);
      }
      await this.#parts.clock.yieldTurn();
    }
  }

  /** Writes what came since the last checkpoint. Gives whether all of it is on disk. */
  async checkpoint(): Promise<boolean> {
    return this.#hasGaps ? await this.#writeWholeJournal() : this.#writePending(this.#pending);
  }

  /** Brings hours that are over into the store, one of one workspace in a turn of the event loop, several in one transaction. */
  async seal(signal: AbortSignal): Promise<void> {
    const endedBy = hourOf(this.#parts.clock.now() - GRACE_MS);
    // Of a workspace that has several, each is made from what the one before is in the store.
    for (let blocks = -1; blocks !== this.counts.blocks; ) {
      blocks = this.counts.blocks;
      await this.#sealNext(endedBy, signal);
      this.#writeBatch();
      if (signal.aborted) return;
    }
    const isComplete = [...this.#series.values()].every((series) => !isDue(series, endedBy));
    const journalFrom = isComplete ? endedBy : endedBy - WAITING_MOST_MS;
    if (this.#journalFrom >= journalFrom) return;
    if (this.#write(() => this.#parts.store.putBlocks([], journalFrom))) this.#journalFrom = journalFrom;
  }

  /**
   * Forgets a workspace in memory, with all that came so far in the journal; what comes from now on is taken as ever, but does not
   * become blocks before {@link release}. Throws `store_unwritable`.
   */
  async hold(workspaceId: string): Promise<void> {
    const isWritten = (await this.checkpoint()) && !this.#hasGaps && this.#writePending(this.#pending);
    if (!isWritten) throw new TidewatchError('store_unwritable', `the history cannot be written: ${this.lastError}`);
    this.#writeBatch();
    this.#held.add(workspaceId);
    this.#series.delete(workspaceId);
  }

  release(workspaceId: string): void {
    this.#held.delete(workspaceId);
  }

  /** Makes the blocks of the next hour of each workspace. */
  async #sealNext(endedBy: number, signal: AbortSignal): Promise<void> {
    for (const [workspaceId, series] of this.#series) {
      if (this.#held.has(workspaceId)) continue;
      const isCut = this.#cut(workspaceId, series);
      const hasBlocks = isDue(series, endedBy) && this.#makeBlocks(workspaceId, series, endedBy);
      if (this.#batch.isFull) {
        this.#writeBatch();
        if (this.lastError !== null) {
          // Blocks of the others would be made in vain.
          for (const each of this.#series.values()) this.#giveUpOldest(each);
          return;
        }
      }
      if (!isCut && !hasBlocks) continue;
      await this.#parts.clock.yieldTurn();
      if (signal.aborted) return;
    }
  }

  #makeBlocks(workspaceId: string, series: Series, endedBy: number): boolean {
    const { head, late } = series;
    // Whether there is any: no figure is unpacked for it.
    const hours = [...new Set(hoursOf(series, endedBy))];
    const index = hours.findIndex((hour) => head.read(hour, hour + HOUR_MS, []).count > 0);
    for (const empty of index < 0 ? hours : hours.slice(0, index)) late.delete(empty);
    const hour = hours[index];
    if (hour === undefined) {
      series.sealedTo = Math.max(series.sealedTo, endedBy);
      return this.#cut(workspaceId, series);
    }
    const fresh = ({ from, to }: Window) => head.read(from, to);
    const blocks = this.#parts.sealer.blocksOf({ workspaceId, hour, fresh, heldFrom: head.heldFrom });
    series.sealingTo = index === hours.length - 1 ? endedBy : hour + HOUR_MS;
    this.#batch.add({ workspaceId, series, hour, blocks, sealedTo: series.sealingTo });
    return true;
  }

  #writeBatch(): void {
    const { written, refused, error } = this.#batch.write();
    for (const { workspaceId, series, hour, blocks, sealedTo } of written) {
      series.late.delete(hour);
      series.sealedTo = Math.max(series.sealedTo, sealedTo);
      series.sealingTo = Number.NEGATIVE_INFINITY;
      this.counts.blocks += blocks.length;
      this.#refused.delete(workspaceId);
      this.#cut(workspaceId, series);
    }
    for (const { series } of refused) {
      series.sealingTo = Number.NEGATIVE_INFINITY;
      this.#giveUpOldest(series);
    }
    if (error === null) {
      if (written.length > 0) this.#noteSuccess();
    } else if (written.length === 0 && refused.some(({ workspaceId }) => !this.#refused.has(workspaceId))) {
      this.#noteFailure(error);
    } else for (const { workspaceId } of refused) this.#noteRefusal(workspaceId, error);
  }

  /** Lets go of what is in the store and older than the last hour. What is next to an hour that is not over is needed with it. */
  #cut(workspaceId: string, { head, sealedTo, late }: Series): boolean {
    const needed = Math.min(sealedTo, ...late) - LONGEST_COVER.mostMs;
    if (!head.forget(Math.min(needed, this.#parts.clock.now() - KEPT_MS))) return false;
    if (head.count === 0) this.#series.delete(workspaceId);
    return true;
  }

  #giveUpOldest({ head, sealedTo }: Series): void {
    const waiting = () => head.read(sealedTo, Number.POSITIVE_INFINITY, []).count;
    const before = waiting();
    if (head.forget(this.#parts.clock.now() - WAITING_MOST_MS)) this.counts.lost += before - waiting();
  }

  #append(workspaceId: string, at: number, values: Float64Array): boolean {
    // Blocks that were made without this sample are written before it is there.
    if (at < (this.#series.get(workspaceId)?.sealingTo ?? Number.NEGATIVE_INFINITY)) this.#writeBatch();
    const series = this.#series.get(workspaceId) ?? this.#begin(workspaceId);
    if (!series.head.append(at, values)) {
      this.counts.duplicates += 1;
      return false;
    }
    this.counts.samples += 1;
    if (at < series.sealedTo) series.late.add(hourOf(at));
    return true;
  }

  #begin(workspaceId: string): Series {
    // Blocks that are being deleted are none.
    const last = this.#held.has(workspaceId) ? null : this.#parts.store.getLastBlock(workspaceId, 'raw');
    const sealedTo = last?.to ?? Number.NEGATIVE_INFINITY;
    const head = new SeriesHead(METRICS.length, sealedTo, this.#series.size);
    const series: Series = { head, sealedTo, sealingTo: Number.NEGATIVE_INFINITY, late: new Set() };
    this.#series.set(workspaceId, series);
    return series;
  }

  #note(workspaceId: string, at: number, values: Float64Array): void {
    if (this.#hasGaps) return;
    this.#pending.add(workspaceId, at, values);
    if (!this.#pending.isFull || this.#writePending(this.#pending)) return;
    // They are in memory; the journal is written anew from there when it can be.
    this.#pending.clear();
    this.#hasGaps = true;
  }

  #writePending(pending: PendingSamples): boolean {
    if (pending.count === 0) return true;
    const entry = pending.pack();
    if (!this.#write(() => this.#parts.store.appendJournal(entry))) return false;
    pending.clear();
    return true;
  }

  async #writeWholeJournal(): Promise<boolean> {
    // What comes meanwhile is noted as ever.
    this.#hasGaps = false;
    for (const [workspaceId, series] of [...this.#series]) {
      if (this.#series.get(workspaceId) !== series) continue;
      if (!this.#writeUnsealed(workspaceId, series)) {
        this.#pending.clear();
        this.#hasGaps = true;
        return false;
      }
      await this.#parts.clock.yieldTurn();
    }
    return true;
  }

  #writeUnsealed(workspaceId: string, { head, sealedTo, late }: Series): boolean {
    const pending = new PendingSamples(METRICS.length);
    const row = new Float64Array(METRICS.length);
    const { count, at, values } = head.read(Math.min(sealedTo, ...late), Number.POSITIVE_INFINITY);
    for (let index = 0; index < count; index += 1) {
      for (let metric = 0; metric < row.length; metric += 1) row[metric] = values[metric]?.[index] ?? Number.NaN;
      pending.add(workspaceId, at[index] as number, row);
      if (pending.isFull && !this.#writePending(pending)) return false;
    }
    return this.#writePending(pending);
  }

  #write(work: () => void): boolean {
    try {
      work();
    } catch (thrown) {
      this.#noteFailure(toTidewatchError(thrown).message);
      return false;
    }
    this.#noteSuccess();
    return true;
  }

  #noteFailure(error: string): void {
    this.counts.failedWrites += 1;
    if (this.lastError === null) {
      this.#parts.logger().error('history cannot be written; it is kept in memory until it can', { error });
    }
    this.lastError = error;
  }

  #noteRefusal(workspaceId: string, error: string): void {
    this.counts.failedWrites += 1;
    if (this.#refused.has(workspaceId)) return;
    this.#refused.add(workspaceId);
    const message = 'the history of a workspace cannot be written; it is kept in memory for a day';
    this.#parts.logger().error(message, { workspaceId, error });
  }

  #noteSuccess(): void {
    if (this.lastError !== null) this.#parts.logger().info('history is written again');
    this.lastError = null;
  }
}
