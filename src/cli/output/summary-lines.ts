import type { ResourceSummary } from '../../client/client.ts';
import { fromIso } from '../../runtime/iso.ts';
import { formatBytes } from '../../runtime/quantity.ts';
import { formatAge } from './age.ts';
import { safeText } from './safe-text.ts';
import { renderTable, type TableOptions } from './table.ts';
import { bytesText, percentText } from './usage-lines.ts';
import { field } from './wrap.ts';

const FIELD_WIDTH = 12;

/** As it is told; a daemon older than this command line does not tell all of it. */
type ToldSummary = Omit<ResourceSummary, 'freshness' | 'diskUsed'> &
  Partial<Pick<ResourceSummary, 'freshness' | 'diskUsed'>>;

/** What all use together, as `summary` prints it. */
export function summaryLines(summary: ToldSummary, options: TableOptions): string[] {
  const { byOwner, byLabel, freshness, diskUsed = null } = summary;
  const fields: (readonly [name: string, value: string])[] = [
    [
      'workspaces',
      `${summary.workspaces}, ${summary.activeWorkspaces} running with ${summary.activeContainers} containers`,
    ],
    [
      'network',
      `rx ${flow(summary.networkRxRate, summary.networkRxMB)}, tx ${flow(summary.networkTxRate, summary.networkTxMB)}`,
    ],
    [
      'disk',
      `read ${flow(summary.diskReadRate, summary.diskReadMB)}, write ${flow(summary.diskWriteRate, summary.diskWriteMB)}`,
    ],
    ['processes', String(summary.pids)],
    ...(freshness === undefined ? [] : [['figures', freshnessText(summary, freshness)] as const]),
    ...(diskUsed === null ? [] : [['disk used', diskUsedText(summary, diskUsed)] as const]),
    ['host', hostText(summary.host)],
  ];
  return [
    ...fields.flatMap(([name, value]) => field(name, value, { nameWidth: FIELD_WIDTH, width: options.width })),
    '',
    ...usageTable(summary, options),
    ...groupTable('OWNER', byOwner, options),
    ...Object.entries(byLabel).flatMap(([label, groups]) => labelTable(label, groups, options)),
  ];
}

function labelTable(label: string, groups: ResourceSummary['byOwner'], options: TableOptions): string[] {
  const table = groupTable(`LABEL ${label}`, groups, options);
  return table.length > 0 ? table : ['', safeText(`No workspace that runs has the label ${label}.`)];
}

function flow(rate: number, totalMB: number): string {
  return `${formatBytes(rate)}/s (${formatBytes(totalMB * 1e6)} in all)`;
}

function freshnessText(
  { activeWorkspaces, at }: ToldSummary,
  { state, incompleteWorkspaces, sampledAt }: ResourceSummary['freshness'],
): string {
  const age = sampledAt === null ? '' : `, the oldest read ${formatAge(sampledAt, fromIso(at) ?? 0)} ago`;
  if (state === 'live') return `live${age}`;
  return `${state}: ${incompleteWorkspaces} of ${activeWorkspaces} running workspaces could not be read lately and are left out${age}`;
}

function diskUsedText({ at }: ToldSummary, diskUsed: NonNullable<ResourceSummary['diskUsed']>): string {
  const { writableBytes, volumeBytes, measured, unmeasured, measuredAt } = diskUsed;
  const parts = [
    `${formatBytes(writableBytes)} written, ${formatBytes(volumeBytes)} in volumes by ${measured} containers`,
    unmeasured === 0 ? '' : `${unmeasured} not measured yet`,
    measuredAt === null ? '' : `the oldest figure is ${formatAge(measuredAt, fromIso(at) ?? 0)} old`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function hostText({ cores, cpuPercent, memoryTotal, memoryUsed, load, disk }: ResourceSummary['host']): string {
  const parts = [
    cores === null ? '' : `${cores} cores`,
    cpuPercent === null ? '' : `CPU ${percentText(cpuPercent)} % of one core`,
    memoryTotal === null ? '' : `memory ${bytesText(memoryUsed)} of ${formatBytes(memoryTotal)}`,
    load === null ? '' : `load ${load.map((one) => one.toFixed(2)).join(' ')}`,
    disk === null ? '' : `disk ${formatBytes(disk.freeBytes)} free of ${formatBytes(disk.totalBytes)}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '-' : parts.join(', ');
}

function usageTable(summary: ToldSummary, options: TableOptions): string[] {
  const columns = ['', 'NOW', 'PER WORKSPACE', 'PEAK'].map((header, index) => ({
    header,
    align: index === 0 ? ('left' as const) : ('right' as const),
  }));
  const cpu = [summary.totalCpuUsage, summary.averageCpuUsage, summary.peakCpuUsage].map(percentText);
  const memory = [summary.totalMemoryUsage, summary.averageMemoryUsage, summary.peakMemoryUsage].map(bytesText);
  const rows = [
    ['CPU %', ...cpu],
    ['memory', ...memory],
  ].map((row) => row.map((text) => ({ text })));
  return renderTable(columns, rows, options);
}

function groupTable(title: string, groups: ResourceSummary['byOwner'], options: TableOptions): string[] {
  const sorted = Object.entries(groups).sort(([a, x], [b, y]) => y.cpuUsage - x.cpuUsage || (a < b ? -1 : 1));
  if (sorted.length === 0) return [];
  const numbers = ['WORKSPACES', 'CONTAINERS', 'CPU %', 'MEMORY', 'NET RX/s', 'NET TX/s'];
  const columns = [{ header: title, min: 8 }, ...numbers.map((header) => ({ header, align: 'right' as const }))];
  const rows = sorted.map(([name, group]) =>
    [
      name === '' ? '-' : name,
      String(group.workspaces),
      String(group.activeContainers),
      percentText(group.cpuUsage),
      bytesText(group.memoryUsage),
      bytesText(group.networkRxRate),
      bytesText(group.networkTxRate),
    ].map((text) => ({ text })),
  );
  return ['', ...renderTable(columns, rows, options)];
}
