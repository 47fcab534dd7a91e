import type { EventDraft } from '../model/events.ts';
import { THRESHOLD_UNIT } from '../model/threshold-metrics.ts';
import type { WorkspaceMetrics } from '../model/workspace.ts';
import { formatSpan } from '../runtime/duration.ts';
import { toIso } from '../runtime/iso.ts';
import { formatLevel, roundLevel } from '../runtime/quantity.ts';
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
  const [value, threshold] = [told.value, raise].map((level) => formatLevel(level, unit));
  return {
    type: 'threshold_exceeded',
    workspaceId,
    timestamp: toIso(now),
    message: `${metric} is at ${value}, over ${threshold} for ${formatSpan(told.aboveMs)}`,
    data: {
      metric,
      value: roundLevel(told.value, unit),
      threshold: roundLevel(raise, unit),
      unit,
      containerId: told.containerId,
      since: toIso(now - told.aboveMs),
      exceededAt: toIso(now),
    },
    recovered: false,
  };
}

export function thresholdCleared(
  { workspaceId, now }: Told,
  rule: ThresholdRule,
  told: ThresholdEnd,
): EventDraft<'threshold_cleared'> {
  const { metric, raise, clear } = rule;
  const unit = THRESHOLD_UNIT[metric];
  const { value, raisedMs, containerId, reason } = told;
  return {
    type: 'threshold_cleared',
    workspaceId,
    timestamp: toIso(now),
    message: `${metric} was over ${formatLevel(raise, unit)} for ${formatSpan(raisedMs)}${endText(rule, told)}`,
    data: {
      metric,
      value: value === null ? null : roundLevel(value, unit),
      threshold: roundLevel(raise, unit),
      clearLevel: roundLevel(clear, unit),
      unit,
      containerId,
      reason,
      exceededAt: toIso(now - raisedMs),
      clearedAt: toIso(now),
      duration: Math.round(raisedMs),
    },
    recovered: false,
  };
}

function endText({ metric }: ThresholdRule, { value, reason }: ThresholdEnd): string {
  if (reason === 'stopped') return '; nothing of the workspace is read any more';
  if (reason === 'changed') return '; it has another threshold now';
  return value === null ? '' : `, now ${formatLevel(value, THRESHOLD_UNIT[metric])}`;
}
