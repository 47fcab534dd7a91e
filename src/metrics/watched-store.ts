import type { SeriesStore } from './series-store.ts';

/** Told after blocks of a workspace were written or deleted, or may have been; without one of any workspace. */
export type BlocksListener = (workspaceId?: string) => void;

/** The same store, which tells when what was read of it may be out of date. */
export function watchStore(store: SeriesStore, onBlocks: BlocksListener): SeriesStore {
  return {
    putBlocks(blocks, forgetJournalBefore) {
      try {
        store.putBlocks(blocks, forgetJournalBefore);
      } finally {
        for (const { workspaceId } of blocks) onBlocks(workspaceId);
      }
    },
    deleteBlocks(tier, endedBy, most) {
      const deleted = store.deleteBlocks(tier, endedBy, most);
      if (deleted > 0) onBlocks();
      return deleted;
    },
    purge(workspaceId, most) {
      try {
        return store.purge(workspaceId, most);
      } finally {
        onBlocks(workspaceId);
      }
    },
    getBlocks: (range) => store.getBlocks(range),
    getSpans: (range) => store.getSpans(range),
    getLastBlock: (workspaceId, tier, before) => store.getLastBlock(workspaceId, tier, before),
    getWorkspaceIds: () => store.getWorkspaceIds(),
    appendJournal: (entry) => store.appendJournal(entry),
    getJournal: () => store.getJournal(),
    rewriteJournal: (below, rewrite) => store.rewriteJournal(below, rewrite),
    getStats: () => store.getStats(),
  };
}
