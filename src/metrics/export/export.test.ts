import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../model/metric-catalogue.ts';
import type { HistoryPoints } from '../metrics-history.ts';
import { csvOf } from './csv.ts';
import { type HistoryTable, historyTable, type Statistic } from './history-table.ts';
import { openMetricsOf } from './openmetrics.ts';
import { parseOpenMetrics } from './openmetrics-parser.contract.ts';

const START = Date.parse('2026-11-20T10:00:00Z');
const GAP = Number.NaN;
const text = (pieces: Iterable<string>) => [...pieces].join('');
const table = (name = 'Shop', id = 'shop'): HistoryTable => ({
  workspace: { id, name },
  at: Float64Array.of(START, START + 10_000, START + 20_500),
  columns: [
    { metric: 'cpu', statistic: 'avg', values: Float64Array.of(12.34, GAP, 0) },
    { metric: 'memory', statistic: 'avg', values: Float64Array.of(1_048_576, GAP, 3e21) },
    { metric: 'cpu', statistic: 'max', values: Float64Array.of(99.5, GAP, 1e-7) },
  ],
});

/** RFC 4180, strict: CRLF ends every line, quotes only around a whole cell. */
function parseCsv(csv: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (cell.lastIndex < csv.length) {
    const found = cell.exec(csv);
    if (found === null) throw new Error(`not CSV near ${csv.slice(0, 80)}`);
    rows.at(-1)!.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    if (found[3] === '\r\n') rows.push([]);
  }
  expect(rows.pop()).toEqual([]);
  return rows;
}

describe('history as CSV', () => {
  it('has a header, instants, and empty cells where nothing was observed', () => {
    expect(text(csvOf(table()))).toBe(
      [
        'at,workspace,name,cpu_avg,memory_avg,cpu_max',
        '2026-11-20T10:00:00.000Z,shop,Shop,12.34,1048576,99.5',
        '2026-11-20T10:00:10.000Z,shop,Shop,,,',
        '2026-11-20T10:00:20.500Z,shop,Shop,0,3e+21,1e-7',
        '',
      ].join('\r\n'),
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1'])('makes %j harmless', (name) => {
    expect(parseCsv(text(csvOf(table(name))))[1]![2]).toBe(`'${name}`);
  });

  it('is read back by a strict parser, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const rows = parseCsv(text(csvOf(table(name))));
        expect(rows).toHaveLength(4);
        expect(rows.every((row) => row.length === 6)).toBe(true);
        expect([name, `'${name}`]).toContain(rows[1]![2]);
      }),
    );
  });
});

describe('a history as a table', () => {
  it('has a column for each figure, without a value where nothing was seen', () => {
    const cpu = { avg: Float64Array.of(1, GAP), min: Float64Array.of(0, GAP), max: Float64Array.of(2, GAP) };
    const history: HistoryPoints = {
      ...{ workspaceId: 'shop', from: 0, to: 2, step: 1, tier: 'raw', at: Float64Array.of(0, 1) },
      series: { cpu },
    };
    expect(historyTable(history, 'Shop')).toEqual({
      workspace: { id: 'shop', name: 'Shop' },
      at: Float64Array.of(0, 1),
      columns: [
        { metric: 'cpu', statistic: 'avg', values: Float64Array.of(1, GAP) },
        { metric: 'cpu', statistic: 'min', values: Float64Array.of(0, GAP) },
        { metric: 'cpu', statistic: 'max', values: Float64Array.of(2, GAP) },
      ],
    });
  });
});

describe('history as OpenMetrics', () => {
  it('has families in base units, with timestamps', () => {
    expect(text(openMetricsOf(table('a\\b"c\nd')))).toBe(`# TYPE tidewatch_workspace_cpu_ratio gauge
# UNIT tidewatch_workspace_cpu_ratio ratio
# HELP tidewatch_workspace_cpu_ratio CPU used; 1 is one core.
tidewatch_workspace_cpu_ratio{workspace="shop",name="a\\\\b\\"c\\nd",statistic="avg"} 0.1234 ${START / 1000}.000
tidewatch_workspace_cpu_ratio{workspace="shop",name="a\\\\b\\"c\\nd",statistic="avg"} 0 ${START / 1000 + 20}.500
tidewatch_workspace_cpu_ratio{workspace="shop",name="a\\\\b\\"c\\nd",statistic="max"} 0.995 ${START / 1000}.000
tidewatch_workspace_cpu_ratio{workspace="shop",name="a\\\\b\\"c\\nd",statistic="max"} 1e-9 ${START / 1000 + 20}.500
# TYPE tidewatch_workspace_memory_bytes gauge
# UNIT tidewatch_workspace_memory_bytes bytes
# HELP tidewatch_workspace_memory_bytes Memory used.
tidewatch_workspace_memory_bytes{workspace="shop",name="a\\\\b\\"c\\nd",statistic="avg"} 1048576 ${START / 1000}.000
tidewatch_workspace_memory_bytes{workspace="shop",name="a\\\\b\\"c\\nd",statistic="avg"} 3e+21 ${START / 1000 + 20}.500
# EOF
`);
  });

  const statistic = fc.constantFrom<Statistic>('avg', 'min', 'max');
  const column = (length: number) =>
    fc.record({
      metric: fc.constantFrom(...METRICS),
      statistic,
      values: fc.float64Array({ minLength: length, maxLength: length }),
    });
  const tables = fc.nat(300).chain((length) =>
    fc.record({
      name: fc.string({ unit: 'grapheme' }),
      columns: fc.uniqueArray(column(length), { selector: (each) => `${each.metric} ${each.statistic}` }),
      length: fc.constant(length),
    }),
  );

  it('is read back by a strict parser', () => {
    fc.assert(
      fc.property(tables, ({ name, columns, length }) => {
        const at = Float64Array.from({ length }, (_, index) => START + index * 10_001);
        const samples = parseOpenMetrics(text(openMetricsOf({ workspace: { id: 'w', name }, at, columns })));
        const known = columns.flatMap(({ values }) => [...values].filter((value) => !Number.isNaN(value)));
        expect(samples).toHaveLength(known.length);
        for (const sample of samples) expect(sample.labels).toMatchObject({ workspace: 'w', name });
      }),
      { numRuns: 60 },
    );
  });
});

describe('the parser of these tests', () => {
  it.each([
    ['no end', '# TYPE a gauge\na 1 1\n'],
    ['something after the end', '# EOF\n\n'],
    ['a unit that the name does not end with', '# TYPE a gauge\n# UNIT a bytes\n# EOF\n'],
    ['a family in two places', '# TYPE a gauge\na 1 1\n# TYPE b gauge\n# TYPE a gauge\n# EOF\n'],
    ['time that goes back', '# TYPE a gauge\na 1 2\na 1 1\n# EOF\n'],
    ['a label twice', '# TYPE a gauge\na{x="1",x="2"} 1 1\n# EOF\n'],
    ['a wrong escape', '# TYPE a gauge\na{x="\\t"} 1 1\n# EOF\n'],
  ])('refuses %s', (_, document) => {
    expect(() => parseOpenMetrics(document)).toThrow();
  });
});
