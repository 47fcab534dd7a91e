/**
 * The bins of all sketches. Bin 0 holds 0 and all below {@link SMALLEST}; bin `b` the values above `SMALLEST * GROWTH ** (b - 1)` up to
 * `SMALLEST * GROWTH ** b`; the last one also all above. Values of one bin differ from its middle by 1 % at most (DDSketch: Masson,
 * Rim, Lee, VLDB 2019).
 */
export const RELATIVE_ERROR = 0.01;

/** Finer than the step of any metric. */
export const SMALLEST = 1e-6;
/** More than any metric has: an exabyte a second. */
export const LARGEST = 1e18;

const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GROWTH = Math.log(GROWTH);
const LOG_SMALLEST = Math.log(SMALLEST);

/** Bins there are: ln(1e18 / 1e-6) / ln(1.01 / 0.99) and that of zero. */
export const BINS = 2 + Math.ceil((Math.log(LARGEST) - LOG_SMALLEST) / LOG_GROWTH);

/** The highest value of each bin. By multiplication alone: logarithms need not be the same on every machine, and bins are stored. */
const HIGHEST = new Float64Array(BINS);
for (let bin = 1, highest = SMALLEST; bin < BINS; bin += 1, highest *= GROWTH) HIGHEST[bin] = highest * GROWTH;

/** The bin of a value; bin 0 for what is below 0. */
export function binOf(value: number): number {
  if (!(value >= SMALLEST)) return 0;
  // The logarithm gives it but for rounding.
  let bin = Math.min(Math.max(1, Math.ceil((Math.log(value) - LOG_SMALLEST) / LOG_GROWTH)), BINS - 1);
  while (bin < BINS - 1 && value > (HIGHEST[bin] as number)) bin += 1;
  while (bin > 1 && value <= (HIGHEST[bin - 1] as number)) bin -= 1;
  return bin;
}

/** The value from which those of a bin differ by {@link RELATIVE_ERROR} at most. */
export function middleOf(bin: number): number {
  return (HIGHEST[bin] as number) * (1 - RELATIVE_ERROR);
}
