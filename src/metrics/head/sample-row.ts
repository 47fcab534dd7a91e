import type { ByteReader } from '../chunk/byte-reader.ts';
import type { ByteWriter } from '../chunk/byte-writer.ts';

/** Differences of such numbers are exact in a double, also doubled. */
const LARGEST = 2 ** 48;

/** A value written as it is; other numbers are one more than a difference. */
const AS_IT_IS = 0;

export interface RowLayout {
  /** For each metric, of which there are 31 at most: what is a whole number of steps takes least room. */
  readonly stepsPerUnit: readonly number[];
  /** The row before, which is replaced by this one: its instant, then its values. */
  readonly before: Float64Array;
  /** Where it begins there. */
  readonly place: number;
}

/**
 * Writes an instant and its values by how they differ from the row before (docs/reference/chunk-format.md, "A journal entry"): some
 * twenty bytes, in a fortieth of the time in which a chunk packs them. All is kept exactly, but -0 becomes 0.
 */
export function writeRow(writer: ByteWriter, layout: RowLayout, sample: { at: number; values: Float64Array }): void {
  const { stepsPerUnit, before, place } = layout;
  const { at, values } = sample;
  writer.count(folded(at - (before[place] as number)));
  before[place] = at;
  let changed = 0;
  for (let metric = 0; metric < stepsPerUnit.length; metric += 1) {
    if (!isSame(values[metric] as number, before[place + 1 + metric] as number)) changed |= 1 << metric;
  }
  writer.count(changed);
  for (let metric = 0; changed !== 0; metric += 1, changed >>>= 1) {
    if ((changed & 1) === 0) continue;
    const value = (values[metric] as number) + 0;
    writeValue(writer, value, { steps: stepsPerUnit[metric] as number, was: before[place + 1 + metric] as number });
    before[place + 1 + metric] = value;
  }
}

/** Reads what {@link writeRow} wrote into `before`. Throws `chunk_damaged` where it ends too soon. */
export function readRow(reader: ByteReader, { stepsPerUnit, before, place }: RowLayout): void {
  before[place] = (before[place] as number) + unfolded(reader.count());
  let changed = reader.count();
  for (let metric = 0; changed !== 0 && metric < stepsPerUnit.length; metric += 1, changed >>>= 1) {
    if ((changed & 1) === 0) continue;
    const steps = stepsPerUnit[metric] as number;
    const code = reader.count();
    const value =
      code === AS_IT_IS
        ? reader.double()
        : (stepsOf(before[place + 1 + metric] as number, steps) + unfolded(code - 1)) / steps;
    before[place + 1 + metric] = value;
  }
}

function writeValue(writer: ByteWriter, value: number, { steps, was }: { steps: number; was: number }): void {
  const whole = stepsOf(value, steps);
  if (whole / steps === value) {
    writer.count(1 + folded(whole - stepsOf(was, steps)));
    return;
  }
  writer.count(AS_IT_IS);
  writer.double(value);
}

function isSame(value: number, before: number): boolean {
  return value === before || (Number.isNaN(value) && Number.isNaN(before));
}

/** The nearest number of steps; 0 for what has none, or too many. */
function stepsOf(value: number, steps: number): number {
  const whole = Math.round(value * steps);
  return whole <= LARGEST && whole >= -LARGEST ? whole : 0;
}

/** Numbers near 0 of either sign as small ones: 0, -1, 1, -2, … */
function folded(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unfolded(count: number): number {
  return count % 2 === 0 ? count / 2 : -(count + 1) / 2;
}
