import {
  type Block,
  type BlockRange,
  type JournalEntry,
  type SeriesStore,
  type SeriesStoreStats,
  TIERS,
  type Tier,
} from './series-store.ts';

/** Blocks of one workspace in one tier, the oldest first. */
type Row = Block[];

/** History that ends with the process. */
export function memorySeriesStore(): SeriesStore {
  const rows = new Map<string, Map<Tier, Row>>();
  let journal: (JournalEntry & { readonly number: number })[] = [];
  let lastNumber = 0;

  const rowOf = (workspaceId: string, tier: Tier): Row => rows.get(workspaceId)?.get(tier) ?? [];

  function put(block: Block): void {
    const tiers = rows.get(block.workspaceId) ?? new Map<Tier, Row>();
    const row = tiers.get(block.tier) ?? [];
    const at = firstFrom(row, block.from);
    const end = Math.max(firstFrom(row, block.to), row[at]?.from === block.from ? at + 1 : at);
    row.splice(at, end - at, copyOf(block));
    rows.set(block.workspaceId, tiers.set(block.tier, row));
  }

  function remove({ workspaceId, tier, from }: Block): void {
    const tiers = rows.get(workspaceId);
    const left = rowOf(workspaceId, tier).filter((block) => block.from !== from);
    if (left.length > 0) tiers?.set(tier, left);
    else tiers?.delete(tier);
    if (tiers?.size === 0) rows.delete(workspaceId);
  }

  function removeAll(blocks: readonly Block[]): number {
    for (const block of blocks) remove(block);
    return blocks.length;
  }

  const overlapping = ({ workspaceId, tier, from, to }: BlockRange): Row =>
    rowOf(workspaceId, tier).filter((block) => from < to && block.from < to && block.to > from);

  return {
    putBlocks(blocks, forgetJournalBefore = Number.NEGATIVE_INFINITY) {
      for (const block of blocks) put(block);
      journal = journal.filter(({ to }) => to >= forgetJournalBefore);
    },
    getBlocks: (range) => overlapping(range).map(copyOf),
    getSpans: (range) => overlapping(range).map(({ from, to, count }) => ({ from, to, count })),
    getLastBlock(workspaceId, tier, before = Number.POSITIVE_INFINITY) {
      const row = rowOf(workspaceId, tier);
      const last = row[firstFrom(row, before) - 1];
      return last === undefined ? null : copyOf(last);
    },
    getWorkspaceIds: () => [...rows.keys()].toSorted(),
    appendJournal(entry) {
      lastNumber += 1;
      journal.push({ ...copyOf(entry), number: lastNumber });
    },
    getJournal: () => journal.map(({ number: _, ...entry }) => copyOf(entry)),
    rewriteJournal(below, rewrite) {
      const place = journal.findLastIndex(({ number }) => number < below);
      const kept = journal[place];
      if (kept === undefined) return null;
      const { number, ...entry } = kept;
      const written = rewrite(entry);
      journal.splice(place, 1, ...(written === null ? [] : [{ ...copyOf(written), number }]));
      return number;
    },
    deleteBlocks(tier, endedBy, most) {
      const old = [...rows.keys()].flatMap((id) => rowOf(id, tier).filter(({ to }) => to <= endedBy));
      return removeAll(old.toSorted((a, b) => a.to - b.to).slice(0, most));
    },
    purge: (workspaceId, most) => removeAll(TIERS.flatMap((tier) => rowOf(workspaceId, tier)).slice(0, most)),
    getStats: () => ({ tiers: tierStats(rows), journalBytes: bytesOf(journal), fileBytes: 0, damaged: 0 }),
  };
}

/** Index of the first block that begins at an instant or later. */
function firstFrom(row: Row, at: number): number {
  let [low, high] = [0, row.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((row[middle]?.from ?? at) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function copyOf<T extends { readonly data: Uint8Array }>(item: T): T {
  return { ...item, data: item.data.slice() };
}

function tierStats(rows: ReadonlyMap<string, ReadonlyMap<Tier, Row>>): SeriesStoreStats['tiers'] {
  const of = (tier: Tier) => {
    const blocks = [...rows.values()].flatMap((tiers) => tiers.get(tier) ?? []);
    return { blocks: blocks.length, bytes: bytesOf(blocks) };
  };
  return { raw: of('raw'), minute: of('minute'), hour: of('hour'), day: of('day') };
}

function bytesOf(items: readonly { readonly data: Uint8Array }[]): number {
  return items.reduce((sum, { data }) => sum + data.length, 0);
}
