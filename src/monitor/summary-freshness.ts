import { toIso } from '../runtime/iso.ts';
import type { ContainerMonitor } from './container-monitor.ts';
import { type Instant, isOverdue, sampledAtOf } from './workspace-figures.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

/** How far sums over all workspaces are those of now. */
export interface SummaryFreshness {
  /** `live`: all that runs is in them. `stale`: not all of it. `unknown`: no workspace is in them whole. */
  readonly state: 'live' | 'stale' | 'unknown';
  /** Active workspaces with a container that is not in them: it could not be read lately. */
  readonly incompleteWorkspaces: number;
  /** When the oldest reading in them was taken, ISO 8601; `null` when there is none. */
  readonly sampledAt: string | null;
}

/** A container that started so lately may have no figures yet. */
const FIRST_FIGURES_MS = 5_000;

export function summaryFreshness(active: readonly WorkspaceMonitor[], at: Instant): SummaryFreshness {
  let incomplete = 0;
  let oldest = Number.POSITIVE_INFINITY;
  for (const { containers } of active) {
    if (containers.some((container) => isMissing(container, at))) incomplete += 1;
    for (const container of containers) {
      const sampledAt = isOverdue(container, at.monotonic) ? Number.NaN : sampledAtOf(container, at);
      if (sampledAt < oldest) oldest = sampledAt;
    }
  }
  const rest = active.length - incomplete;
  return {
    state: incomplete === 0 ? 'live' : rest === 0 ? 'unknown' : 'stale',
    incompleteWorkspaces: incomplete,
    sampledAt: Number.isFinite(oldest) ? toIso(oldest) : null,
  };
}

function isMissing(container: ContainerMonitor, { now, monotonic }: Instant): boolean {
  if (container.isTelling && !isOverdue(container, monotonic)) return false;
  const { startedAt } = container;
  return startedAt === null || now - startedAt > FIRST_FIGURES_MS;
}
