import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLatch, type Latch } from '../../runtime/latch.ts';
import { CallPool } from './call-pool.ts';

/** Calls that run until they are told to end; notes which began, in order, and how many ran at once at most. */
class Calls {
  readonly begun: number[] = [];
  running = 0;
  most = 0;
  readonly #ends = new Map<number, Latch>();

  /** What to hand to the pool. */
  make(id: number): () => Promise<number> {
    return async () => {
      this.begun.push(id);
      this.running += 1;
      this.most = Math.max(this.most, this.running);
      const end = createLatch();
      this.#ends.set(id, end);
      await end.opened;
      this.running -= 1;
      return id;
    };
  }

  end(id: number): void {
    this.#ends.get(id)?.open();
  }

  endAll(): void {
    for (const latch of this.#ends.values()) latch.open();
  }
}

/** Lets everything that is due happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('call pool', () => {
  it('runs as many at once as it was told, the others when one of them ends', async () => {
    const pool = new CallPool(2);
    const calls = new Calls();
    const all = [1, 2, 3].map((id) => pool.run(undefined, calls.make(id)));
    await settle();
    expect(calls.begun).toEqual([1, 2]);
    calls.end(1);
    await settle();
    expect(calls.begun).toEqual([1, 2, 3]);
    calls.endAll();
    expect(await Promise.all(all)).toEqual([1, 2, 3]);
  });

  it('hands a free place to who waits longest: a newcomer does not slip past it', async () => {
    const pool = new CallPool(1);
    const calls = new Calls();
    const first = pool.run(undefined, calls.make(1));
    const second = pool.run(undefined, calls.make(2));
    await settle();
    calls.end(1);
    // In the very turn in which the first one frees its place.
    const third = first.then(() => pool.run(undefined, calls.make(3)));
    await settle();
    expect(calls.begun).toEqual([1, 2]);
    expect(calls.most).toBe(1);
    calls.end(2);
    await settle();
    calls.end(3);
    expect(await Promise.all([second, third])).toEqual([2, 3]);
  });

  it('frees the place of a call that fails, also of one that throws at once', async () => {
    const pool = new CallPool(1);
    const failing = [
      pool.run(undefined, () => Promise.reject(new Error('rejected'))),
      pool.run(undefined, () => {
        throw new Error('thrown');
      }),
    ];
    const outcomes = await Promise.allSettled([...failing, pool.run(undefined, async () => 'next')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('an aborted waiter rejects at once with its reason, never runs, and leaves no listener', async () => {
    const pool = new CallPool(1);
    const calls = new Calls();
    const running = pool.run(undefined, calls.make(1));
    const aborter = new AbortController();
    const waiting = pool.run(aborter.signal, calls.make(2));
    const behind = pool.run(undefined, calls.make(3));
    aborter.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    await expect(pool.run(aborter.signal, calls.make(4))).rejects.toBe('enough');
    calls.end(1);
    await running;
    await settle();
    calls.end(3);
    expect(await behind).toBe(3);
    expect(calls.begun).toEqual([1, 3]);
    expect(getEventListeners(aborter.signal, 'abort')).toHaveLength(0);
  });

  it('a waiter that got its place has no listener left on its signal', async () => {
    const pool = new CallPool(1);
    const { signal } = new AbortController();
    await Promise.all([1, 2, 3].map((id) => pool.run(signal, async () => id)));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('never has more at once than it was told, keeps the order and forgets nobody, whatever happens', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('run' as const) }),
      fc.record({ kind: fc.constant('end' as const), which: fc.nat() }),
      fc.record({ kind: fc.constant('abort' as const), which: fc.nat() }),
      fc.record({ kind: fc.constant('settle' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 60 }), async (atOnce, steps) => {
        const pool = new CallPool(atOnce);
        const calls = new Calls();
        const made: { aborter: AbortController; outcome: Promise<unknown> }[] = [];
        for (const taken of steps) {
          if (taken.kind === 'settle') await settle();
          else if (taken.kind === 'run') {
            const aborter = new AbortController();
            const outcome = pool.run(aborter.signal, calls.make(made.length)).catch((reason: unknown) => reason);
            made.push({ aborter, outcome });
          } else if (made.length > 0 && taken.kind === 'end') calls.end(taken.which % made.length);
          else if (taken.kind === 'abort') made[taken.which % made.length]?.aborter.abort('aborted');
        }
        for (let round = 0; round <= made.length; round += 1) {
          await settle();
          calls.endAll();
        }
        const outcomes = await Promise.all(made.map(({ outcome }) => outcome));
        expect(calls.most).toBeLessThanOrEqual(atOnce);
        expect(calls.begun).toEqual(calls.begun.toSorted((a, b) => a - b));
        // Each either ran to its end or was aborted before it began.
        expect(outcomes).toEqual(made.map((_, id) => (calls.begun.includes(id) ? id : 'aborted')));
        for (const { aborter } of made) expect(getEventListeners(aborter.signal, 'abort')).toHaveLength(0);
      }),
    );
  });
});
