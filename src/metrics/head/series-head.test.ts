import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeriesHead } from './series-head.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const START = Date.UTC(2026, 0, 1);

function row(...values: number[]): Float64Array {
  return Float64Array.from(values);
}

/** What a head of two metrics holds, sample by sample. */
function heldBy(head: SeriesHead, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY) {
  const { count, at, values } = head.read(from, to);
  return Array.from({ length: count }, (_, index) => [at[index], ...values.map((column) => column[index])]);
}

test('samples are there at once, packed or not, in any range', () => {
  const head = new SeriesHead(2);
  const all = Array.from({ length: 360 }, (_, index) => [START + index * 10 * SECOND, index % 7, index * 4096]);
  for (const [at = 0, cpu = 0, memory = 0] of all) expect(head.append(at, row(cpu, memory))).toBe('kept');
  expect(heldBy(head)).toEqual(all);
  expect(heldBy(head, START + 995 * SECOND, START + 1_500 * SECOND)).toEqual(all.slice(100, 150));
  expect(head.count).toBe(360);
  expect(head.span).toEqual({ from: START, to: START + 3_590 * SECOND });
  const { values } = head.read(START, START + HOUR, [1]);
  expect(values).toHaveLength(1);
  expect(values[0]?.[100]).toBe(100 * 4096);
});

test('a sample that comes late stands where it belongs, and the same instant counts once', () => {
  const head = new SeriesHead(1);
  for (let index = 0; index < 200; index += 1) head.append(START + index * SECOND, row(index));
  expect(head.append(START + 10_500, row(-1))).toBe('kept');
  expect(head.append(START + 10_500, row(-2))).toBe('duplicate');
  expect(head.append(START + 5 * SECOND, row(-3))).toBe('duplicate');
  expect(head.append(START + 199 * SECOND, row(-3))).toBe('duplicate');
  expect(heldBy(head, START + 10_000, START + 12_000)).toEqual([
    [START + 10_000, 10],
    [START + 10_500, -1],
    [START + 11_000, 11],
  ]);
  expect(head.count).toBe(201);
});

test('what is in the store is let go, and what comes for it later is refused', () => {
  const head = new SeriesHead(1);
  for (let index = 0; index < 500; index += 1) head.append(START + index * 10 * SECOND, row(index));
  head.forget(START + HOUR, true);
  expect(head.span.from).toBe(START + HOUR);
  expect(heldBy(head)).toHaveLength(140);
  expect(head.append(START + HOUR - 5, row(1))).toBe('too late');
  expect(head.append(START + HOUR + 5, row(1))).toBe('kept');
  head.forget(START + 2 * HOUR, false);
  expect(head.count).toBe(0);
  expect(head.append(START + HOUR + 5, row(1))).toBe('kept');
});

test('whatever comes in whatever order, a head holds each instant once, with its first values', () => {
  const appends = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 400 }), fc.oneof(fc.constant(Number.NaN), fc.double({ noNaN: true }))),
    { maxLength: 400 },
  );
  fc.assert(
    fc.property(appends, fc.boolean(), fc.nat(400), (samples, isSorted, forgotten) => {
      const head = new SeriesHead(2);
      const model = new Map<number, number>();
      const inTurn = isSorted ? samples.toSorted(([a], [b]) => a - b) : samples;
      for (const [at, value] of inTurn) {
        expect(head.append(at, row(value, -value))).toBe(model.has(at) ? 'duplicate' : 'kept');
        if (!model.has(at)) model.set(at, value);
      }
      head.forget(forgotten, true);
      const expected = [...model].filter(([at]) => at >= forgotten).toSorted(([a], [b]) => a - b);
      expect(heldBy(head)).toEqual(expected.map(([at, value]) => [at, value + 0, -value + 0]));
      expect(head.count).toBe(expected.length);
    }),
  );
});
