import { median } from './order-statistics.ts';

/** Instants (epoch ms, ascending) and values, both known. */
export interface Points {
  readonly at: Float64Array;
  readonly values: Float64Array;
}

/**
 * Cuts the time of a series into at most so many equal spans, and gives the medians of their instants and values. Spans without
 * any are left out; a series that is short enough comes back as it is.
 */
export function thinToMedians(at: Float64Array, values: Float64Array, most: number): Points {
  if (at.length <= most) return { at, values };
  const from = at[0] as number;
  const width = ((at.at(-1) as number) - from) / most;
  const thinned: [number, number][] = [];
  for (let first = 0; first < at.length; ) {
    const span = Math.floor(((at[first] as number) - from) / width);
    let end = first + 1;
    while (end < at.length && Math.floor(((at[end] as number) - from) / width) <= span) end += 1;
    thinned.push([median(at.subarray(first, end)), median(values.subarray(first, end))]);
    first = end;
  }
  return { at: Float64Array.from(thinned, ([each]) => each), values: Float64Array.from(thinned, ([, each]) => each) };
}
