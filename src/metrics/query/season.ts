import { median } from './order-statistics.ts';

const DAY_MS = 86_400_000;
/** Repeats, in parts at most, once so many of it were seen: with fewer, a trend within it cannot be told from it. */
const SEASONS = [
  { periodMs: DAY_MS, mostParts: 24, leastPeriods: 3 },
  { periodMs: 7 * DAY_MS, mostParts: 7, leastPeriods: 4 },
] as const;
/** Fewer values in a part would be fitted by it whatever they are. */
const VALUES_A_PART = 5;
/** It must take away a fifth more of the variance than chance would. */
const CLEARLY = 0.8;

export interface Deseasoned {
  readonly values: Float64Array;
  /** Medians that were fitted: so many values less are free to vary. */
  readonly fitted: number;
}

/**
 * Takes out what repeats each day (by the hour of UTC, of three days and more) and each week (by the day, of four weeks and more),
 * where that explains much: the medians of the parts, of what is left beside a line of a given slope (per ms). The level of the
 * whole stays.
 */
export function removeSeasons(at: Float64Array, values: Float64Array, slope: number): Deseasoned {
  const start = at[0] as number;
  const line = at.map((instant) => slope * (instant - start));
  let fitted = 0;
  let left: Float64Array = values.map((value, index) => value - (line[index] as number));
  for (const { periodMs, mostParts, leastPeriods } of SEASONS) {
    const periods = ((at.at(-1) as number) - start) / periodMs;
    const parts = Math.min(mostParts, Math.floor(at.length / VALUES_A_PART));
    if (periods < leastPeriods || parts < 2) continue;
    const without = removePeriod(at, left, { periodMs, parts });
    // What does not repeat is explained by the means of its parts too: one in n by chance, and one in the number of periods.
    const byChance = (1 - parts / at.length) * (1 - 1 / periods);
    if (scatter(without) ** 2 >= CLEARLY * byChance * scatter(left) ** 2) continue;
    left = without;
    fitted += parts;
  }
  return { values: left.map((value, index) => value + (line[index] as number)), fitted };
}

function removePeriod(
  at: Float64Array,
  values: Float64Array,
  { periodMs, parts }: { periodMs: number; parts: number },
): Float64Array {
  const places = at.map((instant) => Math.floor(((instant % periodMs) / periodMs) * parts));
  const levels = Array.from({ length: parts }, (_, part) => median(values.filter((_value, at) => places[at] === part)));
  const level = median(levels.filter((each) => !Number.isNaN(each)));
  return values.map((value, index) => value - (levels[places[index] as number] as number) + level);
}

/** Mean distance from the middle. */
function scatter(values: Float64Array): number {
  const middle = median(values);
  return values.reduce((sum, value) => sum + Math.abs(value - middle), 0) / values.length;
}
