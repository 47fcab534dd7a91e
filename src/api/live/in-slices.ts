import type { Clock } from '../../runtime/clock.ts';

/** Longest piece of work for which nothing else is done. */
const SLICE_MS = 4;

/** Does the work for each item, and lets others go on now and then: a hundred kilobytes for each of a thousand clients take a while. */
export async function inSlices<T>(
  items: Iterable<T>,
  work: (item: T) => void,
  clock: Pick<Clock, 'monotonic' | 'yieldTurn'>,
): Promise<void> {
  let begun = clock.monotonic();
  for (const item of items) {
    work(item);
    if (clock.monotonic() - begun < SLICE_MS) continue;
    await clock.yieldTurn();
    begun = clock.monotonic();
  }
}
