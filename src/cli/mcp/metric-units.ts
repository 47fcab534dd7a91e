import type { Metric } from '../../model/metric-catalogue.ts';

/** Units in words, so that nobody has to guess them. */
export const METRIC_UNITS: Readonly<Record<Metric, string>> = {
  cpu: 'percent of one core (250 = two and a half cores)',
  memory: 'bytes',
  memoryLimit: 'bytes',
  networkRx: 'bytes/s',
  networkTx: 'bytes/s',
  diskRead: 'bytes/s',
  diskWrite: 'bytes/s',
  pids: 'processes and threads',
  cpuThrottled: 'ratio 0 to 1 of the periods in which the CPU limit held it back',
  cpuPressure: 'ratio 0 to 1 of the time in which something waited for CPU',
  memoryPressure: 'ratio 0 to 1 of the time in which something waited for memory',
  ioPressure: 'ratio 0 to 1 of the time in which something waited for the disk',
};
