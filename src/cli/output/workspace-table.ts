import type { Workspace } from '../workspace.ts';
import { formatAge } from './age.ts';
import { type Paint, PHASE_INK } from './paint.ts';
import { type Cell, type Column, renderTable } from './table.ts';

/** Where it is is never cut; the reason goes first where there is no room for it. */
const COLUMNS: readonly Column[] = [
  { header: 'WORKSPACE', min: 12, max: 60 },
  { header: 'STATUS' },
  { header: 'PHASE' },
  { header: 'SINCE', align: 'right' },
  { header: 'CONTAINERS', align: 'right', min: 5 },
  { header: 'REASON', min: 16 },
];

/** Workspaces as the table of `ls` and `watch`. */
export function workspaceTable(
  workspaces: readonly Workspace[],
  { paint, width, now }: { paint: Paint; width: number | undefined; now: number },
): string[] {
  return renderTable(
    COLUMNS,
    workspaces.map((workspace) => row(workspace, now)),
    { paint, width },
  );
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

function row(workspace: Workspace, now: number): Cell[] {
  const isKnown = workspace.freshness.state === 'live';
  return [
    { text: workspace.name, ink: 'strong' },
    { text: workspace.status, ...(workspace.status === 'active' ? {} : { ink: 'quiet' as const }) },
    { text: phaseText(workspace, now), ink: isKnown ? (PHASE_INK[workspace.phase] ?? 'quiet') : 'quiet' },
    { text: formatAge(workspace.since, now) },
    { text: containerCount(workspace) },
    { text: workspace.reason.message },
  ];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
