import type { BlockArchive } from './block-archive.ts';
import { joinColumns } from './head/sample-columns.ts';
import type { RollupColumns } from './query/downsample.ts';
import type { RollupRows } from './rollup/rollup.ts';
import type { BlockRange } from './series-store.ts';

/** What points are made of: quantiles and last values are not looked at, and are the larger part. */
const FIGURES = ['count', 'sum', 'min', 'max', 'observedMs'] as const;

/**
 * Windows that are remembered: a year of days of a metric of 500 workspaces. One takes 48 bytes, so all take 9 MB at most; where
 * nobody asks, nothing.
 */
const ROWS_MOST = 200_000;

/** What was read of one workspace. */
interface Remembered {
  readonly ranges: Map<string, RollupColumns>;
  rows: number;
}

/**
 * Rollups out of blocks as points need them, without the fresh ones. What was read last is remembered, as pages ask for the same again
 * and again, until its workspace is {@link forget forgotten}; of the workspaces asked for longest ago it is given up when it is too much.
 */
export class StoredPoints {
  readonly #archive: BlockArchive;
  readonly #mostRows: number;
  /** Those asked for last come last. */
  readonly #workspaces = new Map<string, Remembered>();
  #rows = 0;

  constructor(archive: BlockArchive, mostRows: number = ROWS_MOST) {
    this.#archive = archive;
    this.#mostRows = mostRows;
  }

  /** Windows remembered now. */
  get rows(): number {
    return this.#rows;
  }

  /** For each metric the rollups of the blocks that overlap a range. */
  read(range: BlockRange, metrics: readonly number[]): RollupColumns[] {
    const nameOf = (metric: number) => `${range.tier} ${metric} ${range.from} ${range.to}`;
    const known = this.#workspaces.get(range.workspaceId)?.ranges;
    const missing = metrics.filter((metric) => !known?.has(nameOf(metric)));
    const parts = missing.length === 0 ? [] : this.#archive.rollups(range, missing, FIGURES);
    const read = new Map(missing.map((metric, index) => [metric, joinFigures(parts, index)]));
    const answer = metrics.map((metric) => read.get(metric) ?? (known?.get(nameOf(metric)) as RollupColumns));
    this.#remember(range.workspaceId, new Map([...read].map(([metric, columns]) => [nameOf(metric), columns])));
    return answer;
  }

  /** To be called when blocks of a workspace are written or deleted; without one, of any. */
  forget(workspaceId?: string): void {
    if (workspaceId === undefined) {
      this.#workspaces.clear();
      this.#rows = 0;
      return;
    }
    this.#rows -= this.#workspaces.get(workspaceId)?.rows ?? 0;
    this.#workspaces.delete(workspaceId);
  }

  #remember(workspaceId: string, read: ReadonlyMap<string, RollupColumns>): void {
    const remembered = this.#workspaces.get(workspaceId) ?? { ranges: new Map(), rows: 0 };
    this.#workspaces.delete(workspaceId);
    this.#workspaces.set(workspaceId, remembered);
    for (const [name, columns] of read) {
      remembered.ranges.set(name, columns);
      // A range without a window takes room too.
      remembered.rows += columns.at.length + 1;
      this.#rows += columns.at.length + 1;
    }
    for (const [oldest] of this.#workspaces) {
      if (this.#rows <= this.#mostRows) return;
      this.forget(oldest);
    }
  }
}

/** One behind the other, in memory of their own: they do not hold the blocks. */
function joinFigures(parts: readonly RollupRows[], metric: number): RollupColumns {
  const joined = (figure: (typeof FIGURES)[number]) =>
    joinColumns(parts.flatMap(({ metrics }) => metrics[metric]?.[figure] ?? []));
  return {
    at: joinColumns(parts.map(({ starts }) => starts)),
    column: {
      ...{ sum: joined('sum'), count: joined('count'), min: joined('min'), max: joined('max') },
      observedMs: joined('observedMs'),
    },
  };
}
