import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_COLUMNS, MOST_SAMPLES, openChunk, packChunk } from './chunk.ts';

const NOTHING = Number.NaN;

/** -0 becomes 0: nobody uses minus nothing. */
const kept = (values: readonly number[]) => values.map((value) => value + 0);

function roundTrip(columns: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const count = columns[0]?.length ?? 0;
  const chunk = openChunk(
    packChunk(
      columns.map((values) => Float64Array.from(values)),
      count,
    ),
  );
  expect(chunk).toMatchObject({ count, columns: columns.length });
  return columns.map((_, index) => [...chunk.column(index)]);
}

const value = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -10_000, max: 10_000 }).map((hundredths) => hundredths / 100),
  fc.nat(1 << 20).map((pages) => pages * 4096),
  fc.constantFrom(NOTHING, 0, -0, 1, -1, 2 ** 50, 2 ** 50 + 1, -(2 ** 50), 2 ** 53, 5e-324, 1.7e308, 0.1, 1 / 3),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
/** Of one sort, as figures are, or of all. */
const column = (length: number) =>
  fc.oneof(
    fc.array(value, { minLength: length, maxLength: length }),
    fc.array(fc.integer({ min: -500, max: 500 }), { minLength: length, maxLength: length }),
    fc.array(fc.constantFrom(NOTHING, 7), { minLength: length, maxLength: length }),
    fc.tuple(fc.nat(), fc.nat(100)).map(([first, step]) => Array.from({ length }, (_, at) => first + at * step)),
  );
const columns = fc.nat(200).chain((length) => fc.array(column(length), { maxLength: 4 }));

describe('a chunk', () => {
  it('gives back every value it took', () => {
    fc.assert(
      fc.property(columns, (taken) => {
        expect(roundTrip(taken)).toEqual(taken.map(kept));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['no sample', [[], []]],
    ['one sample', [[1_790_000_000_000], [12.34]]],
    ['only gaps', [[NOTHING, NOTHING, NOTHING]]],
    ['gaps at both ends', [[NOTHING, 1, 2, NOTHING]]],
    ['gaps within', [[5, NOTHING, NOTHING, 7, NOTHING, 5]]],
    ['all extremes', [[2 ** 50, -(2 ** 50), 2 ** 50, -(2 ** 50)]]],
    ['nothing but the largest step', [[0, 2 ** 50, 0, -(2 ** 50), 2 ** 50]]],
  ])('holds %s', (_, taken) => {
    expect(roundTrip(taken)).toEqual(taken);
  });

  it('reads one column without the others', () => {
    const packed = packChunk([Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6)], 3);
    expect([...openChunk(packed).column(1)]).toEqual([4, 5, 6]);
    expect(() => openChunk(packed).column(2)).toThrow(RangeError);
  });

  it('takes less the more usual its values are', () => {
    const times = Float64Array.from({ length: 360 }, (_, at) => 1_790_000_000_000 + at * 10_000);
    const still = new Float64Array(360).fill(52_428_800);
    expect(packChunk([times], 360).length).toBeLessThan(40);
    expect(packChunk([still], 360).length).toBeLessThan(20);
    const pages = Float64Array.from({ length: 360 }, (_, at) => (12_800 + (at % 3)) * 4096);
    expect(packChunk([pages], 360).length).toBeLessThan(360 / 4);
  });

  it('says when it is asked for too much', () => {
    expect(() => packChunk([new Float64Array(MOST_SAMPLES + 1)], MOST_SAMPLES + 1)).toThrow(RangeError);
    expect(() => packChunk([new Float64Array(3)], 4)).toThrow(RangeError);
    const many = Array.from({ length: MOST_COLUMNS + 1 }, () => new Float64Array(1));
    expect(() => packChunk(many, 1)).toThrow(RangeError);
    expect(roundTrip([[...new Float64Array(MOST_SAMPLES).keys()]])[0]).toHaveLength(MOST_SAMPLES);
  });
});

interface Fixture {
  readonly name: string;
  /** JSON has neither gaps nor infinity. */
  readonly columns: readonly (readonly (number | string | null)[])[];
  readonly chunk: string;
}
const written = JSON.parse(
  readFileSync(new URL('testdata/version-1.json', import.meta.url), 'utf8'),
) as readonly Fixture[];

describe('what was written by format 1', () => {
  it.each(written)('is read for ever: $name', ({ columns: taken, chunk }) => {
    const opened = openChunk(Buffer.from(chunk, 'base64'));
    const columns = taken.map((values) => values.map((one) => (one === null ? NOTHING : Number(one))));
    expect(Array.from({ length: opened.columns }, (_, index) => [...opened.column(index)])).toEqual(columns);
  });
});

const sample = packChunk(
  [
    Float64Array.from({ length: 50 }, (_, at) => at * 1_000),
    Float64Array.from({ length: 50 }, (_, at) => (at % 7) / 10),
  ],
  50,
);

describe('a damaged chunk', () => {
  it('is known by any byte that is not as it was', () => {
    fc.assert(
      fc.property(fc.nat(sample.length - 1), fc.integer({ min: 1, max: 255 }), (place, flipped) => {
        const torn = sample.slice();
        torn[place] = (torn[place] as number) ^ flipped;
        expect(() => openChunk(torn)).toThrow(/a chunk of stored figures is damaged/);
      }),
    );
  });

  it('is known by its length', () => {
    for (let length = 0; length < sample.length; length += 1) {
      expect(() => openChunk(sample.subarray(0, length))).toThrow(expect.objectContaining({ code: 'chunk_damaged' }));
    }
    expect(() => openChunk(Uint8Array.of(...sample, 0))).toThrow(/checksum/);
  });

  it('ends in a clear error or in numbers, whatever its bytes are, also where the checksum is right', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          const chunk = openChunk(withChecksum(bytes));
          for (let index = 0; index < chunk.columns; index += 1) expect(chunk.column(index)).toHaveLength(chunk.count);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(chunk_damaged|store_newer)$/) });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('says when it is of a later format', () => {
    const later = sample.slice(0, -4);
    later[0] = 2;
    expect(() => openChunk(withChecksum(later))).toThrow(expect.objectContaining({ code: 'store_newer' }));
  });
});

function withChecksum(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length + 4);
  whole.set(bytes);
  new DataView(whole.buffer).setUint32(bytes.length, crc32(bytes), true);
  return whole;
}
