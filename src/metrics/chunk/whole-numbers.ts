/** Numbers as whole ones: each is `whole * unit / 10 ** decimals`, exactly. */
export interface WholeNumbers {
  readonly decimals: number;
  readonly unit: number;
}

/** More decimals than any figure of ours has; a double of arbitrary digits needs more and is written otherwise. */
const MOST_DECIMALS = 6;

/** Differences of differences of such numbers have 53 bits at most: all of them are exact in a double. */
const LARGEST = 2 ** 50;

/**
 * Fills `wholes` with the first `count` numbers as whole ones; `null` when some of them are none with a few decimals. -0 is
 * taken for 0.
 */
export function toWholeNumbers(numbers: Float64Array, count: number, wholes: Float64Array): WholeNumbers | null {
  let decimals: number | null = 0;
  for (;;) {
    const filled = fillScaled(numbers, { count, scale: 10 ** decimals }, wholes);
    if (filled === count) break;
    decimals = decimalsOf(numbers[filled] as number, decimals + 1);
    if (decimals === null) return null;
  }
  // With decimals, dividing twice would round twice.
  return { decimals, unit: decimals > 0 ? 1 : divideByUnit(wholes, count) };
}

/** Back again, in place. */
export function fromWholeNumbers(wholes: Float64Array, { decimals, unit }: WholeNumbers): void {
  if (decimals === 0 && unit === 1) return;
  const scale = 10 ** decimals;
  for (let index = 0; index < wholes.length; index += 1) wholes[index] = ((wholes[index] as number) * unit) / scale;
}

/** Gives where it met a number that is not a whole one of that scale, `count` where there is none. */
function fillScaled(
  numbers: Float64Array,
  { count, scale }: { readonly count: number; readonly scale: number },
  wholes: Float64Array,
): number {
  for (let index = 0; index < count; index += 1) {
    const value = numbers[index] as number;
    const whole = Math.round(value * scale);
    if (whole / scale !== value || whole > LARGEST || whole < -LARGEST) return index;
    // Adding 0 makes 0 of -0, which no whole number is.
    wholes[index] = whole + 0;
  }
  return count;
}

/** The fewest decimals a number has, at least those given; `null` where it is too large for them or has more. */
function decimalsOf(value: number, least: number): number | null {
  for (let decimals = least; decimals <= MOST_DECIMALS; decimals += 1) {
    const scale = 10 ** decimals;
    const whole = Math.round(value * scale);
    if (whole > LARGEST || whole < -LARGEST) return null;
    if (whole / scale === value) return decimals;
  }
  return null;
}

/** Divides all by the greatest number that divides them, and gives it: bytes of memory come in pages, instants in seconds. */
function divideByUnit(wholes: Float64Array, count: number): number {
  let unit = 0;
  for (let index = 0; index < count && unit !== 1; index += 1) {
    const whole = wholes[index] as number;
    // A quotient is whole only where nothing is left over: both have 50 bits at most.
    if (unit === 0 || !isWhole(whole / unit)) unit = greatestDivisor(unit, Math.abs(whole));
  }
  if (unit <= 1) return 1;
  for (let index = 0; index < count; index += 1) wholes[index] = (wholes[index] as number) / unit;
  return unit;
}

function isWhole(value: number): boolean {
  return Math.floor(value) === value;
}

/** Of two numbers of which one may be 0. */
function greatestDivisor(one: number, other: number): number {
  let [divisor, rest] = [one, other];
  while (rest !== 0) [divisor, rest] = [rest, divisor % rest];
  return divisor;
}

/** How often differences are taken: none, between neighbours, between those. */
export type Order = 0 | 1 | 2;

/** The order whose numbers are smallest: levels that jump stay, what drifts or grows is written by its steps. */
export function bestOrder(wholes: Float64Array, count: number): Order {
  let [plain, once, twice] = [0, 0, 0];
  let before = 0;
  let stepBefore = 0;
  for (let index = 0; index < count; index += 1) {
    const value = wholes[index] as number;
    const step = value - before;
    plain += costOf(value);
    once += costOf(step);
    twice += costOf(step - stepBefore);
    before = value;
    stepBefore = step;
  }
  if (plain <= once && plain <= twice) return 0;
  return once <= twice ? 1 : 2;
}

/** About the bits a number takes: those it has, and that it has so many. */
function costOf(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude < 2 ** 31) return magnitude === 0 ? 0 : 34 - Math.clz32(magnitude);
  return 33 + 32 - Math.clz32(magnitude / 2 ** 31);
}
