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

/** Sketches are read one column after the other: it serves them all. */
const list = new BinList();

/** Back again; a stream that is `null` holds nothing but zeros. Throws `chunk_damaged`. */
export function fromStreams(
  streams: { readonly [Stream in keyof SketchStreams]: Float64Array | null },
  { counts, lowest, highest }: SketchEnds,
): Sketches {
  const ends = new Uint32Array(counts.length);
  let [nextWeight, nextGap] = [0, 0];
  list.clear();
  for (let row = 0; row < counts.length; row += 1) {
    const end = highest[row] as number;
    let bin = lowest[row] as number;
    for (let left = counts[row] as number; left > 0; ) {
      let weight = 1;
      if (bin === end) weight = left;
      else if (left > 2) {
        weight = 1 + numberAt(streams.weights, nextWeight);
        nextWeight += 1;
      }
      list.push(bin, weight);
      left -= weight;
      if (bin === end) break;
      if (left > 1 && bin + 1 < end) {
        bin += 1 + numberAt(streams.gaps, nextGap);
        nextGap += 1;
      } else bin = end;
      if (left < 1 || bin > end || list.length > MOST_BINS) throw damaged('its sketches do not fit into it');
    }
    ends[row] = list.length;
  }
  return { ends, ...list.taken() };
}

function numberAt(stream: Float64Array | null, index: number): number {
  if (stream === null) return 0;
  const number = index < stream.length ? (stream[index] as number) : Number.NaN;
  if (!(number >= 0) || Math.floor(number) !== number) throw damaged('its sketches have no end');
  return number;
}
