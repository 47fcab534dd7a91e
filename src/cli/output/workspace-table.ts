import type { Workspace } from '../workspace.ts';
import { formatAge } from './age.ts';
import { type Paint, PHASE_INK } from './paint.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import { BYTES_WIDTH, bytesText, CPU_WIDTH, percentText } from './usage-lines.ts';

/** A column and what stands in it. */
interface Part {
  readonly column: Column;
  cell(workspace: Workspace, now: number): Cell;
}

const NAME: Part = {
  column: { header: 'WORKSPACE', min: 12, max: 60 },
  cell: ({ name }) => ({ text: name, ink: 'strong' }),
};
const STATUS: Part = {
  column: { header: 'STATUS' },
  cell: ({ status }) => ({ text: status, ...(status === 'active' ? {} : { ink: 'quiet' as const }) }),
};
const STATE: readonly Part[] = [
  {
    column: { header: 'PHASE' },
    cell: (workspace, now) => {
      const isKnown = workspace.freshness.state === 'live';
      return {
        text: phaseText(workspace, now),
        ink: isKnown ? (PHASE_INK[workspace.phase] ?? 'quiet') : 'quiet',
      };
    },
  },
  { column: { header: 'SINCE', align: 'right' }, cell: ({ since }, now) => ({ text: formatAge(since, now) }) },
  {
    column: { header: 'CONTAINERS', align: 'right', min: 5 },
    cell: (workspace) => ({ text: containerCount(workspace) }),
  },
];
const FIGURES: readonly Part[] = [
  {
    column: { header: 'CPU %', align: 'right', least: CPU_WIDTH },
    cell: ({ metrics }) => figure(metrics, percentText, 'cpuPercent'),
  },
  {
    column: { header: 'MEMORY', align: 'right', least: BYTES_WIDTH },
    cell: ({ metrics }) => figure(metrics, bytesText, 'memoryUsage'),
  },
];
const REASON: Part = { column: { header: 'REASON', min: 16 }, cell: ({ reason }) => ({ text: reason.message }) };

interface TableSetting {
  readonly paint: Paint;
  readonly width: number | undefined;
  readonly now: number;
}

/** Where it is is never cut; the reason goes first where there is no room for it. */
export function workspaceTable(workspaces: readonly Workspace[], setting: TableSetting): string[] {
  return tableOf([NAME, STATUS, ...STATE, REASON], workspaces, setting);
}

/** Narrower than this, phase and reason say more than the status. */
const STATUS_WIDTH = 100;

/** The same with what they use, for `watch`. */
export function watchTable(workspaces: readonly Workspace[], setting: TableSetting): string[] {
  const status = (setting.width ?? STATUS_WIDTH) < STATUS_WIDTH ? [] : [STATUS];
  return tableOf([NAME, ...status, ...STATE, ...FIGURES, REASON], workspaces, setting);
}

function tableOf(parts: readonly Part[], workspaces: readonly Workspace[], { paint, width, now }: TableSetting) {
  const columns = parts.map(({ column }) => column);
  const rows = workspaces.map((workspace) => parts.map(({ cell }) => cell(workspace, now)));
  return renderTable(columns, rows, { paint, width });
}

/** Nothing where nothing runs: a column of dashes would say no more. */
function figure(
  metrics: Workspace['metrics'],
  text: (value: number | null) => string,
  field: 'cpuPercent' | 'memoryUsage',
): Cell {
  return { text: metrics === null ? '' : text(metrics[field]) };
}

/** By name, then by id: a list that does not jump while it is watched. */
export function byName(a: Workspace, b: Workspace): number {
  return compare(a.name, b.name) || compare(a.id, b.id);
}

/** `running`, or `unknown since 2m (was running)` when the engine no longer confirms it. */
export function phaseText({ phase, freshness }: Workspace, now: number): string {
  if (freshness.state === 'live') return phase;
  const age = freshness.confirmedAt === null ? '' : ` since ${formatAge(freshness.confirmedAt, now)}`;
  return freshness.state === 'unknown' ? `unknown${age} (was ${phase})` : `${phase} (not confirmed${age})`;
}

/** Running of all containers, helpers included. */
export function containerCount({ containers }: Workspace): string {
  return `${containers.filter(({ state }) => state === 'running').length}/${containers.length}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
