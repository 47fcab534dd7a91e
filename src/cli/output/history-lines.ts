import type { Metric, MetricColumns, MetricsHistory } from '../../client/client.ts';
import { formatBytes } from '../../runtime/quantity.ts';
import { renderTable, type TableOptions } from './table.ts';

/** How a figure of each metric is shown. */
const SHOWN: Readonly<Record<Metric, (value: number) => string>> = {
  cpu: (value) => `${value.toFixed(1)} %`,
  memory: formatBytes,
  memoryLimit: formatBytes,
  networkRx: perSecond,
  networkTx: perSecond,
  diskRead: perSecond,
  diskWrite: perSecond,
  pids: (value) => value.toFixed(value % 1 === 0 ? 0 : 1),
  cpuThrottled: share,
  cpuPressure: share,
  memoryPressure: share,
  ioPressure: share,
};

function perSecond(bytes: number): string {
  return `${formatBytes(bytes)}/s`;
}

function share(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

/** What a workspace used as a table, a line for each metric of which anything was seen. */
export function historyLines({ series }: MetricsHistory, options: TableOptions): string[] {
  const rows = (Object.entries(series) as [Metric, MetricColumns][]).flatMap(([metric, columns]) => {
    const seen = columns.avg.filter((value) => value !== null);
    if (seen.length === 0) return [];
    const [least, most] = [columns.min, columns.max].map((column) => column.filter((value) => value !== null));
    const figures = [
      Math.min(...(least ?? [])),
      seen.reduce((sum, value) => sum + value, 0) / seen.length,
      Math.max(...(most ?? [])),
      seen.at(-1) ?? Number.NaN,
    ];
    return [[{ text: metric }, ...figures.map((value) => ({ text: SHOWN[metric](value) }))]];
  });
  if (rows.length === 0) return ['nothing was seen in this time'];
  const right = (header: string) => ({ header, align: 'right' }) as const;
  return renderTable([{ header: 'METRIC' }, right('MIN'), right('MEAN'), right('MAX'), right('LAST')], rows, options);
}
