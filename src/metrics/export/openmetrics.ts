import type { Metric } from '../../model/metric-catalogue.ts';
import { type HistoryColumn, type HistoryTable, inPieces } from './history-table.ts';

interface Family {
  readonly name: string;
  /** Base unit, as the name ends; none of counts. */
  readonly unit?: string;
  readonly help: string;
  /** What a value is multiplied by to be of the unit. */
  readonly factor?: number;
}

const RATE = 'bytes_per_second';
const FAMILIES: Readonly<Record<Metric, Family>> = {
  cpu: {
    name: 'tidewatch_workspace_cpu_ratio',
    unit: 'ratio',
    help: 'CPU used; 1 is one core.',
    factor: 0.01,
  },
  memory: { name: 'tidewatch_workspace_memory_bytes', unit: 'bytes', help: 'Memory used.' },
  memoryLimit: { name: 'tidewatch_workspace_memory_limit_bytes', unit: 'bytes', help: 'Memory that may be used.' },
  networkRx: { name: `tidewatch_workspace_network_receive_${RATE}`, unit: RATE, help: 'Received from the network.' },
  networkTx: { name: `tidewatch_workspace_network_transmit_${RATE}`, unit: RATE, help: 'Sent to the network.' },
  diskRead: { name: `tidewatch_workspace_disk_read_${RATE}`, unit: RATE, help: 'Read from disks.' },
  diskWrite: { name: `tidewatch_workspace_disk_write_${RATE}`, unit: RATE, help: 'Written to disks.' },
  pids: { name: 'tidewatch_workspace_processes', help: 'Processes and threads.' },
  cpuThrottled: {
    name: 'tidewatch_workspace_cpu_throttled_ratio',
    unit: 'ratio',
    help: 'Share of time in which the CPU limit held it back.',
  },
  cpuPressure: {
    name: 'tidewatch_workspace_cpu_pressure_ratio',
    unit: 'ratio',
    help: 'Share of time in which some task waited for the CPU.',
  },
  memoryPressure: {
    name: 'tidewatch_workspace_memory_pressure_ratio',
    unit: 'ratio',
    help: 'Share of time in which some task waited for memory.',
  },
  ioPressure: {
    name: 'tidewatch_workspace_io_pressure_ratio',
    unit: 'ratio',
    help: 'Share of time in which some task waited for disks.',
  },
};

/**
 * History as OpenMetrics text 1.0 with timestamps (application/openmetrics-text; version=1.0.0; charset=utf-8): a gauge for each
 * metric, in base units, with the labels `workspace`, `name` and `statistic`. Where nothing was observed there is no line.
 */
export function* openMetricsOf(table: HistoryTable): Generator<string, void, undefined> {
  // The lines of a family must stand together.
  for (const metric of new Set(table.columns.map((column) => column.metric))) {
    const columns = table.columns.filter((column) => column.metric === metric);
    const { name, unit, help } = FAMILIES[metric];
    yield `# TYPE ${name} gauge\n${unit === undefined ? '' : `# UNIT ${name} ${unit}\n`}# HELP ${name} ${help}\n`;
    for (const column of columns) yield* samplesOf(table, column);
  }
  yield '# EOF\n';
}

function samplesOf({ workspace, at }: HistoryTable, { metric, statistic, values }: HistoryColumn): Iterable<string> {
  const { name, factor = 1 } = FAMILIES[metric];
  const labels = `workspace="${escaped(workspace.id)}",name="${escaped(workspace.name)}",statistic="${statistic}"`;
  return inPieces(at.length, (row) => {
    const value = values[row] as number;
    return Number.isNaN(value) ? '' : `${name}{${labels}} ${scaled(value, factor)} ${seconds(at[row] as number)}\n`;
  });
}

/** 12.34 × 0.01 is 0.1234, not 0.12340000000000001. */
function scaled(value: number, factor: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(factor === 1 ? value : Number((value * factor).toPrecision(15)));
}

/** Whole milliseconds as seconds, without an exponent. */
function seconds(at: number): string {
  return (at / 1000).toFixed(3);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
