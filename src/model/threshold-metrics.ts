import { METRICS, type Metric } from './metric-catalogue.ts';

/** What a threshold's level is given in. */
export const THRESHOLD_UNITS = ['percent', 'bytes/s', 'count', 'ratio'] as const;
export type ThresholdUnit = (typeof THRESHOLD_UNITS)[number];

/**
 * Figures a threshold can watch. `cpu`: percent of the container's CPU limit, or of one core where it has none. `memory`:
 * percent of the memory limit. Both are those of the container nearest to its limit; all others are sums of the workspace,
 * the ratios (0 to 1) the highest of its containers.
 */
export type ThresholdMetric = Exclude<Metric, 'memoryLimit'>;
export const THRESHOLD_METRICS: readonly ThresholdMetric[] = METRICS.filter((metric) => metric !== 'memoryLimit');

export const THRESHOLD_UNIT: Readonly<Record<ThresholdMetric, ThresholdUnit>> = Object.freeze({
  cpu: 'percent',
  memory: 'percent',
  networkRx: 'bytes/s',
  networkTx: 'bytes/s',
  diskRead: 'bytes/s',
  diskWrite: 'bytes/s',
  pids: 'count',
  cpuThrottled: 'ratio',
  cpuPressure: 'ratio',
  memoryPressure: 'ratio',
  ioPressure: 'ratio',
});

/**
 * The highest level each can reach: a share of the time or of the limit never rises above the whole. CPU may, where nothing
 * limits it to one core.
 */
export const THRESHOLD_MOST: Readonly<Record<ThresholdMetric, number>> = Object.freeze({
  cpu: Number.POSITIVE_INFINITY,
  memory: 100,
  networkRx: Number.POSITIVE_INFINITY,
  networkTx: Number.POSITIVE_INFINITY,
  diskRead: Number.POSITIVE_INFINITY,
  diskWrite: Number.POSITIVE_INFINITY,
  pids: Number.POSITIVE_INFINITY,
  cpuThrottled: 1,
  cpuPressure: 1,
  memoryPressure: 1,
  ioPressure: 1,
});
