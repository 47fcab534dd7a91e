import type { EventDraft } from '../model/events.ts';
import { THRESHOLD_UNIT } from '../model/threshold-metrics.ts';
import type { WorkspaceMetrics } from '../model/workspace.ts';
import { toIso } from '../runtime/iso.ts';
import type { ThresholdRule } from './threshold-rules.ts';
import type { ThresholdEnd } from './thresholds.ts';

/** Instants in ms: epoch for `now`. */
interface Told {
  readonly workspaceId: string;
  readonly now: number;
}

export function metricsUpdate(
  told: Told,
  oldMetrics: WorkspaceMetrics | null,
  newMetrics: WorkspaceMetrics,
): EventDraft {
  const at = toIso(told.now);
  const { cpuPercent, memoryUsage } = newMetrics;
  const cpu = cpuPercent === null ? 'CPU not known' : `CPU ${cpuPercent.toFixed(1)} %`;
  const memory = memoryUsage === null ? 'memory not known' : `memory ${(memoryUsage / 2 ** 20).toFixed(1)} MiB`;
  return {
    type: 'metrics_update',
    workspaceId: told.workspaceId,
    timestamp: at,
    message: `${cpu}, ${memory}`,
    data: { oldMetrics, newMetrics, updatedAt: at, delta: deltaOf(oldMetrics, newMetrics) },
    recovered: false,
  };
}

/** New less old, for each figure that is a number in both and differs. */
function deltaOf(before: WorkspaceMetrics | null, after: WorkspaceMetrics): Record<string, number> {
  const delta: Record<string, number> = {};
  if (before === null) return delta;
  for (const [name, value] of Object.entries(after)) {
    const old = before[name as keyof WorkspaceMetrics];
    if (typeof value === 'number' && typeof old === 'number' && value !== old) delta[name] = value - old;
  }
  return delta;
}

export function thresholdExceeded(
  { workspaceId, now }: Told,
  rule: ThresholdRule,
  told: { value: number; aboveMs: number; containerId: string | null },
): EventDraft<'threshold_exceeded'> {
  const { metric, raise } = rule;
  const unit = THRESHOLD_UNIT[metric];
  const forS = Math.round(told.aboveMs / 1000);
  return {
    type: 'threshold_exceeded',
    workspaceId,
    timestamp: toIso(now),
    message: `${metric} is at ${amount(told.value, unit)}, above ${amount(raise, unit)} for ${forS} s`,
    data: {
      metric,
      value: told.value,
      threshold: raise,
      unit,
      containerId: told.containerId,
      since: toIso(now - told.aboveMs),
      exceededAt: toIso(now),
    },
    recovered: false,
  };
}

const ENDS: Readonly<Record<ThresholdEnd['reason'], string>> = {
  below: 'is normal again',
  stopped: 'is over: nothing of the workspace is read any more',
  changed: 'has another threshold now',
};

export function thresholdCleared(
  { workspaceId, now }: Told,
  rule: ThresholdRule,
  told: ThresholdEnd,
): EventDraft<'threshold_cleared'> {
  const { metric, clear } = rule;
  const unit = THRESHOLD_UNIT[metric];
  const value = told.value === null ? '' : `, at ${amount(told.value, unit)}`;
  return {
    type: 'threshold_cleared',
    workspaceId,
    timestamp: toIso(now),
    message: `${metric} ${ENDS[told.reason]}${value}`,
    data: {
      metric,
      value: told.value,
      threshold: clear,
      unit,
      containerId: told.containerId,
      reason: told.reason,
      exceededAt: toIso(now - told.raisedMs),
      clearedAt: toIso(now),
      duration: told.raisedMs,
    },
    recovered: false,
  };
}

function amount(value: number, unit: string): string {
  const rounded = Math.round(value * 100) / 100;
  if (unit === 'percent') return `${rounded} %`;
  return unit === 'bytes/s' ? `${rounded} ${unit}` : String(rounded);
}
