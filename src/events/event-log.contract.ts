import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, type TidewatchEvent } from '../model/events.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { draftOf, errorOf } from './drafts.contract.ts';
import type { EventLog } from './event-log.ts';

/** What every event log does. `open` gives an empty one. */
export function describeEventLog(name: string, open: (clock: FakeClock) => EventLog): void {
  describe(`${name} as an event log`, () => {
    const messages = (events: readonly TidewatchEvent[]) => events.map(({ message }) => message);

    it('numbers events from one on, without a hole', () => {
      const log = open(new FakeClock());
      expect(log.bounds()).toEqual({ firstSeq: 0, lastSeq: 0 });
      expect(log.append([draftOf('a'), draftOf('b')]).map(({ seq }) => seq)).toEqual([1, 2]);
      expect(log.append([])).toEqual([]);
      const [third] = log.append([errorOf('c', 'ws')]);
      expect(third).toEqual({ ...errorOf('c', 'ws'), seq: 3, id: `${log.logId}-3` });
      expect(log.bounds()).toEqual({ firstSeq: 1, lastSeq: 3 });
    });

    it('gives back exactly what it was given', () => {
      const log = open(new FakeClock());
      const odd = 'NUL \0, "quotes", back\\slash, line\nbreak, emoji 🌊, lone surrogate \ud800, __proto__';
      const draft = { ...errorOf(odd, odd), data: { ...errorOf('x').data, context: { [odd]: odd, n: 1, t: true } } };
      const [event] = log.append([draft]);
      expect(log.read({ after: 0, limit: 1 }).items).toEqual([event]);
      expect(event).toMatchObject({ ...draft });
      expect(log.read({ after: 0, limit: 1, workspaceId: odd }).items).toEqual([event]);
    });

    it('reads pages whose cursors lead from one to the next', () => {
      const log = open(new FakeClock());
      log.append(Array.from({ length: 10 }, (_, i) => draftOf(`e${i}`)));
      const first = log.read({ after: 0, limit: 4 });
      expect([messages(first.items), first.nextAfter, first.gap]).toEqual([['e0', 'e1', 'e2', 'e3'], 4, null]);
      const rest = log.read({ after: first.nextAfter, limit: 1000 });
      expect([rest.items.length, rest.nextAfter]).toEqual([6, 10]);
      expect(log.read({ after: 10, limit: 5 })).toEqual({ items: [], nextAfter: 10, gap: null });
    });

    it('reads by type and workspace, and its cursor passes what it left out', () => {
      const log = open(new FakeClock());
      log.append([draftOf('a', 'one'), errorOf('b', 'one'), draftOf('c', 'two'), errorOf('d'), draftOf('e', 'one')]);
      const read = (query: object) => log.read({ after: 0, limit: 10, ...query });
      expect(messages(read({ types: ['error'] }).items)).toEqual(['b', 'd']);
      expect(messages(read({ types: ['error', 'container_update', 'error'] }).items)).toEqual([
        'a',
        'b',
        'c',
        'd',
        'e',
      ]);
      expect(messages(read({ workspaceId: 'one' }).items)).toEqual(['a', 'b', 'e']);
      expect(messages(read({ workspaceId: 'one', types: ['container_update'] }).items)).toEqual(['a', 'e']);
      expect(read({ types: [] })).toEqual({ items: [], nextAfter: 5, gap: null });
      expect(read({ types: ['gap'] })).toEqual({ items: [], nextAfter: 5, gap: null });
      expect(log.read({ after: 0, limit: 1, types: ['error'] }).nextAfter).toBe(2);
    });

    it('tells what was deleted between a cursor and the first event kept', () => {
      const log = open(new FakeClock());
      log.append(Array.from({ length: 6 }, (_, i) => draftOf(`e${i}`)));
      expect(pruneAll(log, { olderThan: 0, keepAtMost: 2 })).toBe(4);
      expect(log.bounds()).toEqual({ firstSeq: 5, lastSeq: 6 });
      expect(log.read({ after: 1, limit: 10 })).toMatchObject({ gap: { from: 2, to: 4 }, nextAfter: 6 });
      expect(log.read({ after: 4, limit: 10 }).gap).toBeNull();
    });

    it('tells a cursor that is beyond its end, and where its end is', () => {
      const log = open(new FakeClock());
      log.append([draftOf('a')]);
      expect(log.read({ after: 9, limit: 10 })).toEqual({ items: [], nextAfter: 1, gap: { from: 1, to: 1 } });
      log.append([draftOf('b'), draftOf('c')]);
      expect(pruneAll(log, { olderThan: 0, keepAtMost: 1 })).toBe(2);
      expect(log.read({ after: 9, limit: 10 })).toEqual({ items: [], nextAfter: 3, gap: { from: 1, to: 3 } });
      expect(open(new FakeClock()).read({ after: 9, limit: 10 })).toEqual({ items: [], nextAfter: 0, gap: null });
    });

    it('deletes by age and goes on with the next number', async () => {
      const clock = new FakeClock();
      const log = open(clock);
      log.append([draftOf('old')]);
      await clock.advance(1_000);
      const cutoff = clock.now();
      log.append([draftOf('young')]);
      expect(pruneAll(log, { olderThan: cutoff, keepAtMost: Number.POSITIVE_INFINITY })).toBe(1);
      expect(pruneAll(log, { olderThan: Number.POSITIVE_INFINITY, keepAtMost: 10 })).toBe(1);
      expect(log.bounds()).toEqual({ firstSeq: 3, lastSeq: 2 });
      expect(log.read({ after: 0, limit: 5 })).toEqual({ items: [], nextAfter: 2, gap: { from: 1, to: 2 } });
      expect(log.append([draftOf('next')])[0]?.seq).toBe(3);
      expect(log.bounds()).toEqual({ firstSeq: 3, lastSeq: 3 });
    });

    it('takes a later number from the writer that lost events, and never an earlier one', () => {
      const log = open(new FakeClock());
      log.append([draftOf('a')]);
      expect(log.append([draftOf('b'), draftOf('c')], 10).map(({ seq }) => seq)).toEqual([10, 11]);
      expect(log.append([draftOf('d')], 3)[0]?.seq).toBe(12);
      expect(messages(log.read({ after: 1, limit: 10 }).items)).toEqual(['b', 'c', 'd']);
      expect(log.read({ after: 5, limit: 10 }).items[0]?.seq).toBe(10);
    });

    it('keeps nothing of a batch in which one event cannot be stored, or all of it', () => {
      const log = open(new FakeClock());
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      const bad = { ...draftOf('bad'), data: circular } as never;
      let stored = 0;
      try {
        stored = log.append([draftOf('good'), bad]).length;
      } catch {
        expect(log.read({ after: 0, limit: 10 }).items).toEqual([]);
      }
      expect(log.bounds().lastSeq).toBe(stored);
    });

    it('does what a plain list does', () => {
      const query = fc.record({
        after: fc.integer({ min: 0, max: 120 }),
        limit: fc.integer({ min: 1, max: 30 }),
        types: fc.option(fc.subarray([...EVENT_TYPES]), { nil: undefined }),
        workspaceId: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      });
      const events = fc.array(fc.tuple(fc.boolean(), fc.constantFrom('a', 'b', null)), { maxLength: 20 });
      const step = fc.oneof(
        events.map((batch) => ({ batch })),
        query.map((asked) => ({ asked })),
        fc.integer({ min: 0, max: 30 }).map((keepAtMost) => ({ keepAtMost })),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 25 }), (steps) => compareWithList(open(new FakeClock()), steps)),
        { numRuns: 60 },
      );
    });
  });
}

/** Calls until nothing is left to delete; gives how many were. */
function pruneAll(log: EventLog, limits: Parameters<EventLog['prune']>[0]): number {
  let total = 0;
  for (let pruned = log.prune(limits); pruned > 0; pruned = log.prune(limits)) total += pruned;
  return total;
}

interface Step {
  readonly batch?: readonly (readonly [boolean, string | null])[];
  readonly asked?: { after: number; limit: number; types: EventType[] | undefined; workspaceId: string | undefined };
  readonly keepAtMost?: number;
}
type EventType = (typeof EVENT_TYPES)[number];

function compareWithList(log: EventLog, steps: readonly Step[]): void {
  let kept: TidewatchEvent[] = [];
  let lastSeq = 0;
  for (const { batch, asked, keepAtMost } of steps) {
    if (batch) {
      const events = log.append(batch.map(([isError, id]) => (isError ? errorOf('e', id) : draftOf('d', id))));
      expect(events.map(({ seq }) => seq)).toEqual(batch.map((_, i) => lastSeq + i + 1));
      kept.push(...events);
      lastSeq += batch.length;
    } else if (keepAtMost !== undefined) {
      pruneAll(log, { olderThan: 0, keepAtMost });
      kept = kept.filter(({ seq }) => seq > lastSeq - keepAtMost);
    } else if (asked) {
      const { types, workspaceId, ...rest } = asked;
      const page = log.read({ ...rest, ...(types && { types }), ...(workspaceId && { workspaceId }) });
      const matching = kept.filter(
        (event) =>
          event.seq > asked.after &&
          (types === undefined || types.includes(event.type)) &&
          (workspaceId === undefined || event.workspaceId === workspaceId),
      );
      expect(page.items).toEqual(matching.slice(0, asked.limit));
      const isFull = page.items.length === asked.limit;
      expect(page.nextAfter).toBe(isFull ? page.items.at(-1)?.seq : lastSeq);
    }
  }
}
