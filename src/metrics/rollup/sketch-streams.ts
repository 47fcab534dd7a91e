import { damaged } from '../chunk/byte-reader.ts';
import { BinList } from './bin-list.ts';
import type { Sketches } from './rollup.ts';
import { BINS } from './sketch-bins.ts';

/** So many bins sketches of one column have at most: what is damaged must not ask for more memory than there is. */
export const MOST_BINS = 256 * BINS;

/** What is known of the sketches of a column before they are read: of each its values, and the bins of the lowest and the highest one. */
export interface SketchEnds {
  readonly counts: Float64Array;
  readonly lowest: Uint16Array;
  readonly highest: Uint16Array;
}

/**
 * Sketches as two streams of small numbers: for each bin but the last one its weight less 1, and the bins left out before the next
 * one. What follows from the count and the highest bin is left out: most sketches of a minute are written in few numbers.
 */
export interface SketchStreams {
  readonly weights: Float64Array;
  readonly gaps: Float64Array;
}

export function toStreams({ ends, bins, weights }: Sketches, { counts, highest }: SketchEnds): SketchStreams {
  if (bins.length > MOST_BINS) throw new RangeError(`a block takes sketches of ${MOST_BINS} bins for a metric at most`);
  const written = { weights: new Float64Array(bins.length), gaps: new Float64Array(bins.length) };
  let [weightsLength, gapsLength, index] = [0, 0, 0];
  for (let row = 0; row < ends.length; row += 1) {
    let left = counts[row] as number;
    for (const last = (ends[row] as number) - 1; index < last; index += 1) {
      const bin = bins[index] as number;
      if (left > 2) {
        written.weights[weightsLength] = (weights[index] as number) - 1;
        weightsLength += 1;
      }
      left -= weights[index] as number;
      if (left > 1 && bin + 1 < (highest[row] as number)) {
        written.gaps[gapsLength] = (bins[index + 1] as number) - bin - 1;
        gapsLength += 1;
      }
    }
    if (index < (ends[row] as number)) index += 1;
  }
  return { weights: written.weights.subarray(0, weightsLength), gaps: written.gaps.subarray(0, gapsLength) };
}

/** Back again; a stream that is `null` holds nothing but zeros. Throws `chunk_damaged`. */
export function fromStreams(
  streams: { readonly [Stream in keyof SketchStreams]: Float64Array | null },
  { counts, lowest, highest }: SketchEnds,
): Sketches {
  const ends = new Uint32Array(counts.length);
  const written = new BinList(2 * counts.length + (streams.weights?.length ?? 0));
  const weights = new NumberReader(streams.weights);
  const gaps = new NumberReader(streams.gaps);
  for (let row = 0; row < counts.length; row += 1) {
    const end = highest[row] as number;
    let bin = lowest[row] as number;
    for (let left = counts[row] as number; left > 0; ) {
      const weight = bin === end ? left : left > 2 ? weights.next() + 1 : 1;
      written.push(bin, weight);
      left -= weight;
      if (bin === end) break;
      bin = left > 1 && bin + 1 < end ? bin + gaps.next() + 1 : end;
      if (left < 1 || bin > end || written.length > MOST_BINS) throw damaged('its sketches do not fit into it');
    }
    ends[row] = written.length;
  }
  return { ends, ...written.taken() };
}

class NumberReader {
  readonly #numbers: Float64Array | null;
  #index = 0;

  constructor(numbers: Float64Array | null) {
    this.#numbers = numbers;
  }

  next(): number {
    if (this.#numbers === null) return 0;
    const number = this.#numbers[this.#index];
    this.#index += 1;
    if (number === undefined || !(number >= 0) || number % 1 !== 0) throw damaged('its sketches have no end');
    return number;
  }
}
