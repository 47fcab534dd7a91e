import { type ByteReader, damaged } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readGaps, writeGaps } from './gaps.ts';
import { IntegerDecoder } from './integer-decoder.ts';
import { IntegerEncoder } from './integer-encoder.ts';
import { readDoubles, readWholes, writeDoubles, writeWholes } from './number-streams.ts';
import { bestOrder, fromWholeNumbers, type Order, toWholeNumbers } from './whole-numbers.ts';

/** How the numbers of a column are written: the lowest two bits of its first byte. */
const CONSTANT = 0;
const WHOLES = 1;
const DOUBLES = 2;
const KINDS = 0b11;
/** Then whether it has gaps, in two bits the order of differences, in three the number of decimals. */
const GAPS = 0b100;
const ORDER_SHIFT = 3;
const DECIMALS_SHIFT = 5;

/** Columns are written and read one after the other: these serve them all. */
const encoder = new IntegerEncoder();
const decoder = new IntegerDecoder();
let held = new Float64Array(0);
let wholes = new Float64Array(0);

/** Writes the first `count` values, the smallest way there is. `NaN` is a gap. All is kept exactly, but -0 becomes 0. */
export function writeColumn(values: Float64Array, count: number, writer: ByteWriter): void {
  if (held.length < count) {
    held = new Float64Array(count);
    wholes = new Float64Array(count);
  }
  const holding = takeHeld(values, count);
  const gaps = holding < count ? GAPS : 0;
  const isSame = isConstant(holding);
  const scale = isSame ? null : toWholeNumbers(held, holding, wholes);
  let order: Order = 0;
  if (isSame) {
    writer.byte(CONSTANT | gaps);
    writer.double(holding === 0 ? 0 : (held[0] as number));
    if (gaps === 0) return;
  } else if (scale === null) {
    writer.byte(DOUBLES | gaps);
  } else {
    order = bestOrder(wholes, holding);
    writer.byte(WHOLES | gaps | (order << ORDER_SHIFT) | (scale.decimals << DECIMALS_SHIFT));
    writer.count(scale.unit);
  }
  encoder.begin();
  if (gaps !== 0) writeGaps(values, count, encoder);
  if (scale !== null) writeWholes(wholes, { count: holding, order }, encoder);
  else if (!isSame) writeDoubles(held, holding, encoder);
  writer.all(encoder.finish());
}

/** Gives the column again, its gaps as `NaN`. Throws `chunk_damaged`. */
export function readColumn(reader: ByteReader, count: number): Float64Array {
  const first = reader.byte();
  const kind = first & KINDS;
  const order = (first >>> ORDER_SHIFT) & 0b11;
  if (order === 3 || kind > DOUBLES) throw damaged('a column is written in a way that is not known');
  const constant = kind === CONSTANT ? reader.double() : 0;
  const scale = { decimals: first >>> DECIMALS_SHIFT, unit: kind === WHOLES ? reader.count() : 1 };
  const values = new Float64Array(count);
  const hasGaps = (first & GAPS) !== 0;
  if (kind === CONSTANT && !hasGaps) return values.fill(constant);
  decoder.begin(reader.rest());
  const isHeld = hasGaps ? readGaps(count, decoder) : null;
  const holding = isHeld === null ? count : isHeld.reduce((sum, one) => sum + one, 0);
  const numbers = isHeld === null ? values : values.subarray(0, holding);
  if (kind === CONSTANT) numbers.fill(constant);
  else if (kind === DOUBLES) readDoubles(numbers, decoder);
  else {
    readWholes(numbers, order as Order, decoder);
    fromWholeNumbers(numbers, scale);
  }
  if (isHeld !== null) spread(values, isHeld, holding);
  return values;
}

/** Puts what is no gap in a row; gives how many that are. */
function takeHeld(values: Float64Array, count: number): number {
  let holding = 0;
  for (let index = 0; index < count; index += 1) {
    const value = values[index] as number;
    if (Number.isNaN(value)) continue;
    // Adding 0 makes 0 of -0.
    held[holding] = value + 0;
    holding += 1;
  }
  return holding;
}

function isConstant(holding: number): boolean {
  for (let index = 1; index < holding; index += 1) if (held[index] !== held[0]) return false;
  return true;
}

/** From the row to their places, the last one first. */
function spread(values: Float64Array, isHeld: Uint8Array, holding: number): void {
  let next = holding;
  for (let index = values.length - 1; index >= 0; index -= 1) {
    if (isHeld[index] === 1) next -= 1;
    values[index] = isHeld[index] === 1 ? (values[next] as number) : Number.NaN;
  }
}
