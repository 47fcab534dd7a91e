import { Z_95 } from './normal.ts';
import { rank } from './order-statistics.ts';

/** Correlations of a series with itself 0, 1, … steps later, up to a quarter of its length. By ranks, so that outliers do not hide them. */
export function rankAutocorrelation(values: Float64Array): Float64Array {
  const { ranks } = rank(values);
  const count = ranks.length;
  const deviations = ranks.map((each) => each - (count + 1) / 2);
  const total = deviations.reduce((sum, each) => sum + each * each, 0);
  return Float64Array.from({ length: Math.max(2, count >> 2) }, (_, lag) => {
    let sum = 0;
    for (let index = lag; index < count; index += 1) {
      sum += (deviations[index] as number) * (deviations[index - lag] as number);
    }
    if (total === 0) return lag === 0 ? 1 : 0;
    return sum / total;
  });
}

/**
 * By how much autocorrelation makes the variance of Kendall's S larger, at least 1: Hamed and Rao (1998), "A modified Mann-Kendall
 * trend test for autocorrelated data", Journal of Hydrology 204, eq. 17, of the lags that differ from 0 with 95 % confidence. It
 * is taken too low where few lags pass that test; the inflation of a first-order process, (1 + r) / (1 - r) (Bayley and Hammersley
 * 1946; Yue and Wang 2004, eq. 7), with r mended for its bias (Kendall 1954, (1 + 4 r) / n), is the least.
 */
export function varianceInflation(correlations: Float64Array, count: number): number {
  const bound = Z_95 / Math.sqrt(count);
  let sum = 0;
  for (let lag = 1; lag < correlations.length; lag += 1) {
    const correlation = correlations[lag] as number;
    if (Math.abs(correlation) < bound) continue;
    sum += (count - lag) * (count - lag - 1) * (count - lag - 2) * correlation;
  }
  const hamedRao = 1 + (2 * sum) / (count * (count - 1) * (count - 2));
  const first = correlations[1] as number;
  const mended = Math.min(0.99, first + (1 + 4 * first) / count);
  const firstOrder = first <= 0 ? 1 : (1 + mended) / (1 - mended);
  return Math.max(1, hamedRao, firstOrder);
}

/**
 * Whether a detrended series may as well be a random walk, so that where it went tells nothing of where it goes: n (r - 1) is not
 * below the 1 % point of Dickey and Fuller with trend (Fuller 1976, "Introduction to Statistical Time Series", table 8.5.1; -29.5
 * for long series, nearer to 0 for short ones: -22.5 of 25, -25.7 of 50, -27.4 of 100). Of two errors, a walk that is taken for a
 * trend is the worse.
 */
export function mayWander(correlations: Float64Array, count: number): boolean {
  const critical = -29.5 + 180 / count;
  return count * ((correlations[1] as number) - 1) > critical;
}
