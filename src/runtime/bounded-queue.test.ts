import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './bounded-queue.ts';

describe('BoundedQueue', () => {
  it('gives items in the order they came', () => {
    const queue = new BoundedQueue<number>(3);
    for (const item of [1, 2, 3]) expect(queue.push(item)).toBeUndefined();
    expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([1, 2, 3, undefined]);
  });

  it('lets the oldest make room and counts it', () => {
    const queue = new BoundedQueue<number>(2);
    expect([1, 2, 3, 4].map((item) => queue.push(item))).toEqual([undefined, undefined, 1, 2]);
    expect(queue.dropped).toBe(2);
    expect(queue.slice(10)).toEqual([3, 4]);
  });

  it('holds at least one item, whatever capacity it is given', () => {
    for (const capacity of [0, -5, Number.NaN, 0.5]) expect(new BoundedQueue(capacity).capacity).toBe(1);
  });

  it('behaves like a list from which the oldest are cut', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('push' as const), count: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ do: fc.constantFrom('shift' as const, 'discard' as const), count: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ do: fc.constant('clear' as const), count: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
        const queue = new BoundedQueue<number>(capacity);
        let model: number[] = [];
        let next = 0;
        let dropped = 0;
        for (const { do: action, count } of steps) {
          for (let i = 0; action === 'push' && i < count; i += 1) {
            model.push(next);
            if (model.length > capacity) {
              expect(queue.push(next)).toBe(model.shift());
              dropped += 1;
            } else expect(queue.push(next)).toBeUndefined();
            next += 1;
          }
          for (let i = 0; action === 'shift' && i < count; i += 1) expect(queue.shift()).toBe(model.shift());
          if (action === 'discard') {
            queue.discard(count);
            model = model.slice(count);
          }
          if (action === 'clear') {
            queue.clear();
            model = [];
          }
          expect(queue.slice(capacity)).toEqual(model);
          expect([queue.size, queue.dropped]).toEqual([model.length, dropped]);
          expect([queue.at(0), queue.at(model.length - 1), queue.at(model.length), queue.at(-1)]).toEqual([
            model[0],
            model.at(-1),
            undefined,
            undefined,
          ]);
          expect(queue.slice(2, 1)).toEqual(model.slice(1, 3));
        }
      }),
    );
  });
});
