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
  const column = (length: number) => fc.float64Array({ minLength: length, maxLength: length });
  const figures = (length: number) =>
    fc.oneof(
      fc.record({ avg: column(length), min: column(length), max: column(length) }),
      column(length).map((same) => ({ avg: same, min: same, max: same })),
      fc.tuple(column(length), column(length)).map(([avg, other]) => ({ avg, min: other, max: other })),
    );
  const histories = fc.nat(20).chain((length) =>
    fc.record<HistoryPoints>({
      workspaceId: fc.string({ unit: 'binary' }),
      from: fc.nat(),
      to: fc.nat(),
      step: fc.nat(),
      tier: fc.constantFrom('raw', 'day'),
      at: column(length),
      series: fc.dictionary(fc.constantFrom(...METRICS), figures(length), { noNullPrototype: true }),
    }),
  );

  it('is what JSON.stringify makes of the same history', () => {
    fc.assert(
      fc.property(histories, (points) => {
        expect(historyJson(points).equals(Buffer.from(JSON.stringify(toHistory(points))))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
