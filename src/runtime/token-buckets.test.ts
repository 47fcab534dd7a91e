import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBuckets } from './token-buckets.ts';

/** A monotonic clock that may be set to anything, also back. */
class LooseClock {
  at = 0;
  monotonic(): number {
    return this.at;
  }
}

const limits = fc.record({
  capacity: fc.integer({ min: 1, max: 50 }),
  perSecond: fc.integer({ min: 1, max: 1_000 }),
});

function bucketsOf({ capacity, perSecond }: { capacity: number; perSecond: number }, most = 100) {
  const clock = new LooseClock();
  return { clock, buckets: new TokenBuckets(clock, { capacity, refillMs: 1_000 / perSecond, most }) };
}

test('in no span of time more is let through than the rate gives in it and one burst', () => {
  const waits = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(limits, waits, fc.double({ min: 0, max: 1e12, noNaN: true }), (limit, pauses, start) => {
      const { clock, buckets } = bucketsOf(limit);
      clock.at = start;
      const taken: number[] = [];
      for (const pause of pauses) {
        clock.at += pause;
        if (buckets.take('key') >= 0) taken.push(clock.at);
      }
      for (const [first, from] of taken.entries()) {
        for (const [last, to] of taken.entries()) {
          if (last < first) continue;
          const allowed = ((to - from) / 1_000) * limit.perSecond + limit.capacity;
          // Instants near 1e12 ms are exact to a ten-thousandth.
          expect(last - first + 1).toBeLessThanOrEqual(allowed + 0.5);
        }
      }
    }),
  );
});

test('who waits as long as it is told gets a token, and not before', () => {
  fc.assert(
    fc.property(limits, fc.integer({ min: 1, max: 100 }), (limit, times) => {
      const { clock, buckets } = bucketsOf(limit);
      for (let time = 0; time < times; time += 1) {
        if (buckets.take('key') >= 0) continue;
        const waitMs = buckets.waitOf('key');
        expect(waitMs).toBeGreaterThan(0);
        clock.at += waitMs / 2;
        expect(buckets.take('key')).toBe(-1);
        clock.at += waitMs / 2;
        expect(buckets.waitOf('key')).toBe(0);
        expect(buckets.take('key')).toBe(0);
      }
    }),
  );
});

test('what is left is told, and what was taken comes back', () => {
  const { clock, buckets } = bucketsOf({ capacity: 3, perSecond: 10 });
  expect([buckets.take('a'), buckets.take('a'), buckets.take('a'), buckets.take('a')]).toEqual([2, 1, 0, -1]);
  expect(buckets.take('b')).toBe(2);
  expect([buckets.waitOf('a'), buckets.fullIn('a'), buckets.waitOf('b')]).toEqual([100, 300, 0]);
  clock.at += 250;
  expect(buckets.fullIn('a')).toBe(50);
  expect([buckets.take('a'), buckets.take('a'), buckets.take('a')]).toEqual([1, 0, -1]);
  clock.at += 1e9;
  expect(buckets.take('a')).toBe(2);
});

test('a clock that steps back holds nobody up for longer than one filling', () => {
  const steps = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { maxLength: 30 });
  fc.assert(
    fc.property(limits, steps, (limit, moves) => {
      const { clock, buckets } = bucketsOf(limit);
      const stepMs = 1_000 / limit.perSecond;
      for (const move of moves) {
        clock.at += move;
        buckets.take('key');
        expect(buckets.waitOf('key')).toBeLessThanOrEqual(stepMs * 1.01);
        expect(buckets.fullIn('key')).toBeLessThanOrEqual(stepMs * limit.capacity * 1.01);
      }
      clock.at += stepMs * limit.capacity;
      expect(buckets.take('key')).toBe(limit.capacity - 1);
    }),
  );
});

test('a flood of keys is not remembered beyond the bound; who goes on is not forgotten for it', () => {
  const { clock, buckets } = bucketsOf({ capacity: 100, perSecond: 1 }, 10);
  for (let time = 0; time < 99; time += 1) buckets.take('busy');
  for (let index = 0; index < 1_000; index += 1) {
    buckets.take(`flood ${index}`);
    expect(buckets.size).toBeLessThanOrEqual(10);
    if (index % 4 > 0) continue;
    clock.at += 1_000;
    expect(buckets.take('busy')).toBe(1);
  }
  expect(buckets.take('flood 0')).toBe(99);
});

test('what was not used for as long as it takes to fill is forgotten, and nothing earlier', () => {
  const { clock, buckets } = bucketsOf({ capacity: 2, perSecond: 1 }, 1_000);
  for (let index = 0; index < 100; index += 1) buckets.take(`old ${index}`);
  clock.at += 1_900;
  buckets.take('new');
  clock.at += 200;
  buckets.take('new');
  // 100 ms are missing to a whole one.
  expect([buckets.size, buckets.take('new')]).toEqual([102, -1]);
  clock.at += 2_000;
  expect([buckets.take('new'), buckets.size]).toEqual([1, 2]);
});
