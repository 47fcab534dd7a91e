import type { IntegerDecoder, IntegerEncoder } from './integer-coder.ts';
import type { Order } from './whole-numbers.ts';

const pair = new DataView(new ArrayBuffer(8));

/** Writes whole numbers by their differences of that order; the first ones as if zeros came before. */
export function writeWholes(
  wholes: Float64Array,
  { count, order }: { readonly count: number; readonly order: Order },
  encoder: IntegerEncoder,
): void {
  let before = 0;
  let stepBefore = 0;
  for (let index = 0; index < count; index += 1) {
    const value = wholes[index] as number;
    const step = value - before;
    encoder.write(order === 0 ? value : order === 1 ? step : step - stepBefore);
    before = value;
    stepBefore = step;
  }
}

/** Fills `wholes` again. */
export function readWholes(wholes: Float64Array, order: Order, decoder: IntegerDecoder): void {
  let before = 0;
  let stepBefore = 0;
  for (let index = 0; index < wholes.length; index += 1) {
    const read = decoder.read();
    const step = order === 2 ? read + stepBefore : read;
    const value = order === 0 ? read : before + step;
    wholes[index] = value;
    before = value;
    stepBefore = step;
  }
}

/** Writes numbers of any digits by the bits in which each differs from the one before, in two halves. */
export function writeDoubles(values: Float64Array, count: number, encoder: IntegerEncoder): void {
  let [highBefore, lowBefore] = [0, 0];
  for (let index = 0; index < count; index += 1) {
    pair.setFloat64(0, values[index] as number);
    const high = pair.getInt32(0);
    const low = pair.getInt32(4);
    encoder.write((high ^ highBefore) >>> 0);
    encoder.write((low ^ lowBefore) >>> 0);
    highBefore = high;
    lowBefore = low;
  }
}

/** Fills `values` again. */
export function readDoubles(values: Float64Array, decoder: IntegerDecoder): void {
  let [high, low] = [0, 0];
  for (let index = 0; index < values.length; index += 1) {
    high ^= decoder.read();
    low ^= decoder.read();
    pair.setInt32(0, high);
    pair.setInt32(4, low);
    values[index] = pair.getFloat64(0);
  }
}
