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
  for (const [at = 0, cpu = 0, memory = 0] of all) expect(head.append(at, row(cpu, memory))).toBe(true);
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
  expect(head.append(START + 10_500, row(-1))).toBe(true);
  expect(head.append(START + 10_500, row(-2))).toBe(false);
  expect(head.append(START + 5 * SECOND, row(-3))).toBe(false);
  expect(head.append(START + 199 * SECOND, row(-3))).toBe(false);
  expect(heldBy(head, START + 10_000, START + 12_000)).toEqual([
    [START + 10_000, 10],
    [START + 10_500, -1],
    [START + 11_000, 11],
  ]);
  expect(head.count).toBe(201);
});

test('what is in the store is let go, but for the part in which it ends', () => {
  const head = new SeriesHead(1);
  for (let index = 0; index < 500; index += 1) head.append(START + index * 10 * SECOND, row(index));
  expect(head.heldFrom).toBe(Number.NEGATIVE_INFINITY);
  expect(head.forget(START + 1_190 * SECOND)).toBe(false);
  expect(head.count).toBe(500);
  expect(head.forget(START + HOUR + 5 * SECOND)).toBe(true);
  expect(head.heldFrom).toBe(START + HOUR + 5 * SECOND);
  expect(head.span.from).toBe(START + HOUR);
  expect(heldBy(head)).toHaveLength(140);
  expect(head.append(START + 10 * SECOND, row(1))).toBe(true);
  expect(head.forget(START + 4_990 * SECOND)).toBe(true);
  expect(heldBy(head)).toHaveLength(21);
  expect(head.forget(START + 2 * HOUR)).toBe(true);
  expect([head.count, head.bytes, head.span.from]).toEqual([0, 0, Number.NaN]);
  expect(head.append(START + HOUR + 5, row(1))).toBe(true);
});

test('heads of different phases are packed at different times, ever', () => {
  const heads = Array.from({ length: 60 }, (_, phase) => new SeriesHead(1, undefined, phase));
  for (let at = 0; at < 600; at += 1) {
    const packed = heads.filter((head) => {
      const before = head.bytes;
      head.append(at, row(1_000 * (at % 7)));
      return head.bytes < before;
    });
    expect(packed.length).toBeLessThanOrEqual(1);
  }
});

test('values of any digits are packed sooner, so that they take no more room', () => {
  const head = new SeriesHead(12);
  const noise = (index: number) => Math.sin(index) * 1e6;
  for (let at = 0; at < 360; at += 1) {
    head.append(
      at,
      Float64Array.from({ length: 12 }, (_, metric) => noise(13 * at + metric)),
    );
    if (at === 100) expect(head.bytes).toBeLessThan(12_000);
  }
  expect(head.read(0, 360).values[3]?.[77]).toBe(noise(13 * 77 + 3));
});

test('whatever comes in whatever order, a head holds each instant once, with its first values', () => {
  const whole = fc.integer({ min: -50, max: 50 }).map((value) => value / 100);
  const appends = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 400 }), fc.oneof(fc.constant(Number.NaN), whole, fc.double({ noNaN: true }))),
    { maxLength: 400 },
  );
  fc.assert(
    fc.property(appends, fc.boolean(), fc.nat(400), (samples, isSorted, forgotten) => {
      const head = new SeriesHead(2);
      const model = new Map<number, number>();
      const inTurn = isSorted ? samples.toSorted(([a], [b]) => a - b) : samples;
      for (const [at, value] of inTurn) {
        expect(head.append(at, row(value, -value))).toBe(!model.has(at));
        if (!model.has(at)) model.set(at, value);
      }
      const rows = [...model].toSorted(([a], [b]) => a - b).map(([at, value]) => [at, value + 0, -value + 0]);
      expect(heldBy(head)).toEqual(rows);
      head.forget(forgotten);
      expect(heldBy(head, forgotten)).toEqual(rows.filter(([at = 0]) => at >= forgotten));
      if (rows.every(([at = 0]) => at < forgotten)) expect(head.count).toBe(0);
      else expect(heldBy(head, head.heldFrom)).toEqual(rows.filter(([at = 0]) => at >= head.heldFrom));
    }),
  );
});
