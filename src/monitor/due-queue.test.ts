import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Due, DueQueue } from './due-queue.ts';

const step = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), item: fc.nat(20), dueAt: fc.nat(50) }),
  fc.record({ kind: fc.constant('remove' as const), item: fc.nat(20) }),
  fc.record({ kind: fc.constant('take' as const) }),
);

test('whatever is put in, moved and taken out, the first is the one due first', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new DueQueue<Due>();
      const items = Array.from({ length: 21 }, () => ({ dueAt: 0, place: -1 }));
      const inside = new Set<Due>();
      for (const one of steps) {
        const item = one.kind === 'take' ? queue.first() : items[one.item];
        if (item === undefined) continue;
        if (one.kind === 'put') {
          queue.put(item, one.dueAt);
          inside.add(item);
        } else {
          queue.remove(item);
          inside.delete(item);
        }
        expect(queue.size).toBe(inside.size);
        expect(queue.first()?.dueAt).toBe(
          inside.size === 0 ? undefined : Math.min(...[...inside].map(({ dueAt }) => dueAt)),
        );
      }
      queue.clear();
      expect(items.every(({ place }) => place === -1)).toBe(true);
    }),
  );
});
