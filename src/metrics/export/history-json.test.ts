import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../model/metric-catalogue.ts';
import { type HistoryPoints, toHistory } from '../metrics-history.ts';
import { historyJson } from './history-json.ts';
import { jsonNumbers } from './json-numbers.ts';

const plain = (values: Float64Array) => JSON.stringify([...values]);

describe('numbers as JSON', () => {
  const near = (value: number) => [value, -value, value - 1, value + 1, value / 100, value / 1e6, value + 1e-6];
  it.each([
    ...[0, -0, 1, 9, 10, 99, 100, 0.1, 0.01, 12.34, 1e-6, 1e-7, 0.0000015, 0.9999995, 0.9999999, 999_999_999.999999],
    ...[5e-324, 2.2e-308, 1.7976931348623157e308, 1e20, 1e21, 1e22, 0.1 + 0.2, 1 / 3, 2 ** 31 + 0.5],
    ...[1e9, 2 ** 31, 2 ** 32, 1e14, 1e15, 2 ** 53, 1_790_000_000_000].flatMap(near),
    ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ])('%d', (value) => {
    expect(jsonNumbers(Float64Array.of(value)).toString()).toBe(JSON.stringify([value]));
  });

  it('are the same bytes as JSON.stringify writes, whatever they are', () => {
    const value = fc.oneof(
      fc.double(),
      fc.maxSafeInteger().map(Number),
      fc.integer(),
      fc.integer({ min: -1e9, max: 1e9 }).map((hundredths) => hundredths / 100),
      fc.maxSafeNat().map((millionths) => millionths / 1e6),
      fc.double({ min: -1e10, max: 1e10, noNaN: true }).map((one) => Math.round(one * 1e6) / 1e6),
      fc.constant(Number.NaN),
    );
    const columns = fc.array(value, { maxLength: 200 }).map((values) => Float64Array.from(values));
    fc.assert(
      fc.property(columns, (values) => {
        expect(jsonNumbers(values).toString()).toBe(plain(values));
      }),
      { numRuns: 1_000 },
    );
  });

  it('are left as they were written when others are written', () => {
    const first = jsonNumbers(Float64Array.of(1, 2, 3));
    jsonNumbers(Float64Array.of(7, 8, 9));
    expect(first.toString()).toBe('[1,2,3]');
  });
});

describe('history as JSON', () => {
  const column = (length: number) =>
    fc.oneof(
      fc.float64Array({ minLength: length, maxLength: length }),
      fc.array(fc.constantFrom(0, 1), { minLength: length, maxLength: length }).map((few) => Float64Array.from(few)),
    );
  const instants = (length: number) =>
    fc.oneof(
      column(length),
      fc
        .tuple(fc.maxSafeInteger(), fc.integer({ min: -3, max: 3 }))
        .map(([first, step]) => Float64Array.from({ length }, (_, index) => first + index * step)),
    );
  const figures = (length: number) =>
    fc.oneof(
      fc.record({ avg: column(length), min: column(length), max: column(length) }),
      column(length).map((same) => ({ avg: same, min: same, max: same })),
      fc.tuple(column(length), column(length)).map(([avg, other]) => ({ avg, min: other, max: other })),
      fc.tuple(column(length), column(length)).map(([same, min]) => ({ avg: same, min, max: same })),
    );
  const histories = (most: number) =>
    fc.nat(most).chain((length) =>
      fc.record<HistoryPoints>({
        workspaceId: fc.string({ unit: 'binary', maxLength: most }),
        from: fc.nat(1),
        to: fc.nat(1),
        step: fc.nat(1),
        tier: fc.constantFrom('raw', 'day'),
        at: instants(length),
        series: fc.dictionary(fc.constantFrom(...METRICS.slice(0, most)), figures(length), { noNullPrototype: true }),
      }),
    );

  it('is what JSON.stringify makes of the same history', () => {
    fc.assert(
      fc.property(histories(20), (points) => {
        expect(historyJson(points).body.equals(Buffer.from(JSON.stringify(toHistory(points))))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('has the same key only where it has the same bytes', () => {
    fc.assert(
      fc.property(histories(2), histories(2), (one, other) => {
        const [a, b] = [historyJson(one), historyJson(other)];
        if (a.key.equals(b.key)) expect(a.body.equals(b.body)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each<[string, (points: HistoryPoints) => HistoryPoints]>([
    [
      'a figure',
      (points) => ({ ...points, series: { cpu: { ...points.series.cpu!, max: Float64Array.of(1, 2, 4) } } }),
    ],
    [
      'the first figure',
      (points) => ({ ...points, series: { cpu: { ...points.series.cpu!, avg: Float64Array.of(1, 2, 2) } } }),
    ],
    ['an instant', (points) => ({ ...points, at: Float64Array.of(0, 11, 20) })],
    ['the last instant', (points) => ({ ...points, at: Float64Array.of(0, 10, 21) })],
    ['the distance of instants', (points) => ({ ...points, at: Float64Array.of(0, 20, 40) })],
    ['the metric', ({ series, ...points }) => ({ ...points, series: { memory: series.cpu! } })],
    ['the range', (points) => ({ ...points, to: 31 })],
    ['the workspace', (points) => ({ ...points, workspaceId: 'other' })],
    [
      'nothing to see',
      (points) => ({ ...points, series: { cpu: { ...points.series.cpu!, min: Float64Array.of(1, 2, Number.NaN) } } }),
    ],
  ])('has another key when there is another %s', (_, change) => {
    const same = Float64Array.of(1, 2, 3);
    const points: HistoryPoints = {
      ...{ workspaceId: 'shop', from: 0, to: 30, step: 10, tier: 'raw', at: Float64Array.of(0, 10, 20) },
      series: { cpu: { avg: same, min: same, max: same } },
    };
    expect(historyJson(change(points)).key.equals(historyJson(points).key)).toBe(false);
  });
});
