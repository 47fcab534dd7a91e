import { mayWander, rankAutocorrelation, varianceInflation } from './autocorrelation.ts';
import { type ChangePoint, findChangePoint } from './change-point.ts';
import { twoSidedP, Z_95 } from './normal.ts';
import { median } from './order-statistics.ts';
import { removeSeasons } from './season.ts';
import { kendallVariance, kendallZ, type PairSlopes, pairSlopes, slopeInterval, theilSenSlope } from './theil-sen.ts';
import { thinToMedians } from './thin-to-medians.ts';

export type TrendDirection = 'rising' | 'falling' | 'steady';

/** Where a metric went. Figures are in the unit of the metric. */
export interface Trend {
  /** `steady` when a change is not significant (p < 0.05) or too small to matter. */
  readonly direction: TrendDirection;
  /** Robust slope, and the interval that holds it with 95 % confidence. */
  readonly slopePerDay: number;
  readonly slopeLowPerDay: number;
  readonly slopeHighPerDay: number;
  /** Of the line through the series: its value at the first instant, and how much it rises from the first to the last. */
  readonly intercept: number;
  readonly change: number;
  /** How likely chance alone gives as much (Mann-Kendall, corrected for autocorrelation). */
  readonly pValue: number;
  readonly changePoint: ChangePoint | null;
  /** First and last instant with a value, epoch ms; values looked at. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const DAY_MS = 86_400_000;
/** Fewer values tell no trend. */
const LEAST_VALUES = 10;
/**
 * Longer series are thinned to so many medians: 8 thousand pairs are looked at exactly, in 2 ms (10 ms the first time). Each median tells as
 * much as the values it stands for, and 24 parts of a day still have five.
 */
const MOST_POINTS = 128;
const SIGNIFICANT = 0.05;
/** A change that is a smaller part of the usual level matters to nobody. */
const SMALL_RATIO = 0.05;

/**
 * The trend of a series: instants ascending (epoch ms), `NaN` where a value is not known. `leastChange` is the smallest change
 * over the whole time that matters, by default a twentieth of the usual level. `null` of fewer than ten values. The same input gives the same
 * result always.
 *
 * Series of more than 128 values are first thinned to the medians of 128 equal spans. What repeats daily and weekly is taken out
 * (season.ts). The slope is Theil's and Sen's, tested by Mann and Kendall with the variance corrected for autocorrelation
 * (autocorrelation.ts). Where what is left may as well be a random walk, the slope must also be steeper than that of one:
 * its variance is 6 s² / 5 n (Durlauf and Phillips 1988, "Trends versus random walks in time series analysis", Econometrica 56).
 */
export function trendOf(at: Float64Array, values: Float64Array, leastChange?: number): Trend | null {
  const known = Float64Array.from(values.keys()).filter((index) => !Number.isNaN(values[index]));
  if (known.length < LEAST_VALUES) return null;
  const points = thinToMedians(
    known.map((index) => at[index] as number),
    known.map((index) => values[index] as number),
    MOST_POINTS,
  );
  if (points.at.length < LEAST_VALUES) return null;
  const raw = theilSenSlope(pairSlopes(points.at, points.values));
  const { values: plain, fitted } = removeSeasons(points.at, points.values, raw);
  const slope = testSlope(points.at, plain, plain.length / (plain.length - fitted));
  const [from, to] = [at[known[0] as number] as number, at[known.at(-1) as number] as number];
  const change = slope.slope * (to - from);
  const matters = Math.abs(change) >= (leastChange ?? SMALL_RATIO * Math.abs(median(points.values)));
  const isSignificant = slope.pValue < SIGNIFICANT && slope.low * slope.high > 0;
  return {
    direction: isSignificant && matters ? (change > 0 ? 'rising' : 'falling') : 'steady',
    slopePerDay: slope.slope * DAY_MS,
    slopeLowPerDay: slope.low * DAY_MS,
    slopeHighPerDay: slope.high * DAY_MS,
    intercept: median(plain.map((value, index) => value - slope.slope * ((points.at[index] as number) - from))),
    change,
    pValue: slope.pValue,
    changePoint: findChangePoint(points.at, plain, slope.slope),
    from,
    to,
    count: known.length,
  };
}

/** Per ms. */
interface TestedSlope {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
}

/** `fitting`: by how much the variance looks smaller for what was fitted to it. */
function testSlope(at: Float64Array, values: Float64Array, fitting: number): TestedSlope {
  const pairs = pairSlopes(at, values);
  const slope = theilSenSlope(pairs);
  const residuals = values.map((value, index) => value - slope * ((at[index] as number) - (at[0] as number)));
  const correlations = rankAutocorrelation(residuals);
  const variance = kendallVariance(values) * fitting * varianceInflation(correlations, values.length);
  const tested = { slope, ...intervalAndP(pairs, variance) };
  return mayWander(correlations, values.length) ? widenForWalk(tested, at, values) : tested;
}

function intervalAndP(pairs: PairSlopes, variance: number): Omit<TestedSlope, 'slope'> {
  const [low, high] = slopeInterval(pairs, variance);
  return { low, high, pValue: twoSidedP(kendallZ(pairs.kendallS, variance)) };
}

function widenForWalk(tested: TestedSlope, at: Float64Array, values: Float64Array): TestedSlope {
  const steps = values.subarray(1).map((value, index) => value - (values[index] as number));
  const mean = steps.reduce((sum, each) => sum + each, 0) / steps.length;
  const variance = steps.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (steps.length - 1);
  const stepMs = ((at.at(-1) as number) - (at[0] as number)) / steps.length;
  const error = Math.sqrt((6 * variance) / (5 * steps.length)) / stepMs;
  return {
    slope: tested.slope,
    low: Math.min(tested.low, tested.slope - Z_95 * error),
    high: Math.max(tested.high, tested.slope + Z_95 * error),
    pValue: error > 0 ? Math.max(tested.pValue, twoSidedP(tested.slope / error)) : tested.pValue,
  };
}
