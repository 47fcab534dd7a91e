import { expect, it } from 'vitest';
import { FakeClock } from '../runtime/fake-clock.ts';
import { EventBus } from './bus.ts';
import { draftOf } from './drafts.contract.ts';
import type { EventLog } from './event-log.ts';
import { memoryEventLog } from './memory-event-log.ts';

it('old and surplus events are deleted every minute, in steps as short as the log makes them', async () => {
  const clock = new FakeClock();
  const memory = memoryEventLog({ clock });
  const prune: EventLog['prune'] = ({ olderThan, keepAtMost }) => {
    const { firstSeq, lastSeq } = memory.bounds();
    return memory.prune({ olderThan: Math.max(0, olderThan), keepAtMost: Math.max(keepAtMost, lastSeq - firstSeq) });
  };
  const bus = new EventBus({ clock, log: { ...memory, prune }, retention: { maxEvents: 3 } });
  bus.emitAll(['a', 'b', 'c', 'd', 'e'].map((message) => draftOf(message)));
  await clock.advance(59_000);
  expect(bus.log.bounds().firstSeq).toBe(1);
  await clock.advance(2_000);
  for (let turn = 0; turn < 10; turn += 1) await clock.yieldTurn();
  expect(bus.log.bounds()).toEqual({ firstSeq: 3, lastSeq: 5 });
  await clock.advance(31 * 24 * 3_600_000);
  expect(bus.log.bounds()).toEqual({ firstSeq: 6, lastSeq: 5 });
  await bus.close();
  expect(clock.pendingTimers).toBe(0);
});

it('a log that cannot delete now is asked again later', async () => {
  const clock = new FakeClock();
  const memory = memoryEventLog({ clock });
  let calls = 0;
  const prune = () => {
    calls += 1;
    throw new Error('locked');
  };
  const bus = new EventBus({ clock, log: { ...memory, prune } });
  bus.emit(draftOf('a'));
  await clock.advance(180_000);
  expect(calls).toBe(3);
  await bus.close();
});
