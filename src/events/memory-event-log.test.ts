import { expect, it } from 'vitest';
import { draftOf } from './drafts.contract.ts';
import { describeEventLog } from './event-log.contract.ts';
import { memoryEventLog } from './memory-event-log.ts';

describeEventLog('the memory log', (clock) => memoryEventLog({ clock }));

it('keeps the newest events and tells what made room', () => {
  const log = memoryEventLog({ capacity: 3 });
  log.append(['a', 'b', 'c', 'd', 'e'].map((message) => draftOf(message)));
  const page = log.read({ after: 0, limit: 10 });
  expect(page.items.map(({ message }) => message)).toEqual(['c', 'd', 'e']);
  expect(page.gap).toEqual({ from: 1, to: 2 });
});

it('has an id of its own', () => {
  expect(memoryEventLog().logId).not.toBe(memoryEventLog().logId);
});
