import { firstFrom } from '../head/sample-columns.ts';

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
  /** The time since the one before that each covers, ms: 0 after a gap. */
  readonly covered: Float64Array;
}

/** One metric of rollups in the order of their windows. In one with `count` 0 no sample lies; one may cover it all the same. */
export interface RollupColumns {
  /** Where each window begins, epoch ms. */
  readonly at: Float64Array;
  readonly column: Readonly<Record<'sum' | 'count' | 'min' | 'max' | 'observedMs', Float64Array>>;
}

/** Where buckets of equal width begin (epoch ms), and at last where the last one ends. */
export function equalEdges({ from, stepMs, count }: { from: number; stepMs: number; count: number }): Float64Array {
  const edges = new Float64Array(count + 1);
  for (let index = 0; index <= count; index += 1) edges[index] = from + index * stepMs;
  return edges;
}

/** A sample between two gaps tells nothing of how long it was so: it weighs next to nothing beside one that does. */
const LONE_MS = 1;

/**
 * Thins samples to buckets whose edges (epoch ms, ascending) are given; what lies outside is left out. `avg` is weighted by time:
 * a sample stands for the time it covers, as what is sampled are means and rates since the one before. After a gap it stands for the
 * time until the next. The whole weight counts in the bucket in which the sample lies.
 */
export function downsample({ at, values, covered }: SampleColumn, edges: Float64Array): Buckets {
  const buckets = new BucketFiller(edges);
  const { avg, min, max, count } = buckets;
  let index = firstFrom(at, at.length, edges[0] ?? Number.NaN);
  for (let bucket = 0; bucket < count.length; bucket += 1) {
    const end = edges[bucket + 1] as number;
    let [sum, weights, samples] = [0, 0, 0];
    let [low, high] = [Number.NaN, Number.NaN];
    for (; index < at.length && (at[index] as number) < end; index += 1) {
      const value = values[index] as number;
      if (Number.isNaN(value)) continue;
      const weight = weightAt(covered, index);
      sum += value * weight;
      weights += weight;
      samples += 1;
      if (!(value >= low)) low = value;
      if (!(value <= high)) high = value;
    }
    avg[bucket] = within(sum / weights, low, high);
    min[bucket] = low;
    max[bucket] = high;
    count[bucket] = samples;
  }
  return buckets;
}

/**
 * Fills buckets that no sample lies in, but that one covers: samples are the means since the one before, so they tell of the buckets
 * between them too. What is left empty was not observed.
 */
export function carryCovered({ at, values, covered }: SampleColumn, buckets: Buckets, edges: Float64Array): void {
  const { avg, min, max, count } = buckets;
  let next = 0;
  for (let bucket = 0; bucket < count.length; bucket += 1) {
    while (next < at.length && (at[next] as number) < (edges[bucket + 1] as number)) next += 1;
    if (count[bucket] !== 0 || next === 0 || next === at.length) continue;
    const isCovered = covered[next] !== 0 && (at[next - 1] as number) < (edges[bucket] as number);
    const value = values[next] as number;
    if (!isCovered || Number.isNaN(value)) continue;
    avg[bucket] = value;
    min[bucket] = value;
    max[bucket] = value;
  }
}

/**
 * The same of rollups, each in the bucket in which its window begins; several parts come in the order of time. Edges must be edges
 * of windows too. `avg` is the sum of sums by the sum of counts: every sample weighs the same.
 */
export function downsampleRollups(parts: readonly RollupColumns[], edges: Float64Array): Buckets {
  const filler = new BucketFiller(edges);
  const finder = new BucketFinder(edges);
  let hasEmpty = false;
  for (const { at, column } of parts) {
    const { sum, count, min, max } = column;
    for (let index = 0; index < at.length; index += 1) {
      const samples = count[index] as number;
      const bucket = finder.find(at[index] as number);
      if (!(samples > 0)) hasEmpty = true;
      if (bucket < 0 || !(samples > 0)) continue;
      filler.add(bucket, sum[index] as number, samples);
      filler.widen(bucket, min[index] as number, max[index] as number);
    }
  }
  const buckets = filler.divide(filler.count);
  if (hasEmpty) carryCoveredRows(parts, buckets, edges);
  return buckets;
}

/** As {@link carryCovered}: the sample that covers windows without one lies in the next that has some. */
function carryCoveredRows(parts: readonly RollupColumns[], buckets: Buckets, edges: Float64Array): void {
  const finder = new BucketFinder(edges);
  let covered: number[] = [];
  for (const { at, column } of parts) {
    for (let index = 0; index < at.length; index += 1) {
      const bucket = finder.find(at[index] as number);
      const samples = column.count[index] as number;
      if (!(samples > 0)) {
        if (bucket >= 0 && (column.observedMs[index] as number) > 0) covered.push(bucket);
        continue;
      }
      for (const empty of covered) {
        if (buckets.count[empty] !== 0) continue;
        buckets.avg[empty] = (column.sum[index] as number) / samples;
        buckets.min[empty] = column.min[index] as number;
        buckets.max[empty] = column.max[index] as number;
      }
      covered = [];
    }
  }
}

/** Gives the bucket of each instant; these must come in order. */
class BucketFinder {
  readonly #edges: Float64Array;
  readonly #last: number;
  #bucket = -1;
  /** Where the bucket ends. */
  #end: number;

  constructor(edges: Float64Array) {
    this.#edges = edges;
    this.#last = edges.length - 1;
    this.#end = edges.length === 0 ? Number.POSITIVE_INFINITY : (edges[0] as number);
  }

  /** -1 outside. */
  find(at: number): number {
    while (at >= this.#end) {
      this.#bucket += 1;
      this.#end = this.#bucket < this.#last ? (this.#edges[this.#bucket + 1] as number) : Number.POSITIVE_INFINITY;
    }
    return this.#bucket < this.#last ? this.#bucket : -1;
  }
}

class BucketFiller implements Buckets {
  readonly at: Float64Array;
  /** Holds the sum until it is divided. */
  readonly avg: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly count: Float64Array;

  constructor(edges: Float64Array) {
    const length = Math.max(0, edges.length - 1);
    this.at = edges.subarray(0, length);
    this.avg = new Float64Array(length);
    this.min = new Float64Array(length).fill(Number.NaN);
    this.max = new Float64Array(length).fill(Number.NaN);
    this.count = new Float64Array(length);
  }

  add(bucket: number, sum: number, samples: number): void {
    this.avg[bucket] = (this.avg[bucket] as number) + sum;
    this.count[bucket] = (this.count[bucket] as number) + samples;
  }

  widen(bucket: number, low: number, high: number): void {
    if (!(low >= (this.min[bucket] as number))) this.min[bucket] = low;
    if (!(high <= (this.max[bucket] as number))) this.max[bucket] = high;
  }

  divide(weights: Float64Array): Buckets {
    const { avg, min, max } = this;
    for (let bucket = 0; bucket < avg.length; bucket += 1) {
      const mean = (avg[bucket] as number) / (weights[bucket] as number);
      avg[bucket] = within(mean, min[bucket] as number, max[bucket] as number);
    }
    return this;
  }
}

/** Rounding must not put a mean outside of what it is a mean of. */
function within(mean: number, low: number, high: number): number {
  return mean < low ? low : Math.min(mean, high);
}

function weightAt(covered: Float64Array, index: number): number {
  const since = covered[index] as number;
  if (since > 0) return since;
  const until = index + 1 < covered.length ? (covered[index + 1] as number) : 0;
  return until > 0 ? until : LONE_MS;
}
