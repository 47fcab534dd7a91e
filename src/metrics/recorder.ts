import { TidewatchError, toTidewatchError } from '../model/errors.ts';
import { METRICS } from '../model/metric-catalogue.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { HOUR_MS, hourOf } from './block-span.ts';
import { PendingSamples, readJournal } from './head/journal.ts';
import { SeriesHead } from './head/series-head.ts';
import type { HourSealer } from './hour-sealer.ts';
import { LONGEST_COVER } from './rollup/cover.ts';
import type { Window } from './rollup/windows.ts';
import type { SeriesStore } from './series-store.ts';

export interface RecorderParts {
  readonly store: SeriesStore;
  readonly sealer: HourSealer;
  readonly clock: Clock;
  logger(): Logger;
}

/** What is kept of one workspace in memory, and how far it is in the store. */
export interface Series {
  readonly head: SeriesHead;
  /** All hours before this instant are in the store (epoch ms), but for `late`. */
  sealedTo: number;
  /** Hours that were in the store already when another sample came for them. */
  readonly late: Set<number>;
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
  /** The journal lacks some of what is in memory only. */
  #hasGaps = false;
  #journalFrom = Number.NEGATIVE_INFINITY;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
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

  /** Brings hours that are over into the store, one workspace in a turn of the event loop. */
  async seal(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const endedBy = hourOf(clock.now() - GRACE_MS);
    let isComplete = true;
    for (const [workspaceId, series] of this.#series) {
      if (this.#held.has(workspaceId)) {
        isComplete = false;
        continue;
      }
      const isCut = this.#cut(workspaceId, series);
      const isDue = series.sealedTo < endedBy || series.late.size > 0;
      if (!isCut && !isDue) continue;
      if (isDue && !this.#sealOne(workspaceId, series, endedBy)) isComplete = false;
      await clock.yieldTurn();
      if (signal.aborted) return;
    }
    if (!isComplete || this.#journalFrom >= endedBy) return;
    if ([...this.#series.values()].some(({ late }) => late.size > 0)) return;
    if (this.#write(() => this.#parts.store.putBlocks([], endedBy))) this.#journalFrom = endedBy;
  }

  /**
   * Forgets a workspace in memory, with all that came so far in the journal; what comes from now on is taken as ever, but does not
   * become blocks before {@link release}. Throws `store_unwritable`.
   */
  async hold(workspaceId: string): Promise<void> {
    const isWritten = (await this.checkpoint()) && !this.#hasGaps && this.#writePending(this.#pending);
    if (!isWritten) throw new TidewatchError('store_unwritable', `the history cannot be written: ${this.lastError}`);
    this.#held.add(workspaceId);
    this.#series.delete(workspaceId);
  }

  release(workspaceId: string): void {
    this.#held.delete(workspaceId);
  }

  #sealOne(workspaceId: string, series: Series, endedBy: number): boolean {
    const { head, late } = series;
    const fresh = ({ from, to }: Window) => head.read(from, to);
    for (const hour of [...hoursOf(series, endedBy)]) {
      // Whether there is any: no figure is unpacked for it.
      if (head.read(hour, hour + HOUR_MS, []).count > 0) {
        const blocks = this.#parts.sealer.blocksOf({ workspaceId, hour, fresh, heldFrom: head.heldFrom });
        if (!this.#write(() => this.#parts.store.putBlocks(blocks))) {
          this.#giveUpOldest(series);
          return false;
        }
        this.counts.blocks += blocks.length;
      }
      late.delete(hour);
      series.sealedTo = Math.max(series.sealedTo, hour + HOUR_MS);
    }
    series.sealedTo = Math.max(series.sealedTo, endedBy);
    this.#cut(workspaceId, series);
    return true;
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
    const series: Series = { head, sealedTo, late: new Set() };
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
      const { message } = toTidewatchError(thrown);
      this.counts.failedWrites += 1;
      if (this.lastError === null) {
        this.#parts.logger().error('history cannot be written; it is kept in memory until it can', { error: message });
      }
      this.lastError = message;
      return false;
    }
    if (this.lastError !== null) this.#parts.logger().info('history is written again');
    this.lastError = null;
    return true;
  }
}

function* hoursOf({ head, sealedTo, late }: Series, endedBy: number): Generator<number> {
  yield* late;
  const { from, to } = head.span;
  // Late ones lie before, and are named.
  for (let hour = Math.max(hourOf(from), sealedTo); hour < endedBy && hour <= to; hour += HOUR_MS) yield hour;
}
