import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { METRICS, type Metric } from '../../src/model/metric-catalogue.ts';
import type { Obstacle } from '../../test/env/obstacles.ts';

/** Beside the repository; it is not part of it. */
export const DATA_FOLDER = resolve(process.env.BENCH_DATA ?? '../shared/data');

/** What one machine really used. Instants are epoch ms; columns in the order of `METRICS`, `NaN` where it was not recorded. */
export interface RealSeries {
  readonly name: string;
  readonly at: Float64Array;
  readonly values: readonly Float64Array[];
}

/** The six figures that were recorded of virtual machines. */
export const RECORDED = ['cpu', 'memory', 'networkRx', 'networkTx', 'diskRead', 'diskWrite'] as const;

const VMS = [
  ...['001', '064', '071', '083', '093', '096', '112', '186', '226', '233', '234', '253'],
  ...['276', '283', '300', '360', '394', '406', '411', '424', '429', '458', '472', '500'],
];

export const REAL_NOTE =
  'Bitbrains GWA-T-12: virtual machines of a hosting company, three months of 2013, a reading every 300 s.';

export function realDataObstacle(): Obstacle {
  const missing = ['bitbrains', 'dc-traces', 'nab']
    .map((name) => join(DATA_FOLDER, name))
    .find((one) => !existsSync(one));
  return missing === undefined ? null : `there are no recorded series in ${missing} (set BENCH_DATA to their folder)`;
}

/** The first `count` machines, in the units of the catalogue, with every digit that was recorded and no more. */
export function recordedMachines(count = VMS.length): RealSeries[] {
  return VMS.slice(0, count).map((number) => {
    const columns = readColumns(join(DATA_FOLDER, 'bitbrains', `vm${number}.csv.gz`));
    const scaled = (name: string, factor: number) =>
      Float64Array.from(columns.get(name) ?? [], (value) => Math.round(value * factor));
    const byMetric: Partial<Record<Metric, Float64Array>> = {
      cpu: columns.get('cpu_pct') ?? new Float64Array(0),
      memory: scaled('mem_mb', 1e6),
      memoryLimit: scaled('mem_cap_mb', 1e6),
      networkRx: scaled('net_rx_kbs', 1e3),
      networkTx: scaled('net_tx_kbs', 1e3),
      diskRead: scaled('disk_read_kbs', 1e3),
      diskWrite: scaled('disk_write_kbs', 1e3),
    };
    const at = scaled('t', 1e3);
    const unknown = new Float64Array(at.length).fill(Number.NaN);
    return { name: `vm${number}`, at, values: METRICS.map((metric) => byMetric[metric] ?? unknown) };
  });
}

/** Leaves some metrics only. */
export function onlyMetrics(series: RealSeries, metrics: readonly Metric[]): RealSeries {
  const unknown = new Float64Array(series.at.length).fill(Number.NaN);
  const values = series.values.map((column, metric) =>
    metrics.includes(METRICS[metric] as Metric) ? column : unknown,
  );
  return { ...series, values };
}

/** The same values, one every ten seconds from an instant on. */
export function everyTenSeconds(series: RealSeries, from: number): RealSeries {
  return { ...series, at: Float64Array.from(series.at, (_, row) => from + row * 10_000) };
}

/** So many rows at one pace, of several series one after the other, from the first again when all are through. */
export function chained(
  name: string,
  series: readonly RealSeries[],
  times: { readonly start: number; readonly stepMs: number; readonly rows: number },
): RealSeries {
  const { start, stepMs, rows } = times;
  const at = Float64Array.from({ length: rows }, (_, row) => start + row * stepMs);
  const values = METRICS.map((_, metric) => {
    const column = new Float64Array(rows);
    for (let next = 0, index = 0; next < rows; index += 1) {
      const one = (series[index % series.length] as RealSeries).values[metric] as Float64Array;
      column.set(one.subarray(0, rows - next), next);
      next += one.length;
    }
    return column;
  });
  return { name, at, values };
}

/**
 * Containers with all twelve metrics, made of machines. Memory comes in pages, rates get the digits that were rounded away, from
 * a fixed noise; what nobody recorded is the CPU of other machines: in percent as processes, as a ratio as throttling and pressure.
 */
export function asContainers(machines: readonly RealSeries[]): RealSeries[] {
  const noise = fixedNoise();
  return machines.map((machine, index) => {
    const column = (metric: Metric, of = machine) => of.values[METRICS.indexOf(metric)] as Float64Array;
    const cpuOf = (next: number, row: number) => {
      const cpu = column('cpu', machines[(index + next) % machines.length]);
      return cpu[row % cpu.length] as number;
    };
    const rate = (value: number) => (value === 0 ? 0 : value + Math.floor(noise() * 100));
    const figureOf: Readonly<Record<Metric, (row: number) => number>> = {
      cpu: (row) => column('cpu')[row] as number,
      memory: (row) => Math.round((column('memory')[row] as number) / 4096 + 24 * noise()) * 4096,
      memoryLimit: (row) => column('memoryLimit')[row] as number,
      networkRx: (row) => rate(column('networkRx')[row] as number),
      networkTx: (row) => rate(column('networkTx')[row] as number),
      diskRead: (row) => rate(column('diskRead')[row] as number),
      diskWrite: (row) => rate(column('diskWrite')[row] as number),
      pids: (row) => 1 + Math.round(cpuOf(1, row)),
      cpuThrottled: (row) => ratio(cpuOf(2, row)),
      cpuPressure: (row) => ratio(cpuOf(3, row)),
      memoryPressure: (row) => ratio(cpuOf(4, row)),
      ioPressure: (row) => ratio(cpuOf(5, row)),
    };
    return {
      ...machine,
      values: METRICS.map((metric) => Float64Array.from(machine.at, (_, row) => figureOf[metric](row))),
    };
  });
}

function ratio(percent: number): number {
  return Math.round(percent * 100) / 10_000;
}

/** From 0 to 1, the same in every run (mulberry32). */
function fixedNoise(): () => number {
  let state = 20_130_701;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Columns of numbers by their names. */
export function readColumns(file: string): Map<string, Float64Array> {
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString('latin1').trim().split('\n');
  const columns = head.split(',').map((name) => ({ name, values: new Float64Array(lines.length) }));
  for (const [row, line] of lines.entries()) {
    for (const [index, text] of line.split(',').entries()) {
      (columns[index] as { values: Float64Array }).values[row] = Number(text);
    }
  }
  return new Map(columns.map(({ name, values }) => [name, values]));
}
