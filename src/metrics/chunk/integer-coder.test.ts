import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntegerDecoder } from './integer-decoder.ts';
import { IntegerEncoder } from './integer-encoder.ts';

const encoder = new IntegerEncoder();
const decoder = new IntegerDecoder();

function roundTrip(numbers: readonly number[]): number[] {
  encoder.begin();
  encoder.write(Float64Array.from(numbers), numbers.length);
  const read = new Float64Array(numbers.length);
  decoder.begin(encoder.finish().slice());
  decoder.read(read);
  return [...read];
}

/** Numbers of all sizes alike; long runs of one make every other improbable. */
const number = fc.tuple(fc.nat(52), fc.maxSafeInteger()).map(([bits, value]) => Math.trunc(value / 2 ** bits) + 0);
const runs = fc
  .array(fc.tuple(number, fc.oneof(fc.constant(1), fc.nat(300))), { maxLength: 60 })
  .map((parts) => parts.flatMap(([value, times]) => new Array<number>(times).fill(value)));

describe('a stream of whole numbers', () => {
  it('gives back every number', () => {
    fc.assert(
      fc.property(runs, (numbers) => {
        expect(roundTrip(numbers)).toEqual(numbers);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same in one piece and in several', () => {
    fc.assert(
      fc.property(runs, fc.nat(100), (numbers, cut) => {
        const all = Float64Array.from(numbers);
        encoder.begin();
        encoder.write(all, all.length);
        const whole = encoder.finish().slice();
        encoder.begin();
        encoder.write(all, Math.min(cut, all.length));
        encoder.write(all.subarray(cut), all.subarray(cut).length);
        expect(encoder.finish()).toEqual(whole);
        const [first, rest] = [new Float64Array(Math.min(cut, all.length)), new Float64Array(all.subarray(cut).length)];
        decoder.begin(whole);
        decoder.read(first);
        decoder.read(rest);
        expect([...first, ...rest]).toEqual(numbers);
      }),
    );
  });

  it('takes no byte for zeros alone, and few for what is always the same', () => {
    encoder.begin();
    encoder.write(new Float64Array(1_000), 1_000);
    expect(encoder.finish()).toHaveLength(0);
    encoder.begin();
    encoder.write(new Float64Array(1_000).fill(-5), 1_000);
    expect(encoder.finish().length).toBeLessThan(16);
  });

  it('ends with whole numbers, whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const numbers = new Float64Array(1_000);
        decoder.begin(bytes);
        decoder.read(numbers);
        expect(numbers.every((value) => value % 1 === 0)).toBe(true);
      }),
    );
  });
});
