import type { IntegerDecoder } from './integer-decoder.ts';
import type { IntegerEncoder } from './integer-encoder.ts';
import type { Order } from './whole-numbers.ts';

const pair = new DataView(new ArrayBuffer(8));

/** Writes whole numbers by their differences of that order, which take their place; before the first ones come zeros. */
export function writeWholes(
  wholes: Float64Array,
  { count, order }: { readonly count: number; readonly order: Order },
  encoder: IntegerEncoder,
): void {
  for (let times = 0; times < order; times += 1) {
    let before = 0;
    for (let index = 0; index < count; index += 1) {
      const value = wholes[index] as number;
      wholes[index] = value - before;
      before = value;
    }
  }
  encoder.write(wholes, count);
}

/** Fills `wholes` again. */
export function readWholes(wholes: Float64Array, order: Order, decoder: IntegerDecoder): void {
  decoder.read(wholes);
  for (let times = 0; times < order; times += 1) {
    let before = 0;
    for (let index = 0; index < wholes.length; index += 1) {
      before += wholes[index] as number;
      wholes[index] = before;
    }
  }
}

/** Writes numbers of any digits by the bits in which each differs from the one before, in two halves. */
export function writeDoubles(values: Float64Array, count: number, encoder: IntegerEncoder): void {
  const halves = new Float64Array(2 * count);
  let [highBefore, lowBefore] = [0, 0];
  for (let index = 0; index < count; index += 1) {
    pair.setFloat64(0, values[index] as number);
    const high = pair.getInt32(0);
    const low = pair.getInt32(4);
    halves[2 * index] = (high ^ highBefore) >>> 0;
    halves[2 * index + 1] = (low ^ lowBefore) >>> 0;
    highBefore = high;
    lowBefore = low;
  }
  encoder.write(halves, halves.length);
}

/** Fills `values` again. */
export function readDoubles(values: Float64Array, decoder: IntegerDecoder): void {
  const halves = new Float64Array(2 * values.length);
  decoder.read(halves);
  let [high, low] = [0, 0];
  for (let index = 0; index < values.length; index += 1) {
    high ^= halves[2 * index] as number;
    low ^= halves[2 * index + 1] as number;
    pair.setInt32(0, high);
    pair.setInt32(4, low);
    values[index] = pair.getFloat64(0);
  }
}
