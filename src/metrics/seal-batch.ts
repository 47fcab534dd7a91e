import { type TidewatchError, toTidewatchError } from '../model/errors.ts';
import type { Block, SeriesStore } from './series-store.ts';

/** What one page of an index costs is shared by so many, and nobody waits long for the transaction. */
const MOST_HOURS = 16;
const MOST_BYTES = 200_000;

/** Blocks of an hour of a workspace that are not written yet. */
export interface SealedHour {
  readonly workspaceId: string;
  /** Where the hour begins, epoch ms. */
  readonly hour: number;
  readonly blocks: readonly Block[];
}

export interface BatchResult<T extends SealedHour> {
  readonly written: readonly T[];
  /** To be made anew: the store refused them, or has others in their place by now. */
  readonly refused: readonly T[];
  /** Why the store refused some; `null` when it refused none. */
  readonly error: string | null;
}

/** Hours of several workspaces, of each at most one, that are written together. */
export class SealBatch<T extends SealedHour> {
  readonly #store: SeriesStore;
  #hours: T[] = [];
  #bytes = 0;

  constructor(store: SeriesStore) {
    this.#store = store;
  }

  get isFull(): boolean {
    return this.#hours.length >= MOST_HOURS || this.#bytes >= MOST_BYTES;
  }

  add(hour: T): void {
    this.#hours.push(hour);
    this.#bytes += hour.blocks.reduce((sum, { data }) => sum + data.length, 0);
  }

  /** In one transaction; where a page is damaged, each hour in its own: it stops those on it, and no others. Empties the batch. */
  write(): BatchResult<T> {
    const hours = this.#hours;
    this.#hours = [];
    this.#bytes = 0;
    const fitting = hours.filter((hour) => this.#fits(hour));
    const outdated = hours.filter((hour) => !fitting.includes(hour));
    const error = this.#put(fitting);
    if (error === null) return { written: fitting, refused: outdated, error };
    const isDamage = error.code === 'store_damaged' && fitting.length > 1;
    const written = isDamage ? fitting.filter((hour) => this.#put([hour]) === null) : [];
    return { written, refused: hours.filter((hour) => !written.includes(hour)), error: error.message };
  }

  /** Blocks must not overlap, and the store may have put some together since. */
  #fits({ blocks }: T): boolean {
    return blocks.every((block) =>
      this.#store.getSpans(block).every(({ from, to }) => from >= block.from && to <= block.to),
    );
  }

  #put(hours: readonly T[]): TidewatchError | null {
    try {
      if (hours.length > 0) this.#store.putBlocks(hours.flatMap(({ blocks }) => blocks));
      return null;
    } catch (thrown) {
      return toTidewatchError(thrown);
    }
  }
}
