/** `raw`: what was sampled. The others are rollups (rollup/rollup.ts) over a minute, an hour, a day of the configured time zone. */
export const TIERS = ['raw', 'minute', 'hour', 'day'] as const;
export type Tier = (typeof TIERS)[number];

/** What a workspace used in some time, packed. */
export interface Block {
  readonly workspaceId: string;
  readonly tier: Tier;
  /** Time it is of, epoch ms: from inclusive, to exclusive. Blocks of one workspace and tier do not overlap. */
  readonly from: number;
  readonly to: number;
  /** Samples or rollups in it. */
  readonly count: number;
  readonly data: Uint8Array;
}

/** Where a block is, and how much is in it. */
export type BlockSpan = Pick<Block, 'from' | 'to' | 'count'>;

export interface BlockRange {
  readonly workspaceId: string;
  readonly tier: Tier;
  /** Epoch ms: from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
}

/** Samples of all workspaces that are in no block yet, as they were noted at one checkpoint. */
export interface JournalEntry {
  /** Instants of its first and last sample, epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly data: Uint8Array;
}

export interface SeriesStoreStats {
  /** By tier: blocks, and the bytes packed in them. */
  readonly tiers: Readonly<Record<Tier, { readonly blocks: number; readonly bytes: number }>>;
  readonly journalBytes: number;
  /** What it takes up on the disk, with what is free in it; 0 when it is kept in memory. */
  readonly fileBytes: number;
  /** Blocks and journal entries found damaged since it was opened, each counted once. */
  readonly damaged: number;
}

/**
 * Keeps what workspaces used. Every method that writes is one transaction, and throws `store_unwritable` when nothing of it was
 * kept. What a block holds is not looked at. One that is damaged is left out and counted; `store_damaged` is thrown where it
 * cannot be known any more which ones there are. To keep a hundred blocks in one call takes one or two milliseconds, to delete them
 * eight: who has more does it in several. A write whose place is damaged throws `store_damaged`; others may still go.
 */
export interface SeriesStore {
  /**
   * Keeps blocks, each in the place of those of its workspace and tier that begin within its time; and forgets journal entries that end
   * before an instant.
   */
  putBlocks(blocks: readonly Block[], forgetJournalBefore?: number): void;
  /** Those that overlap the range, the oldest first. */
  getBlocks(range: BlockRange): Block[];
  /** Where those are that overlap the range, the oldest first; what is in them is not read, so that damaged ones are named too. */
  getSpans(range: BlockRange): BlockSpan[];
  /** The newest block of a workspace in a tier that begins before an instant; `null` when there is none. */
  getLastBlock(workspaceId: string, tier: Tier, before?: number): Block | null;
  /** Workspaces that have blocks, in the order of their ids. */
  getWorkspaceIds(): string[];
  appendJournal(entry: JournalEntry): void;
  /** All entries, the oldest first. */
  getJournal(): JournalEntry[];
  /**
   * Lets the newest entry whose number is below one (`Infinity`: the newest of all) be written anew: what `rewrite` gives takes its place,
   * `null` deletes it, the same entry leaves it. Gives its number; `null` when there is none. One that is damaged is left as it is.
   */
  rewriteJournal(below: number, rewrite: (entry: JournalEntry) => JournalEntry | null): number | null;
  /** Deletes the oldest blocks of a tier that end at an instant or before, at most so many; gives how many it deleted. */
  deleteBlocks(tier: Tier, endedBy: number, most: number): number;
  /** Deletes blocks of a workspace, at most so many; gives how many it deleted. */
  purge(workspaceId: string, most: number): number;
  getStats(): SeriesStoreStats;
}
