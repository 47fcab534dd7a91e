import { mayWander, rankAutocorrelation, varianceInflation } from './autocorrelation.ts';
import { median, rank } from './order-statistics.ts';

/** Where a series went from one level to another. */
export interface ChangePoint {
  /** The first instant of the new level, epoch ms. */
  readonly at: number;
  /** Medians of what is before and after it. */
  readonly before: number;
  readonly after: number;
  readonly pValue: number;
}

/** Levels of fewer points are no levels. */
const SHORTEST_LEVEL = 5;
const SIGNIFICANT = 0.05;

/**
 * The change of level that Pettitt's test finds: Pettitt (1979), "A non-parametric approach to the change-point problem", Applied
 * Statistics 28, K by ranks and its approximate p-value, K² divided by the inflation that autocorrelation around the two levels
 * gives. `null` when it is not significant, when what is left around the levels may as well wander, or when a line of the given
 * slope (per ms) fits as well as two levels: then it is a trend.
 */
export function findChangePoint(at: Float64Array, values: Float64Array, slope: number): ChangePoint | null {
  const count = values.length;
  const { split, largest } = pettitt(rank(values).ranks);
  if (split < SHORTEST_LEVEL || count - split < SHORTEST_LEVEL) return null;
  const before = median(values.subarray(0, split));
  const after = median(values.subarray(split));
  const aroundLevels = values.map((value, index) => value - (index < split ? before : after));
  const correlations = rankAutocorrelation(aroundLevels);
  const inflation = varianceInflation(correlations, count);
  const pValue = Math.min(1, 2 * Math.exp((-6 * largest ** 2) / (count ** 3 + count ** 2) / inflation));
  if (pValue >= SIGNIFICANT || mayWander(correlations, count)) return null;
  const detrended = values.map((value, index) => value - slope * ((at[index] as number) - (at[0] as number)));
  const level = median(detrended);
  const aroundLine = detrended.map((value) => value - level);
  if (before === after || scatter(aroundLevels) >= scatter(aroundLine)) return null;
  return { at: at[split] as number, before, after, pValue };
}

/** U of Pettitt after t points is 2 × (sum of their ranks) - t (n + 1); the largest tells how many points come before the change. */
function pettitt(ranks: Float64Array): { readonly split: number; readonly largest: number } {
  let [sum, split, largest] = [0, 0, 0];
  for (const [index, each] of ranks.entries()) {
    sum += 2 * each - (ranks.length + 1);
    if (Math.abs(sum) <= largest) continue;
    split = index + 1;
    largest = Math.abs(sum);
  }
  return { split, largest };
}

function scatter(residuals: Float64Array): number {
  return residuals.reduce((sum, each) => sum + Math.abs(each), 0);
}
