import { expect, test } from 'vitest';
import { FakeClock } from '../runtime/fake-clock.ts';
import { CollectionLoop } from './collection-loop.ts';
import type { Due } from './due-queue.ts';
import { OwnCost } from './own-cost.ts';

/** A clock on which every visit takes time. */
class WorkingClock extends FakeClock {
  worked = 0;
  turns = 0;

  override monotonic(): number {
    return super.monotonic() + this.worked;
  }

  override yieldTurn(): Promise<void> {
    this.turns += 1;
    return super.yieldTurn();
  }
}

test('a sweep of 500 leaves the event loop to others after every two milliseconds', async () => {
  const clock = new WorkingClock();
  const visits: number[] = [];
  const loop = new CollectionLoop<Due>({
    clock,
    cpu: () => 0,
    cost: new OwnCost(3, () => {}),
    visit: (_item, now) => {
      visits.push(clock.turns);
      clock.worked += 0.1;
      return now + 1e6;
    },
  });
  for (let index = 0; index < 500; index += 1) loop.schedule({ dueAt: 0, place: -1 }, 1);
  // 500 visits are 50 ms of work: more turns than one advance waits for.
  while (visits.length < 500) await clock.advance(1);
  expect(visits).toHaveLength(500);
  const perTurn = new Map<number, number>();
  for (const turn of visits) perTurn.set(turn, (perTurn.get(turn) ?? 0) + 1);
  expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(20);
  expect(loop.slices.longestMs).toBeLessThanOrEqual(2);
  loop.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('one timer serves all, and what is removed while it is visited does not come again', async () => {
  const clock = new FakeClock();
  const visits: string[] = [];
  const item = (name: string) => ({ name, dueAt: 0, place: -1 });
  const once = item('once');
  const loop = new CollectionLoop<ReturnType<typeof item>>({
    clock,
    cpu: () => 0,
    cost: new OwnCost(3, () => {}),
    visit: ({ name }, now) => {
      visits.push(name);
      return name === 'once' ? null : now + 10;
    },
  });
  loop.schedule(item('a'), 5);
  loop.schedule(once, 5);
  loop.schedule(item('b'), 2);
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(16);
  expect(visits.toSorted()).toEqual(['a', 'a', 'b', 'b', 'once']);
  expect(visits[0]).toBe('b');
  expect(loop.size).toBe(2);
  loop.stop();
  loop.schedule(once, 17);
  await clock.advance(100);
  expect(visits).toHaveLength(5);
});
