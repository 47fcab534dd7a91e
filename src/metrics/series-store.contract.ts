import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, type JournalEntry, type SeriesStore, TIERS } from './series-store.ts';

const HOUR = 3_600_000;

/** A block of one hour, by its number, whose bytes say which it is. */
export function blockOf(hour: number, fields: Partial<Block> = {}): Block {
  const from = hour * HOUR;
  const data = new TextEncoder().encode(`block ${hour}`);
  return { workspaceId: 'shop', tier: 'raw', from, to: from + HOUR, count: 360, data, ...fields };
}

const ALWAYS = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** All blocks of a workspace in a tier. */
export function allBlocks(store: SeriesStore, workspaceId = 'shop', tier: Block['tier'] = 'raw'): Block[] {
  return store.getBlocks({ workspaceId, tier, ...ALWAYS });
}

/** What every store of history does. `open` gives an empty one. */
export function describeSeriesStore(name: string, open: () => SeriesStore): void {
  describe(`${name} as a store of history`, () => {
    const hoursOf = (blocks: readonly Block[]) => blocks.map(({ from }) => from / HOUR);

    it('gives back exactly what it was given, the oldest first', () => {
      const store = open();
      const blocks = [blockOf(3), blockOf(1), blockOf(2, { count: 0, data: new Uint8Array(0) })];
      store.putBlocks(blocks);
      expect(allBlocks(store)).toEqual([blocks[1], blocks[2], blocks[0]]);
    });

    it('does not change when its caller goes on with the bytes', () => {
      const store = open();
      const block = blockOf(1);
      store.putBlocks([block]);
      block.data.fill(0);
      expect(allBlocks(store)).toEqual([blockOf(1)]);
      allBlocks(store)[0]?.data.fill(0);
      expect(allBlocks(store)).toEqual([blockOf(1)]);
    });

    it('keeps a block in the place of the one that began at the same instant', () => {
      const store = open();
      store.putBlocks([blockOf(1), blockOf(2)]);
      const late = blockOf(1, { count: 361, data: new Uint8Array(5_000).fill(7) });
      store.putBlocks([late]);
      store.putBlocks([blockOf(2, { count: 1 }), blockOf(2, { count: 2 })]);
      expect(allBlocks(store)).toEqual([late, blockOf(2, { count: 2 })]);
      const bytes = 5_000 + blockOf(2).data.length;
      expect(store.getStats().tiers.raw).toEqual({ blocks: 2, bytes });
    });

    it('keeps a wide block in the place of all that begin within its time', () => {
      const store = open();
      const others = [blockOf(1), blockOf(5), blockOf(3, { tier: 'minute' }), blockOf(3, { workspaceId: 'other' })];
      store.putBlocks([...others, blockOf(2), blockOf(3), blockOf(4)]);
      const wide = blockOf(2, { to: 5 * HOUR, count: 1_080, data: new Uint8Array(40_000).fill(9) });
      store.putBlocks([wide]);
      expect(allBlocks(store)).toEqual([others[0], wide, others[1]]);
      expect([allBlocks(store, 'shop', 'minute'), allBlocks(store, 'other')]).toEqual([[others[2]], [others[3]]]);
      expect(store.getBlocks({ workspaceId: 'shop', tier: 'raw', from: 3 * HOUR, to: 4 * HOUR })).toEqual([wide]);
      expect(store.getLastBlock('shop', 'raw', 5 * HOUR)).toEqual(wide);
      const bytes = 40_000 + 2 * blockOf(1).data.length + blockOf(3).data.length;
      expect(store.getStats().tiers.raw).toEqual({ blocks: 4, bytes });
    });

    it('tells where blocks are', () => {
      const store = open();
      store.putBlocks([blockOf(3), blockOf(1, { to: 3 * HOUR, count: 7 }), blockOf(2, { tier: 'hour' })]);
      const spansIn = (from: number, to: number) =>
        store.getSpans({ workspaceId: 'shop', tier: 'raw', from: from * HOUR, to: to * HOUR });
      const [wide, last] = [
        { from: HOUR, to: 3 * HOUR, count: 7 },
        { from: 3 * HOUR, to: 4 * HOUR, count: 360 },
      ];
      expect([spansIn(0, 9), spansIn(2, 3), spansIn(3, 9)]).toEqual([[wide, last], [wide], [last]]);
      expect([spansIn(0, 1), spansIn(4, 9), spansIn(9, 0)]).toEqual([[], [], []]);
      expect(store.getSpans({ workspaceId: 'nobody', tier: 'raw', ...ALWAYS })).toEqual([]);
    });

    it('gives the blocks that overlap a range, whose end is not part of it', () => {
      const store = open();
      store.putBlocks([1, 2, 4, 5].map((hour) => blockOf(hour)));
      const range = (from: number, to: number) =>
        hoursOf(store.getBlocks({ workspaceId: 'shop', tier: 'raw', from: from * HOUR, to: to * HOUR }));
      expect(range(2, 4)).toEqual([2]);
      expect(range(1.5, 4.5)).toEqual([1, 2, 4]);
      expect(range(3, 4)).toEqual([]);
      expect(range(0, 1)).toEqual([]);
      expect(range(6, 9)).toEqual([]);
      expect(range(4.5, 4.6)).toEqual([4]);
      expect(range(4.5, 4.5)).toEqual([]);
      expect(range(5, 2)).toEqual([]);
      expect(range(0, 9)).toEqual([1, 2, 4, 5]);
    });

    it('keeps workspaces and tiers apart', () => {
      const store = open();
      const blocks = ['a', 'b'].flatMap((workspaceId) => TIERS.map((tier) => blockOf(1, { workspaceId, tier })));
      store.putBlocks(blocks);
      for (const block of blocks) expect(allBlocks(store, block.workspaceId, block.tier)).toEqual([block]);
      expect(allBlocks(store, 'c')).toEqual([]);
    });

    it('finds the newest block, and the newest before an instant', () => {
      const store = open();
      expect(store.getLastBlock('shop', 'raw')).toBeNull();
      store.putBlocks([blockOf(1), blockOf(2), blockOf(5), blockOf(9, { tier: 'hour' })]);
      expect(store.getLastBlock('shop', 'raw')).toEqual(blockOf(5));
      expect(store.getLastBlock('shop', 'raw', 5 * HOUR)).toEqual(blockOf(2));
      expect(store.getLastBlock('shop', 'raw', 5 * HOUR + 1)).toEqual(blockOf(5));
      expect(store.getLastBlock('shop', 'raw', HOUR)).toBeNull();
      expect(store.getLastBlock('shop', 'day')).toBeNull();
    });

    it('takes workspace ids of any script and names them in order', () => {
      const store = open();
      const ids = [
        'z',
        'Z',
        '',
        'ñ',
        '매장',
        '🌊',
        '\0',
        'a\0b',
        '"quoted"',
        "'; --",
        '\ud800',
        '__proto__',
        '％',
        '\uff41',
      ];
      store.putBlocks(ids.map((workspaceId, hour) => blockOf(hour, { workspaceId })));
      expect(store.getWorkspaceIds()).toEqual(ids.toSorted());
      for (const [hour, workspaceId] of ids.entries()) {
        expect(allBlocks(store, workspaceId), workspaceId).toEqual([blockOf(hour, { workspaceId })]);
      }
    });

    it('gives the journal in the order in which it was written', () => {
      const store = open();
      const entries = [30, 10, 20].map((at) => ({ from: at, to: at + 5, data: new Uint8Array(at).fill(at) }));
      for (const entry of entries) store.appendJournal(entry);
      expect(store.getJournal()).toEqual(entries);
      expect(store.getStats().journalBytes).toBe(60);
    });

    it('forgets journal entries that ended before an instant, together with keeping blocks', () => {
      const store = open();
      for (const at of [10, 20, 30]) store.appendJournal({ from: at, to: at + 5, data: new Uint8Array(at) });
      store.putBlocks([blockOf(1)]);
      expect(store.getJournal()).toHaveLength(3);
      store.putBlocks([blockOf(2)], 25);
      expect(store.getJournal().map(({ from }) => from)).toEqual([20, 30]);
      store.putBlocks([], Number.POSITIVE_INFINITY);
      expect([store.getJournal(), store.getStats().journalBytes]).toEqual([[], 0]);
      expect(hoursOf(allBlocks(store))).toEqual([1, 2]);
    });

    it('writes journal entries anew, from the newest to the oldest; those that come meanwhile are not among them', () => {
      const store = open();
      const entryAt = (at: number) => ({ from: at, to: at + 5, data: new Uint8Array(at).fill(at) });
      for (const at of [30, 10, 20, 40]) store.appendJournal(entryAt(at));
      const seen: number[] = [];
      const rewrite = (entry: JournalEntry) => {
        seen.push(entry.from);
        if (entry.from === 20) return null;
        return entry.from === 10 ? entryAt(11) : entry;
      };
      let number = store.rewriteJournal(Number.POSITIVE_INFINITY, rewrite);
      store.appendJournal(entryAt(50));
      while (number !== null) number = store.rewriteJournal(number, rewrite);
      expect(seen).toEqual([40, 20, 10, 30]);
      expect(store.getJournal()).toEqual([30, 11, 40, 50].map(entryAt));
      expect(store.getStats().journalBytes).toBe(131);
      store.putBlocks([], 17);
      expect(store.getJournal().map(({ from }) => from)).toEqual([30, 40, 50]);
    });

    it('deletes the oldest blocks of a tier, not more than it is told', () => {
      const store = open();
      store.putBlocks([5, 1, 3, 2, 4].map((hour) => blockOf(hour, { workspaceId: `w${hour % 2}` })));
      store.putBlocks([blockOf(1, { tier: 'day' })]);
      expect(store.deleteBlocks('raw', 5 * HOUR, 2)).toBe(2);
      expect([hoursOf(allBlocks(store, 'w0')), hoursOf(allBlocks(store, 'w1'))]).toEqual([[4], [3, 5]]);
      expect(store.deleteBlocks('raw', 5 * HOUR, 9)).toBe(2);
      expect(store.deleteBlocks('raw', 5 * HOUR, 9)).toBe(0);
      expect(store.getWorkspaceIds()).toEqual(['shop', 'w1']);
      expect(store.getStats().tiers).toMatchObject({ raw: { blocks: 1 }, day: { blocks: 1 }, minute: { blocks: 0 } });
    });

    it('deletes what a workspace has, and only that', () => {
      const store = open();
      store.putBlocks(TIERS.flatMap((tier) => [blockOf(1, { tier }), blockOf(1, { tier, workspaceId: 'other' })]));
      expect(store.purge('shop', 3)).toBe(3);
      expect(store.getWorkspaceIds()).toEqual(['other', 'shop']);
      expect(store.purge('shop', 100)).toBe(1);
      expect(store.purge('shop', 100)).toBe(0);
      expect(store.purge('nobody', 100)).toBe(0);
      expect(store.getWorkspaceIds()).toEqual(['other']);
      for (const tier of TIERS) expect(allBlocks(store, 'other', tier)).toHaveLength(1);
      store.putBlocks([blockOf(2)]);
      expect(hoursOf(allBlocks(store))).toEqual([2]);
    });

    it('counts nothing where nothing is', () => {
      const none = { blocks: 0, bytes: 0 };
      const store = open();
      store.putBlocks([]);
      const { tiers, journalBytes, damaged } = store.getStats();
      expect(tiers).toEqual({ raw: none, minute: none, hour: none, day: none });
      expect([journalBytes, damaged, store.getWorkspaceIds(), store.getJournal()]).toEqual([0, 0, [], []]);
    });

    it('agrees with a plain list, whatever is done', () => {
      const hour = fc.integer({ min: -5, max: 12 });
      const step = fc.oneof(
        { weight: 4, arbitrary: fc.record({ put: fc.array(hour, { maxLength: 4 }), who: fc.constantFrom('a', 'b') }) },
        fc.record({ deleteUpTo: hour, most: fc.nat(5) }),
        fc.record({ purge: fc.constantFrom('a', 'b'), most: fc.nat(3) }),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 12 }), hour, hour, (steps, from, to) => {
          const store = open();
          let model: Block[] = [];
          for (const [index, action] of steps.entries()) {
            if ('put' in action) {
              const blocks = action.put.map((at, n) =>
                blockOf(at, { workspaceId: action.who, count: 100 * index + n }),
              );
              store.putBlocks(blocks);
              for (const block of blocks) {
                model = model.filter(
                  (other) => !(other.workspaceId === block.workspaceId && other.from === block.from),
                );
                model.push(block);
              }
            } else {
              const isOld = ({ to: end, workspaceId }: Block) =>
                'purge' in action ? workspaceId === action.purge : end <= action.deleteUpTo * HOUR;
              const count = Math.min(action.most, model.filter(isOld).length);
              const deleted =
                'purge' in action
                  ? store.purge(action.purge, action.most)
                  : store.deleteBlocks('raw', action.deleteUpTo * HOUR, action.most);
              expect(deleted).toBe(count);
              const left = ['a', 'b'].flatMap((id) => allBlocks(store, id));
              const gone = model.filter((block) => !left.some((other) => same(other, block)));
              expect(gone.every(isOld) && gone.length === count).toBe(true);
              model = left;
            }
          }
          for (const workspaceId of ['a', 'b']) {
            const range = { workspaceId, tier: 'raw', from: from * HOUR, to: to * HOUR } as const;
            const expected = model
              .filter((block) => block.workspaceId === workspaceId && block.from < range.to && block.to > range.from)
              .filter(() => range.from < range.to)
              .toSorted((a, b) => a.from - b.from);
            expect(store.getBlocks(range)).toEqual(expected);
          }
          expect(store.getStats().tiers.raw).toEqual({
            blocks: model.length,
            bytes: model.reduce((sum, { data }) => sum + data.length, 0),
          });
        }),
        { numRuns: 60 },
      );
    });
  });
}

function same(a: Block, b: Block): boolean {
  return a.workspaceId === b.workspaceId && a.tier === b.tier && a.from === b.from;
}
