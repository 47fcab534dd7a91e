import { openChunk } from '../chunk/chunk.ts';

/** Samples in the order of their instants: one column of instants (epoch ms), one per metric. `NaN` where a value is not known. */
export interface SampleColumns {
  readonly count: number;
  readonly at: Float64Array;
  readonly values: readonly Float64Array[];
}

export function noSamples(metrics: number): SampleColumns {
  return { count: 0, at: new Float64Array(0), values: Array.from({ length: metrics }, () => new Float64Array(0)) };
}

/**
 * Puts several parts together, each in order, and gives what lies in the range (epoch ms, `from` inclusive, `to` exclusive). Of
 * samples of one instant the one of the earliest part is kept.
 */
export function joinSamples(parts: readonly SampleColumns[], from: number, to: number): SampleColumns {
  const clipped = parts.map((part) => clip(part, from, to)).filter(({ count }) => count > 0);
  const [first] = clipped;
  if (first === undefined) return noSamples(parts[0]?.values.length ?? 0);
  if (clipped.length === 1) return first;
  return areInOrder(clipped) ? concatenate(clipped) : merge(clipped);
}

function clip({ count, at, values }: SampleColumns, from: number, to: number): SampleColumns {
  const first = firstFrom(at, count, from);
  const end = firstFrom(at, count, to);
  return {
    count: Math.max(0, end - first),
    at: at.subarray(first, end),
    values: values.map((column) => column.subarray(first, end)),
  };
}

/** The index of the first instant at or after one; the count when there is none. */
export function firstFrom(at: Float64Array, count: number, instant: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((at[middle] as number) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

function areInOrder(parts: readonly SampleColumns[]): boolean {
  return parts.every((part, index) => {
    const before = parts[index - 1];
    return before === undefined || (before.at[before.count - 1] as number) < (part.at[0] as number);
  });
}

function concatenate(parts: readonly SampleColumns[]): SampleColumns {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const [first] = parts as readonly [SampleColumns];
  return {
    count,
    at: joinColumns(parts.map(({ at }) => at)),
    values: first.values.map((_, metric) => joinColumns(parts.map(({ values }) => values[metric] as Float64Array))),
  };
}

/** One behind the other. */
export function joinColumns(columns: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(columns.reduce((sum, { length }) => sum + length, 0));
  let next = 0;
  for (const column of columns) {
    all.set(column, next);
    next += column.length;
  }
  return all;
}

/** Seldom: samples came late. */
function merge(parts: readonly SampleColumns[]): SampleColumns {
  const places = parts.flatMap((part, order) =>
    Array.from({ length: part.count }, (_, index) => ({ part, order, index, at: part.at[index] as number })),
  );
  places.sort((a, b) => a.at - b.at || a.order - b.order);
  const kept = places.filter(({ at }, index) => at !== places[index - 1]?.at);
  const [first] = parts as readonly [SampleColumns];
  return {
    count: kept.length,
    at: Float64Array.from(kept, ({ at }) => at),
    values: first.values.map((_, metric) =>
      Float64Array.from(kept, ({ part, index }) => (part.values[metric] as Float64Array)[index] as number),
    ),
  };
}

/** Opens some metrics of a chunk whose first column are instants. Throws `chunk_damaged`. */
export function openSamples(data: Uint8Array, metrics: readonly number[]): SampleColumns {
  const chunk = openChunk(data);
  return { count: chunk.count, at: chunk.column(0), values: metrics.map((metric) => chunk.column(metric + 1)) };
}
