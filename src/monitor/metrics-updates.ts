import type { WorkspaceMonitor } from './workspace-monitor.ts';

export const UPDATE_INTERVAL_MS = 60_000;

/** Large changes are told sooner, but not every second: events are kept for long. */
const SOONEST_MS = 10_000;
const LARGE_RATIO = 0.2;
/** A fifth of next to nothing is nothing: points of a core, bytes. */
const LARGE_CPU = 5;
const LARGE_MEMORY = 16 * 2 ** 20;
/** Less than this is no change at all. */
const SMALL_CPU = 0.5;
const SMALL_MEMORY = 2 ** 20;

/**
 * Whether a workspace's figures are worth a `metrics_update` now: the first ones; any change after the interval; a change
 * of CPU or memory by more than a fifth after ten seconds.
 */
export function isUpdateDue(workspace: WorkspaceMonitor, at: number, intervalMs: number): boolean {
  const { toldMetrics, cpu, memory } = workspace;
  if (toldMetrics === null) return true;
  const elapsed = at - workspace.toldAt;
  if (elapsed < Math.min(SOONEST_MS, intervalMs)) return false;
  const cpuBefore = toldMetrics.cpuPercent ?? 0;
  const memoryBefore = toldMetrics.memoryUsage ?? 0;
  const cpuChange = Math.abs(cpu - cpuBefore);
  const memoryChange = Math.abs(memory - memoryBefore);
  if (elapsed >= intervalMs) return cpuChange > SMALL_CPU || memoryChange > SMALL_MEMORY;
  return (
    cpuChange > Math.max(LARGE_CPU, cpuBefore * LARGE_RATIO) ||
    memoryChange > Math.max(LARGE_MEMORY, memoryBefore * LARGE_RATIO)
  );
}
