import type { WorkspaceMetrics } from '../model/workspace.ts';
import { currentOf, type Instant, metricsOf, newestReading } from './workspace-figures.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

/** What figures are made from, as far as it changes. */
interface Basis {
  readonly containers: readonly unknown[];
  readonly revisions: number;
  /** Changes also when the wall clock is set. */
  readonly sampledAt: number;
  readonly lastActivityAt: number | null;
  readonly errorCount: number;
  readonly lastErrorAt: number | null;
}

/** The figures of a workspace: the same object until something of them changes. */
export class KeptFigures {
  #figures: WorkspaceMetrics | null = null;
  #basis: Basis | null = null;

  /** As {@link metricsOf}. */
  of(workspace: WorkspaceMonitor, at: Instant, hostMemory: number): WorkspaceMetrics | null {
    const { containers } = workspace;
    // What is overdue becomes so by time alone.
    if (currentOf(containers, at.monotonic) !== containers) return metricsOf(workspace, at, hostMemory);
    const basis = basisOf(workspace, at);
    if (this.#basis === null || !isSame(this.#basis, basis)) {
      this.#figures = metricsOf(workspace, at, hostMemory);
      this.#basis = basis;
    }
    return this.#figures;
  }
}

function basisOf({ containers, activity, errorCount, lastErrorAt }: WorkspaceMonitor, at: Instant): Basis {
  let revisions = 0;
  for (const { revision } of containers) revisions += revision;
  return {
    containers,
    revisions,
    sampledAt: newestReading(containers, at),
    lastActivityAt: activity.lastAt,
    errorCount,
    lastErrorAt,
  };
}

function isSame(a: Basis, b: Basis): boolean {
  return (
    a.containers === b.containers &&
    a.revisions === b.revisions &&
    // NaN before the first reading.
    Object.is(a.sampledAt, b.sampledAt) &&
    a.lastActivityAt === b.lastActivityAt &&
    a.errorCount === b.errorCount &&
    a.lastErrorAt === b.lastErrorAt
  );
}
