import { toTidewatchError } from '../model/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { blockSpanOf } from './block-span.ts';
import { openSamples, type SampleColumns } from './head/sample-columns.ts';
import type { RollupColumn, RollupFigure, RollupRows } from './rollup/rollup.ts';
import { openRollups, type RollupBlock } from './rollup/rollup-block.ts';
import type { Window } from './rollup/windows.ts';
import type { Block, BlockRange, SeriesStore, Tier } from './series-store.ts';

export interface BlockArchiveParts {
  readonly store: SeriesStore;
  logger(): Logger;
}

const ALL_FIGURES: readonly RollupFigure[] = ['count', 'sum', 'min', 'max', 'last', 'observedMs', 'sketches'];

/** Damaged blocks are told once each; so many are remembered. */
const TOLD_MOST = 10_000;

/** The hours of two days: with all figures of twelve metrics some 300 KB. */
const REMEMBERED_MOST_ROWS = 48;

/** Opens what the store has. A block that is damaged is told and counted, and read as if it were not there. */
export class BlockArchive {
  readonly #parts: BlockArchiveParts;
  readonly #damaged = new Set<string>();
  readonly #last = new Map<Tier, { readonly data: Uint8Array; readonly block: RollupBlock }>();

  constructor(parts: BlockArchiveParts) {
    this.#parts = parts;
  }

  /** Blocks that could not be opened so far. */
  get damaged(): number {
    return this.#damaged.size;
  }

  /** Samples of each block that overlaps the range, the oldest block first. */
  samples(range: Omit<BlockRange, 'tier'>, metrics: readonly number[]): SampleColumns[] {
    return this.#open({ ...range, tier: 'raw' }, (data) => openSamples(data, metrics));
  }

  /**
   * Rollups of each block that overlaps the range, the oldest block first. The figures named are read at once, so that a block in
   * which they are damaged is left out; others when they are asked for, which may throw `chunk_damaged`.
   */
  rollups(range: BlockRange, metrics: readonly number[], figures: readonly RollupFigure[] = ALL_FIGURES): RollupRows[] {
    return this.#open(range, (data) => {
      const block = this.#openedRollups(range.tier, data);
      const columns = metrics.map((metric) => block.metric(metric));
      for (const column of columns) for (const figure of figures) readFigure(column, figure);
      return { starts: block.starts, metrics: columns };
    });
  }

  /** The range cut where blocks end, in order: who reads part by part opens one block at a time. */
  cut(range: BlockRange): Window[] {
    const ends = this.#parts.store.getSpans(range).map(({ to }) => to);
    const edges = [range.from, ...ends.filter((end) => end < range.to), range.to];
    return edges.slice(1).map((to, index) => ({ from: edges[index] as number, to }));
  }

  /** The block that holds an instant, or the one it is to be put into when there is none. */
  spanAt(workspaceId: string, tier: Tier, at: number): Window {
    const [span] = this.#parts.store.getSpans({ workspaceId, tier, from: at, to: at + 1 });
    return span === undefined ? blockSpanOf(tier, at) : { from: span.from, to: span.to };
  }

  /** The last one is not unpacked again while its bytes are the same: an hour that is over needs its day's hours twice. */
  #openedRollups(tier: Tier, data: Uint8Array): RollupBlock {
    const last = this.#last.get(tier);
    if (last !== undefined && Buffer.compare(last.data, data) === 0) return last.block;
    const block = openRollups(data);
    if (block.starts.length <= REMEMBERED_MOST_ROWS) this.#last.set(tier, { data, block });
    return block;
  }

  #open<T>(range: BlockRange, open: (data: Uint8Array) => T): T[] {
    return this.#parts.store.getBlocks(range).flatMap((block) => {
      try {
        return [open(block.data)];
      } catch (thrown) {
        this.#tell(block, toTidewatchError(thrown).message);
        return [];
      }
    });
  }

  #tell({ workspaceId, tier, from }: Block, error: string): void {
    const name = `${tier} ${from} ${workspaceId}`;
    if (this.#damaged.has(name) || this.#damaged.size >= TOLD_MOST) return;
    this.#damaged.add(name);
    this.#parts
      .logger()
      .error('a piece of the history cannot be read and is left out', { workspaceId, tier, from, error });
  }
}

function readFigure(column: RollupColumn, figure: RollupFigure): void {
  if (figure === 'sketches') column.sketches();
  else void column[figure];
}
