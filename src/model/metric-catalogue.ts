/**
 * What is kept of every workspace, and told under these names. `cpu`: percent of one core. `memory`, `memoryLimit`: bytes. Then
 * bytes a second, a count of processes, and ratios from 0 to 1.
 */
export const METRICS = [
  'cpu',
  'memory',
  'memoryLimit',
  'networkRx',
  'networkTx',
  'diskRead',
  'diskWrite',
  'pids',
  'cpuThrottled',
  'cpuPressure',
  'memoryPressure',
  'ioPressure',
] as const;
export type Metric = (typeof METRICS)[number];

/** The step in which a metric is kept: what is finer is noise of the kernel's clocks, and takes most of the room. */
export const METRIC_STEP: Readonly<Record<Metric, number>> = Object.freeze({
  cpu: 0.01,
  memory: 1,
  memoryLimit: 1,
  networkRx: 1,
  networkTx: 1,
  diskRead: 1,
  diskWrite: 1,
  pids: 1,
  cpuThrottled: 0.0001,
  cpuPressure: 0.0001,
  memoryPressure: 0.0001,
  ioPressure: 0.0001,
});

/** {@link METRIC_STEP} as steps in 1, in the order of {@link METRICS}: whole numbers divide and multiply exactly, their inverses do not. */
export const STEPS_PER_UNIT: readonly number[] = Object.freeze(
  METRICS.map((metric) => Math.round(1 / METRIC_STEP[metric])),
);
