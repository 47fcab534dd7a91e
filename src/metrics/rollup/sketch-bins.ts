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

/** Bins there are: ln(1e18 / 1e-6) / ln(1.01 / 0.99) and that of zero. */
export const BINS = 2 + Math.ceil((Math.log(LARGEST) - Math.log(SMALLEST)) / Math.log(GROWTH));

/** The highest value of each bin. By multiplication alone: logarithms need not be the same on every machine, and bins are stored. */
const HIGHEST = new Float64Array(BINS);
for (let bin = 1, highest = SMALLEST; bin < BINS; bin += 1, highest *= GROWTH) HIGHEST[bin] = highest * GROWTH;

/** The upper bits of a double, its exponent and six bits behind it: values that share them differ by 1.6 %, less than a bin is wide. */
const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
const UPPER = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;
const LOWER_BITS = 14;

function upperBits(value: number): number {
  number[0] = value;
  return (words[UPPER] as number) >>> LOWER_BITS;
}

const FIRST_UPPER = upperBits(SMALLEST);
/** For each of them the lowest bin whose values can have them. */
const LOWEST_BIN = new Uint16Array(upperBits(HIGHEST[BINS - 2] as number) - FIRST_UPPER + 1);
for (let upper = 0, bin = 1; upper < LOWEST_BIN.length; upper += 1) {
  while (upperBits(HIGHEST[bin] as number) < FIRST_UPPER + upper) bin += 1;
  LOWEST_BIN[upper] = bin;
}

/** The bin of a value; bin 0 for what is below 0. */
export function binOf(value: number): number {
  if (!(value >= SMALLEST)) return 0;
  if (value > (HIGHEST[BINS - 2] as number)) return BINS - 1;
  let bin = LOWEST_BIN[upperBits(value) - FIRST_UPPER] as number;
  while (value > (HIGHEST[bin] as number)) bin += 1;
  return bin;
}

/** The value from which those of a bin differ by {@link RELATIVE_ERROR} at most. */
export function middleOf(bin: number): number {
  return (HIGHEST[bin] as number) * (1 - RELATIVE_ERROR);
}
