import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STEPS_PER_UNIT } from '../../model/metric-catalogue.ts';
import { ByteWriter } from '../chunk/byte-writer.ts';
import { seal } from '../chunk/sealed-bytes.ts';
import type { SampleColumns } from '../head/sample-columns.ts';
import { rollUpRows, rollUpSamples } from './roll-up.ts';
import type { RollupColumn, RollupRows } from './rollup.ts';
import { openRollups, packRollups } from './rollup-block.ts';
import { HOURS, MINUTES } from './windows.ts';

const HOUR_MS = 3_600_000;
const START = 1_790_000_000_000 - (1_790_000_000_000 % HOUR_MS);
const RANGE = { from: START, to: START + 2 * HOUR_MS };

const plain = (column: RollupColumn) => {
  const { stepsPerUnit, count, sum, min, max, last, observedMs } = column;
  const { ends, bins, weights } = column.sketches();
  return {
    stepsPerUnit,
    columns: [count, sum, min, max, last, observedMs, ends, bins, weights].map((one) => [...one]),
  };
};

function expectAlike(bytes: Uint8Array, rows: RollupRows): void {
  const block = openRollups(bytes);
  expect([...block.starts]).toEqual([...rows.starts]);
  expect(block.metrics).toBe(rows.metrics.length);
  rows.metrics.forEach((column, metric) => {
    const isEmpty = column.count.every((samples) => samples === 0) && column.observedMs.every((ms) => ms === 0);
    const read = plain(block.metric(metric));
    expect(isEmpty ? { ...read, stepsPerUnit: column.stepsPerUnit } : read).toEqual(plain(column));
  });
}

const value = (stepsPerUnit: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.nat(5 * stepsPerUnit).map((steps) => steps / stepsPerUnit) },
    { weight: 3, arbitrary: fc.constantFrom(0, 1, Number.NaN) },
    { weight: 1, arbitrary: fc.nat(2 ** 40).map((steps) => steps / stepsPerUnit) },
  );

/** Two hours of three metrics, at distances of all sizes. */
const samples: fc.Arbitrary<SampleColumns> = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constant(10_000), fc.integer({ min: 100, max: 400_000 })),
      ...([value(1), value(100), value(10_000)] as const),
    ),
    { minLength: 1, maxLength: 150 },
  )
  .map((taken) => {
    let at = START - 20_000;
    return {
      count: taken.length,
      at: Float64Array.from(taken, ([distance]) => {
        at += distance;
        return at;
      }),
      values: [1, 2, 3].map((metric) => Float64Array.from(taken, (sample) => sample[metric] as number)),
    };
  });
const rolled = samples.map((taken) =>
  rollUpSamples(taken, { windows: MINUTES, range: RANGE, stepsPerUnit: [1, 100, 10_000] }),
);

const sample = packRollups(
  rollUpSamples(
    {
      count: 720,
      at: Float64Array.from({ length: 720 }, (_, index) => START + index * 10_000),
      values: STEPS_PER_UNIT.map((steps, metric) =>
        Float64Array.from({ length: 720 }, (_, index) => ((index * index * (metric + 7)) % 977) / steps),
      ),
    },
    { windows: MINUTES, range: RANGE, stepsPerUnit: STEPS_PER_UNIT },
  ),
);

describe('a block of rollups', () => {
  it('gives back every rollup it took', () => {
    fc.assert(
      fc.property(rolled, (rows) => {
        expectAlike(packRollups(rows), rows);
        const hours = rollUpRows(rows, HOURS);
        expectAlike(packRollups(hours), hours);
      }),
      { numRuns: 200 },
    );
  });

  it('is the same when it is made again from what was read of the one below', () => {
    fc.assert(
      fc.property(rolled, (rows) => {
        const block = openRollups(packRollups(rows));
        const read = { starts: block.starts, metrics: rows.metrics.map((_, metric) => block.metric(metric)) };
        // A metric without values has lost its step.
        fc.pre(read.metrics.every(({ stepsPerUnit }, metric) => stepsPerUnit === rows.metrics[metric]?.stepsPerUnit));
        expect(packRollups(read)).toEqual(packRollups(rows));
        expect(packRollups(rollUpRows(read, HOURS))).toEqual(packRollups(rollUpRows(rows, HOURS)));
      }),
    );
  });

  it('holds no window at all', () => {
    const none = { starts: new Float64Array(0), metrics: [] };
    expectAlike(packRollups(none), none);
  });

  it('gives one metric without the others', () => {
    expect([...openRollups(sample).metric(11).count]).toEqual(Array(120).fill(6));
    expect(() => openRollups(sample).metric(12)).toThrow(RangeError);
  });

  it('takes a few bytes where nothing happens', () => {
    const still = rollUpSamples(
      {
        count: 720,
        at: Float64Array.from({ length: 720 }, (_, index) => START + index * 10_000),
        values: STEPS_PER_UNIT.map(() => new Float64Array(720).fill(7)),
      },
      { windows: MINUTES, range: RANGE, stepsPerUnit: STEPS_PER_UNIT },
    );
    expect(packRollups(still).length).toBeLessThan(300);
  });

  it('refuses what is too much', () => {
    expect(() => packRollups({ starts: new Float64Array(65_537), metrics: [] })).toThrow(RangeError);
  });
});

interface Fixture {
  readonly name: string;
  readonly starts: readonly number[];
  /** JSON has no `NaN`. */
  readonly metrics: readonly Readonly<Record<string, readonly (number | null)[]>>[];
  readonly block: string;
}
const written = JSON.parse(
  readFileSync(new URL('testdata/version-1.json', import.meta.url), 'utf8'),
) as readonly Fixture[];

describe('what was written by format 1', () => {
  it.each(written)('is read for ever: $name', ({ starts, metrics, block }) => {
    const opened = openRollups(Buffer.from(block, 'base64'));
    expect([...opened.starts]).toEqual(starts);
    expect(opened.metrics).toBe(metrics.length);
    metrics.forEach((expected, metric) => {
      const column = opened.metric(metric);
      const sketches = column.sketches();
      for (const [figure, values] of Object.entries(expected)) {
        const read = figure in sketches ? sketches[figure as 'bins'] : column[figure as 'sum'];
        expect([...read], figure).toEqual(values.map((value) => value ?? Number.NaN));
      }
    });
  });
});

/** Reads all there is; whatever goes wrong must be told in our words. */
function readAll(bytes: Uint8Array): void {
  try {
    const block = openRollups(bytes);
    for (let metric = 0; metric < block.metrics; metric += 1) plain(block.metric(metric));
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^(chunk_damaged|store_newer)$/) });
  }
}

function sealed(bytes: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.begin();
  writer.all(bytes);
  return seal(writer);
}

describe('a damaged block of rollups', () => {
  it('is known by any byte that changed', () => {
    fc.assert(
      fc.property(fc.nat(sample.length - 1), fc.integer({ min: 1, max: 255 }), (place, flip) => {
        const torn = sample.slice();
        torn[place] = (torn[place] as number) ^ flip;
        expect(() => openRollups(torn)).toThrow(expect.objectContaining({ code: 'chunk_damaged' }));
      }),
    );
  });

  it('is known by its length', () => {
    for (let length = 0; length < sample.length; length += 7) {
      expect(() => openRollups(sample.subarray(0, length))).toThrow(expect.objectContaining({ code: 'chunk_damaged' }));
    }
  });

  it('ends in a clear error or in numbers, also where the checksum is right', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readAll(sealed(bytes))),
      { numRuns: 1_000 },
    );
    const packed = sample.subarray(0, -4);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (flips) => {
          const torn = packed.slice();
          for (const [place, byte] of flips) torn[place] = byte;
          readAll(sealed(torn));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('says when it is of a later format', () => {
    expect(() => openRollups(sealed(Uint8Array.of(2, 0, 0)))).toThrow(expect.objectContaining({ code: 'store_newer' }));
  });
});
