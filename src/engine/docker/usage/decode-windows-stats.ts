import type { UsageFrame } from '../../usage.ts';
import { asObject } from '../json-value.ts';
import { asAmount, setUsage } from './usage-amount.ts';

/** Windows counts processor time in units of 100 ns. */
const NS_PER_TICK = 100;

/** Whether the answer is of a Windows container: only there processors are counted, as `num_procs`. */
export function isWindows(source: Record<string, unknown>): boolean {
  return source.os_type === 'windows' || asAmount(source.num_procs) > 0;
}

/** What a Windows container tells, as Docker's client reads it: no limits, no pids, no throttling. */
export function fillFromWindows(source: Record<string, unknown>, frame: UsageFrame): void {
  const cpu = asObject(asObject(source.cpu_stats)?.cpu_usage);
  setUsage(frame, 'cpuNs', asAmount(cpu?.total_usage) * NS_PER_TICK);
  setUsage(frame, 'cpuUserNs', asAmount(cpu?.usage_in_usermode) * NS_PER_TICK);
  setUsage(frame, 'cpuSystemNs', asAmount(cpu?.usage_in_kernelmode) * NS_PER_TICK);
  setUsage(frame, 'memoryCharged', asAmount(asObject(source.memory_stats)?.privateworkingset));
  const disk = asObject(source.storage_stats);
  setUsage(frame, 'diskReadBytes', asAmount(disk?.read_size_bytes));
  setUsage(frame, 'diskWriteBytes', asAmount(disk?.write_size_bytes));
  setUsage(frame, 'diskReads', asAmount(disk?.read_count_normalized));
  setUsage(frame, 'diskWrites', asAmount(disk?.write_count_normalized));
}
