import type { WorkspaceMetrics } from '../model/workspace.ts';
import { currentOf, type Instant, metricsOf, newestReading } from './workspace-figures.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

/** The figures of a workspace: the same object until something of them changes. */
export class KeptFigures {
  #figures: WorkspaceMetrics | null = null;
  // What they were made from, as far as it changes.
  #containers: readonly unknown[] | null = null;
  #revisions = 0;
  /** Changes also when the wall clock is set. */
  #sampledAt = 0;
  #lastActivityAt: number | null = null;
  #errorCount = 0;
  #lastErrorAt: number | null = null;

  /** As {@link metricsOf}. Asked for thousands at once: makes nothing while they are the same. */
  of(workspace: WorkspaceMonitor, at: Instant, hostMemory: number): WorkspaceMetrics | null {
    const { containers } = workspace;
    // What is overdue becomes so by time alone.
    if (currentOf(containers, at.monotonic) !== containers) return metricsOf(workspace, at, hostMemory);
    if (!this.#isStill(workspace, at)) this.#figures = metricsOf(workspace, at, hostMemory);
    return this.#figures;
  }

  /** Whether they are made from the same as the last time; notes what they are made from. */
  #isStill({ containers, activity, errorCount, lastErrorAt }: WorkspaceMonitor, at: Instant): boolean {
    let revisions = 0;
    for (const { revision } of containers) revisions += revision;
    const sampledAt = newestReading(containers, at);
    const isSame =
      containers === this.#containers &&
      revisions === this.#revisions &&
      // NaN before the first reading.
      Object.is(sampledAt, this.#sampledAt) &&
      activity.lastAt === this.#lastActivityAt &&
      errorCount === this.#errorCount &&
      lastErrorAt === this.#lastErrorAt;
    if (isSame) return true;
    this.#containers = containers;
    this.#revisions = revisions;
    this.#sampledAt = sampledAt;
    this.#lastActivityAt = activity.lastAt;
    this.#errorCount = errorCount;
    this.#lastErrorAt = lastErrorAt;
    return false;
  }
}
