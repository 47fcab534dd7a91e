import type { Clock } from '../../runtime/clock.ts';

/** Longest piece of work for which nothing else is done, and longest pause after it. */
const SLICE_MS = 4;

/**
 * Does the work for each item, and pauses now and then as long as it worked: a hundred kilobytes for each of a thousand
 * clients take a while, for them too, and events shall not wait behind all of it.
 */
export async function inSlices<T>(
  items: Iterable<T>,
  work: (item: T) => void,
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
): Promise<void> {
  let begun = clock.monotonic();
  for (const item of items) {
    work(item);
    if (clock.monotonic() - begun < SLICE_MS) continue;
    await clock.sleep(SLICE_MS);
    begun = clock.monotonic();
  }
}
