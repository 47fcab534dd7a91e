import { HOUR_MS, hourOf } from './block-span.ts';
import type { SeriesHead } from './head/series-head.ts';

/** What is kept of one workspace in memory, and how far it is in the store. */
export interface Series {
  readonly head: SeriesHead;
  /** All hours before this instant are in the store (epoch ms), but for `late`. */
  sealedTo: number;
  /** The same once blocks that are made are written; `-Infinity` without any. */
  sealingTo: number;
  /** Hours that were in the store already when another sample came for them. */
  readonly late: Set<number>;
}

/** Whether hours that are over are missing in the store. */
export function isDue({ sealedTo, late }: Series, endedBy: number): boolean {
  return sealedTo < endedBy || late.size > 0;
}

/** Where the hours begin that may have samples which are not in the store, up to an instant. */
export function* hoursOf({ head, sealedTo, late }: Series, endedBy: number): Generator<number> {
  yield* late;
  const { from, to } = head.span;
  // Late ones lie before, and are named.
  for (let hour = Math.max(hourOf(from), sealedTo); hour < endedBy && hour <= to; hour += HOUR_MS) yield hour;
}
