/** Time cut into buckets, one entry each. Where nothing was observed `count` is 0 and the figures are `NaN`. */
export interface Buckets {
  /** Where each begins, epoch ms; it ends where the next begins. */
  readonly at: Float64Array;
  readonly avg: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** Samples in it. */
  readonly count: Float64Array;
}

/** One metric of samples in the order of their instants (epoch ms); `NaN` where a value is not known. */
export interface SampleColumn {
  readonly at: Float64Array;
  readonly values: Float64Array;
}

/** One metric of rollups in the order of their windows. One with `count` 0 saw nothing. */
export interface RollupColumns {
  /** Where each window begins, epoch ms. */
  readonly at: Float64Array;
  readonly sum: Float64Array;
  readonly count: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/** Where buckets of equal width begin (epoch ms), and at last where the last one ends. */
export function equalEdges({ from, stepMs, count }: { from: number; stepMs: number; count: number }): Float64Array {
  return Float64Array.from({ length: count + 1 }, (_, index) => from + index * stepMs);
}

/** A sample between two gaps tells nothing of how long it was so: it weighs next to nothing beside one that does. */
const LONE_MS = 1;

/**
 * Thins samples to buckets whose edges (epoch ms, ascending) are given; what lies outside is left out. `avg` is weighted by time:
 * a sample stands for the time since the one before it, as what is sampled are means and rates since then. After a gap, that is
 * more than `maxGapMs`, it stands for the time until the next. The whole weight counts in the bucket in which the sample lies.
 */
export function downsample({ at, values }: SampleColumn, edges: Float64Array, maxGapMs: number): Buckets {
  const buckets = noBuckets(edges);
  const weights = new Float64Array(buckets.at.length);
  const place = bucketFinder(edges);
  for (let index = 0; index < at.length; index += 1) {
    const value = values[index] as number;
    const bucket = place(at[index] as number);
    if (bucket < 0 || Number.isNaN(value)) continue;
    const weight = weightAt(at, index, maxGapMs);
    add(buckets, bucket, { sum: value * weight, count: 1, min: value, max: value });
    weights[bucket] = (weights[bucket] as number) + weight;
  }
  divide(buckets, weights);
  return buckets;
}

/**
 * Fills buckets that no sample lies in, but that one covers: samples are the means since the one before, so one that comes
 * `maxGapMs` after it at most tells of the buckets between them too. What is left empty was not observed.
 */
export function carryCovered(
  { at, values }: SampleColumn,
  { buckets, edges }: { readonly buckets: Buckets; readonly edges: Float64Array },
  maxGapMs: number,
): void {
  let next = 0;
  for (let bucket = 0; bucket < buckets.at.length; bucket += 1) {
    const [begin, end] = [edges[bucket] as number, edges[bucket + 1] as number];
    while (next < at.length && (at[next] as number) < end) next += 1;
    const before = at[next - 1];
    const after = at[next];
    const value = values[next];
    if (buckets.count[bucket] !== 0 || before === undefined || after === undefined || value === undefined) continue;
    if (before >= begin || after - before > maxGapMs || Number.isNaN(value)) continue;
    for (const column of [buckets.avg, buckets.min, buckets.max]) column[bucket] = value;
  }
}

/**
 * The same of rollups, each in the bucket in which its window begins. Edges must be edges of windows too. `avg` is the sum of
 * sums by the sum of counts: every sample weighs the same.
 */
export function downsampleRollups(rows: RollupColumns, edges: Float64Array): Buckets {
  const buckets = noBuckets(edges);
  const place = bucketFinder(edges);
  for (let index = 0; index < rows.at.length; index += 1) {
    const bucket = place(rows.at[index] as number);
    const count = rows.count[index] as number;
    if (bucket < 0 || !(count > 0)) continue;
    const [sum, min, max] = [rows.sum[index], rows.min[index], rows.max[index]] as [number, number, number];
    add(buckets, bucket, { sum, count, min, max });
  }
  divide(buckets, buckets.count);
  return buckets;
}

function noBuckets(edges: Float64Array): Buckets {
  const length = Math.max(0, edges.length - 1);
  const empty = () => new Float64Array(length).fill(Number.NaN);
  return { at: edges.slice(0, length), avg: empty(), min: empty(), max: empty(), count: new Float64Array(length) };
}

/** Gives the bucket of each instant, -1 outside. Instants must come in order. */
function bucketFinder(edges: Float64Array): (at: number) => number {
  let bucket = 0;
  return (at) => {
    while (bucket < edges.length - 1 && at >= (edges[bucket + 1] as number)) bucket += 1;
    return bucket < edges.length - 1 && at >= (edges[bucket] as number) ? bucket : -1;
  };
}

function weightAt(at: Float64Array, index: number, maxGapMs: number): number {
  const instant = at[index] as number;
  const since = instant - (at[index - 1] ?? Number.NEGATIVE_INFINITY);
  if (since > 0 && since <= maxGapMs) return since;
  const until = (at[index + 1] ?? Number.POSITIVE_INFINITY) - instant;
  return until > 0 && until <= maxGapMs ? until : LONE_MS;
}

interface Row {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/** `avg` holds the sum until it is divided. */
function add({ avg, min, max, count }: Buckets, bucket: number, row: Row): void {
  const isFirst = count[bucket] === 0;
  avg[bucket] = isFirst ? row.sum : (avg[bucket] as number) + row.sum;
  min[bucket] = isFirst ? row.min : Math.min(min[bucket] as number, row.min);
  max[bucket] = isFirst ? row.max : Math.max(max[bucket] as number, row.max);
  count[bucket] = (count[bucket] as number) + row.count;
}

/** Rounding must not put a mean outside of what it is a mean of. */
function divide({ avg, min, max }: Buckets, weights: Float64Array): void {
  for (let bucket = 0; bucket < avg.length; bucket += 1) {
    const mean = (avg[bucket] as number) / (weights[bucket] as number);
    avg[bucket] = Math.min(max[bucket] as number, Math.max(min[bucket] as number, mean));
  }
}
