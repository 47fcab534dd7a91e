import type { DiskUsed, WorkspaceMetrics } from '../../model/workspace.ts';
import { formatSpan } from '../../runtime/duration.ts';
import { formatBytes, formatLevel } from '../../runtime/quantity.ts';
import type { Workspace } from '../workspace.ts';
import { formatAge } from './age.ts';

/** What is not known. */
const UNKNOWN = '-';

/** Columns that figures take: `6400.0` percent of a core, `1023 MiB`. */
export const CPU_WIDTH = 6;
export const BYTES_WIDTH = 8;

export function percentText(value: number | null): string {
  return value === null ? UNKNOWN : value.toFixed(1);
}

export function bytesText(value: number | null): string {
  return value === null ? UNKNOWN : formatBytes(value);
}

/** Percent of the limit; `null` where use or limit is not known. */
export function memoryPercent({
  memoryUsage,
  memoryLimit,
}: Pick<WorkspaceMetrics, 'memoryUsage' | 'memoryLimit'>): number | null {
  return memoryUsage === null || memoryLimit === null || memoryLimit <= 0 ? null : (memoryUsage / memoryLimit) * 100;
}

/** The figures of a workspace as names and values; none while nothing is known. */
export function usageLines(
  { metrics, lastActivityKind = null }: Pick<Workspace, 'metrics' | 'lastActivityKind'>,
  now: number,
): [name: string, value: string][] {
  if (metrics === null) return [];
  const { lastActivity, errorCount, lastErrorTime, sampledAt } = metrics;
  const share = memoryPercent(metrics);
  const percent = share === null ? '' : ` (${percentText(share)} %)`;
  const kind = lastActivityKind === null ? '' : `, ${lastActivityKind}`;
  const activity = lastActivity === null ? UNKNOWN : `${lastActivity} (${formatAge(lastActivity, now)} ago${kind})`;
  const lines: [string, string][] = [
    ['cpu', metrics.cpuPercent === null ? UNKNOWN : `${percentText(metrics.cpuPercent)} % of one core`],
    ['memory', `${bytesText(metrics.memoryUsage)} of ${bytesText(metrics.memoryLimit)}${percent}`],
    [
      'network',
      flowText(['rx', metrics.networkRxRate, metrics.networkRxMB], ['tx', metrics.networkTxRate, metrics.networkTxMB]),
    ],
    [
      'disk',
      flowText(
        ['read', metrics.diskReadRate, metrics.diskReadMB],
        ['write', metrics.diskWriteRate, metrics.diskWriteMB],
      ),
    ],
    ['processes', metrics.pids === null ? UNKNOWN : String(metrics.pids)],
    ['uptime', formatSpan(metrics.uptime * 1000)],
    ['activity', activity],
  ];
  if (errorCount > 0) lines.push(['errors', `${errorCount}, last ${lastErrorTime ?? UNKNOWN}`]);
  lines.push(['figures', `read ${sampledAt} (${formatAge(sampledAt, now)} ago)`]);
  return lines;
}

/** What is exceeded now, and what is wrong with its labels, as names and values. */
export function thresholdLines(
  { exceeded = [], labelProblems = [] }: Pick<Workspace, 'exceeded' | 'labelProblems'>,
  now: number,
): [name: string, value: string][] {
  const over = exceeded.map(({ metric, value, threshold, unit, since }): [string, string] => [
    'exceeded',
    `${metric} is at ${formatLevel(value, unit)}; above ${formatLevel(threshold, unit)} since ${since} (${formatAge(since, now)})`,
  ]);
  return [...over, ...labelProblems.map((problem): [string, string] => ['problem', problem])];
}

/** What containers take on disk, and how old that is. */
export function diskUsedText({ writableBytes, volumeBytes, measuredAt }: DiskUsed, now: number): string {
  const age = `measured ${measuredAt} (${formatAge(measuredAt, now)} ago)`;
  return `${bytesText(writableBytes)} written, ${bytesText(volumeBytes)} in volumes, ${age}`;
}

type Flow = readonly [name: string, rate: number | null, totalMB: number | null];

function flowText(...flows: readonly Flow[]): string {
  return flows
    .map(([name, rate, totalMB]) => {
      const total = totalMB === null ? '' : ` (${formatBytes(totalMB * 1e6)} in all)`;
      return rate === null && totalMB === null ? `${name} ${UNKNOWN}` : `${name} ${bytesText(rate)}/s${total}`;
    })
    .join(', ');
}
