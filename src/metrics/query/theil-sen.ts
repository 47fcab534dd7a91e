import { Z_95 } from './normal.ts';
import { medianOfSorted, rank } from './order-statistics.ts';

/** Slopes between all pairs of points, in order of size, and Kendall's S: pairs that rise less pairs that fall. */
export interface PairSlopes {
  readonly slopes: Float64Array;
  readonly kendallS: number;
}

/** Instants ascend, and no two are the same. n (n - 1) / 2 slopes: for some hundreds of points. */
export function pairSlopes(at: Float64Array, values: Float64Array): PairSlopes {
  const count = at.length;
  const slopes = new Float64Array((count * (count - 1)) / 2);
  let kendallS = 0;
  let next = 0;
  for (let from = 0; from < count; from += 1) {
    for (let to = from + 1; to < count; to += 1) {
      const rise = (values[to] as number) - (values[from] as number);
      kendallS += Math.sign(rise);
      slopes[next] = rise / ((at[to] as number) - (at[from] as number));
      next += 1;
    }
  }
  return { slopes: slopes.sort(), kendallS };
}

/** The slope of Theil (1950) and Sen (1968), "Estimates of the regression coefficient based on Kendall's tau", JASA 63. */
export function theilSenSlope({ slopes }: PairSlopes): number {
  return medianOfSorted(slopes);
}

/**
 * Variance of S without a trend and without autocorrelation, ties taken off: Kendall (1955), "Rank correlation methods"; Gilbert
 * (1987), "Statistical methods for environmental pollution monitoring", eq. 16.2.
 */
export function kendallVariance(values: Float64Array): number {
  const term = (size: number) => size * (size - 1) * (2 * size + 5);
  return (term(values.length) - rank(values).ties.reduce((sum, size) => sum + term(size), 0)) / 18;
}

/** The interval that holds the slope with 95 % confidence: Sen (1968); Gilbert (1987) §16.5. */
export function slopeInterval({ slopes }: PairSlopes, variance: number): readonly [low: number, high: number] {
  const half = Z_95 * Math.sqrt(variance);
  const last = slopes.length - 1;
  const low = Math.max(0, Math.floor((slopes.length - half) / 2) - 1);
  const high = Math.min(last, Math.ceil((slopes.length + half) / 2));
  return [slopes[low] as number, slopes[high] as number];
}

/** Mann's z (1945, "Nonparametric tests against trend", Econometrica 13) with the correction for continuity. */
export function kendallZ(kendallS: number, variance: number): number {
  return variance > 0 ? (kendallS - Math.sign(kendallS)) / Math.sqrt(variance) : 0;
}
