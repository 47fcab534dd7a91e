import type { WorkspaceMetrics } from '../src/client/client.ts';
import { formatBytes } from '../src/runtime/quantity.ts';
import type { Workspace } from './workspace.ts';

/**
 * What a workspace uses, or why that is not shown. `waiting`: the first rates are a second away. `unknown`: it runs, but
 * nobody tells. `none`: nothing of it runs, or the page hears nothing now.
 */
export type Figures = WorkspaceMetrics | 'waiting' | 'unknown' | 'none';

/** What is not known. */
export const UNKNOWN = '–';

/** Rates need two readings. A container without any after so long cannot be read. */
const FIRST_RATE_MS = 15_000;

/** Containers in one of these use something. */
const USING: ReadonlySet<string> = new Set(['running', 'paused', 'stopping']);

/** The figures to show, by the state of the workspace first: what has stopped uses nothing, whatever was told before. */
export function figuresOf(
  { id, containers }: Pick<Workspace, 'id' | 'containers'>,
  metrics: ReadonlyMap<string, WorkspaceMetrics> | null,
  now: number,
): Figures {
  const using = containers.filter(({ state }) => USING.has(state));
  if (metrics === null || using.length === 0) return 'none';
  const known = metrics.get(id);
  if (known !== undefined) return known;
  const youngest = Math.max(...using.map(({ startedAt }) => Date.parse(startedAt ?? '') || 0));
  return now - youngest < FIRST_RATE_MS ? 'waiting' : 'unknown';
}

/** Percent of one core. */
export function percentText(percent: number | null): string {
  if (percent === null) return UNKNOWN;
  return `${percent.toFixed(percent < 99.95 ? 1 : 0)}%`;
}

export function bytesText(bytes: number | null): string {
  return bytes === null ? UNKNOWN : formatBytes(bytes);
}

/** Bytes a second. */
export function rateText(rate: number | null): string {
  return rate === null ? UNKNOWN : `${formatBytes(rate)}/s`;
}

/** Two rates as lines, each with its sign; one dash where neither is told. */
export function ratesText(one: Rate, other: Rate): string {
  if (one[1] === null && other[1] === null) return UNKNOWN;
  return [one, other].map(([sign, rate]) => `${sign} ${rateText(rate)}`).join('\n');
}

type Rate = readonly [sign: string, rate: number | null];

/** 0 to 1; `null` where use or limit is not known. */
export function shareOf(used: number | null, limit: number | null): number | null {
  return used === null || limit === null || limit <= 0 ? null : Math.min(1, used / limit);
}

/** The same of a memory limit of the workspace's own: that of the whole machine says nothing of one workspace. */
export function ownShareOf({ memoryUsage, memoryLimit }: WorkspaceMetrics, hostMemory: number | null): number | null {
  if (memoryLimit !== null && hostMemory !== null && memoryLimit >= hostMemory) return null;
  return shareOf(memoryUsage, memoryLimit);
}

/** What all workspaces use together; `null` where none tells it. */
export type Totals = Readonly<Record<(typeof ADDED)[number], number | null>>;

const ADDED = [
  'cpuPercent',
  'memoryUsage',
  'networkRxRate',
  'networkTxRate',
  'diskReadRate',
  'diskWriteRate',
] as const satisfies readonly (keyof WorkspaceMetrics)[];

export function totalsOf(metrics: ReadonlyMap<string, WorkspaceMetrics>): Totals {
  const totals = Object.fromEntries(ADDED.map((field) => [field, metrics.size === 0 ? 0 : null]));
  for (const one of metrics.values()) {
    for (const field of ADDED) {
      const value = one[field];
      if (value !== null) totals[field] = (totals[field] ?? 0) + value;
    }
  }
  return totals as Totals;
}
