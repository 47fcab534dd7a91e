/** Other public series, beside those of `real-series.ts`: means of whole data centres, and the Numenta Anomaly Benchmark's. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { METRICS } from '../../src/model/metric-catalogue.ts';
import { DATA_FOLDER, type RealSeries, readColumns } from './real-series.ts';

const STEP_MS = 300_000;
const DAY_MS = 86_400_000;
/** One series is of most of a year. */
const NAB_DAYS_MOST = 62;

export const PUBLIC_NOTE =
  'Data centres: means or sums over all machines of Alibaba 2018, Azure V2 and Google 2019, every 300 s for 5 to 15 days, in steps of 0.01. NAB: 31 series of AWS, traffic, taxis, tweets, adverts and artificial ones, mostly every 300 s, irregular in places, in steps of 0.0001, each a workspace of one metric, moved to begin on one day, two months of each at most; repeated instants are left out. The names of metrics do not matter: columns take the first that there are.';

/** Each data centre is a workspace, with as many metrics as it has columns. */
export function dataCentres(start: number): RealSeries[] {
  const folder = join(DATA_FOLDER, 'dc-traces');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.csv.gz'))
    .map((file) => {
      const { timestamp: _timestamp, ...columns } = Object.fromEntries(readColumns(join(folder, file)));
      const found = Object.entries(columns).map(([name, column]) => inSteps(column, isRatio(name) ? 1e4 : 100));
      const at = Float64Array.from(found[0] ?? [], (_, row) => start + row * STEP_MS);
      return seriesOf(basename(file, '.csv.gz'), at, found);
    });
}

/** Each file is a workspace with one metric. */
export function anomalyBenchmark(start: number): RealSeries[] {
  const folder = join(DATA_FOLDER, 'nab', 'data');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.csv.gz'));
  return files.toSorted().map((file) => {
    const [, ...lines] = gunzipSync(readFileSync(join(folder, file)))
      .toString('latin1')
      .trim()
      .split('\n');
    const first = instantOf(lines[0] ?? '');
    // The minute of the hour stays what it was.
    const moved = start - Math.floor(first / DAY_MS) * DAY_MS;
    const rows = new Map(lines.map((line) => [instantOf(line) + moved, Number(line.split(',')[1])]));
    const end = start + NAB_DAYS_MOST * DAY_MS;
    const sorted = [...rows].filter(([at]) => at < end).toSorted(([a], [b]) => a - b);
    const at = Float64Array.from(sorted, ([instant]) => instant);
    const values = Float64Array.from(sorted, ([, value]) => value);
    return seriesOf(basename(file, '.csv.gz'), at, [inSteps(values, 1e4)]);
  });
}

function seriesOf(name: string, at: Float64Array, columns: readonly Float64Array[]): RealSeries {
  const unknown = new Float64Array(at.length).fill(Number.NaN);
  return { name, at, values: METRICS.map((_, metric) => columns[metric] ?? unknown) };
}

/** Google tells shares of 1 where the others tell percent. */
function isRatio(column: string): boolean {
  return column.startsWith('avg_') && column !== 'avg_cycles_per_instruction';
}

function inSteps(column: Float64Array, perUnit: number): Float64Array {
  return column.map((value) => Math.round(value * perUnit) / perUnit);
}

function instantOf(line: string): number {
  return Date.parse(`${line.slice(0, 10)}T${line.slice(11, 19)}Z`);
}
