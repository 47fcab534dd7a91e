import type { ThresholdMetric } from '../../model/threshold-metrics.ts';
import type { Workspace } from '../workspace.ts';
import { AGE_WIDTH, formatAge } from './age.ts';
import { type Paint, PHASE_INK } from './paint.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import { BYTES_WIDTH, bytesText, CPU_WIDTH, memoryPercent, percentText } from './usage-lines.ts';
import { byName, phaseText } from './workspace-table.ts';

export const USAGE_SORTS = ['cpu', 'memory', 'name'] as const;
export type UsageSort = (typeof USAGE_SORTS)[number];

const COLUMNS: readonly Column[] = [
  { header: 'WORKSPACE', min: 12 },
  { header: 'PHASE', min: 8 },
  { header: 'CPU %', align: 'right', least: CPU_WIDTH },
  { header: 'MEMORY', align: 'right', least: BYTES_WIDTH },
  { header: 'MEM %', align: 'right', least: 5 },
  { header: 'NET RX/s', align: 'right', least: BYTES_WIDTH },
  { header: 'NET TX/s', align: 'right', least: BYTES_WIDTH },
  { header: 'DISK R/s', align: 'right', least: BYTES_WIDTH },
  { header: 'DISK W/s', align: 'right', least: BYTES_WIDTH },
  { header: 'PIDS', align: 'right', least: 4 },
  { header: 'ACTIVE', align: 'right', least: AGE_WIDTH },
];

/** The workspaces that run or are read, those that use most first; what is not known comes last. */
export function byUsage(workspaces: readonly Workspace[], sort: UsageSort): Workspace[] {
  const shown = workspaces.filter(({ status, metrics }) => status === 'active' || metrics !== null);
  if (sort === 'name') return shown.sort(byName);
  const field = sort === 'cpu' ? 'cpuPercent' : 'memoryUsage';
  const used = ({ metrics }: Workspace) => metrics?.[field] ?? -1;
  return shown.sort((a, b) => used(b) - used(a) || byName(a, b));
}

/** Workspaces with what they use, as `top` shows them. */
export function usageTable(
  workspaces: readonly Workspace[],
  { paint, width, now }: { paint: Paint; width: number | undefined; now: number },
): string[] {
  return renderTable(
    COLUMNS,
    workspaces.map((workspace) => row(workspace, now)),
    { paint, width },
  );
}

/** Before a figure, or behind the phase where the figure has no column: it exceeds its threshold. */
const EXCEEDED = '!';

/** Metrics with a column. */
const SHOWN: readonly ThresholdMetric[] = ['cpu', 'memory', 'networkRx', 'networkTx', 'diskRead', 'diskWrite', 'pids'];

function row(workspace: Workspace, now: number): Cell[] {
  const { name, phase, metrics, freshness, exceeded = [] } = workspace;
  const ink = freshness.state === 'live' ? (PHASE_INK[phase] ?? 'quiet') : 'quiet';
  const figure = (text: string, metric?: ThresholdMetric): Cell => {
    if (text === '-') return { text, ink: 'quiet' };
    const isExceeded = exceeded.some((one) => one.metric === metric);
    return isExceeded ? { text: `${EXCEEDED}${text}`, ink: 'warn' } : { text };
  };
  const hidden = exceeded.some(({ metric }) => !SHOWN.includes(metric)) ? ` ${EXCEEDED}` : '';
  return [
    { text: name, ink: 'strong' },
    { text: phaseText(workspace, now) + hidden, ink: hidden === '' ? ink : 'warn' },
    figure(percentText(metrics?.cpuPercent ?? null), 'cpu'),
    figure(bytesText(metrics?.memoryUsage ?? null)),
    figure(percentText(metrics && memoryPercent(metrics)), 'memory'),
    figure(bytesText(metrics?.networkRxRate ?? null), 'networkRx'),
    figure(bytesText(metrics?.networkTxRate ?? null), 'networkTx'),
    figure(bytesText(metrics?.diskReadRate ?? null), 'diskRead'),
    figure(bytesText(metrics?.diskWriteRate ?? null), 'diskWrite'),
    figure(String(metrics?.pids ?? '-'), 'pids'),
    figure(formatAge(metrics?.lastActivity ?? null, now)),
  ];
}
