import type { UsageField } from '../usage.ts';
import { goTime } from './container-json.ts';
import type { Dialect } from './engine-event.ts';
import type { FakeContainer } from './fake-container.ts';

/** What the statistics of a scripted container tell; what is not set is 0, or no limit. */
export type FakeUsage = Partial<Record<UsageField, number>>;

const MACHINE_MEMORY = 8_589_934_592;
const PROCESSORS = 2;

/** One frame of `GET /containers/{id}/stats`, as Docker 20.10 on cgroup v1 or Podman 4 writes it. */
export function containerStats(container: FakeContainer, dialect: Dialect, at: bigint): string {
  const runs = container.pid !== 0;
  if (dialect === 'podman') return `${JSON.stringify(podmanFrame(container, at))}\n`;
  const { usage } = container;
  return `${JSON.stringify({
    read: goTime(runs ? at : 0n),
    preread: goTime(0n),
    pids_stats: runs ? { current: usage.pids ?? 1, ...limitOf(usage.pidsLimit) } : {},
    blkio_stats: diskOf(usage, runs),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: runs ? processorOf(usage) : NO_PROCESSOR,
    precpu_stats: NO_PROCESSOR,
    memory_stats: runs ? memoryOf(usage) : {},
    name: `/${container.name}`,
    id: container.id,
    ...(runs && hasInterface(container) ? { networks: { eth0: networkOf(usage) } } : {}),
  })}\n`;
}

function podmanFrame(container: FakeContainer, at: bigint): Record<string, unknown> {
  const { usage } = container;
  const { io_service_bytes_recursive } = diskOf(usage, true);
  const uncounted = { rx_packets: 0, rx_errors: 0, rx_dropped: 0, tx_packets: 0, tx_errors: 0, tx_dropped: 0 };
  // Before 4.4 it swapped the two.
  const network = { ...uncounted, rx_bytes: usage.networkTxBytes ?? 0, tx_bytes: usage.networkRxBytes ?? 0 };
  return {
    read: goTime(at),
    preread: goTime(0n),
    pids_stats: { current: usage.pids ?? 1 },
    blkio_stats: { io_service_bytes_recursive, io_serviced_recursive: null },
    num_procs: 0,
    storage_stats: {},
    cpu_stats: { ...processorOf(usage), cpu: 0, throttling_data: NO_THROTTLING },
    precpu_stats: { ...NO_PROCESSOR, cpu: 0 },
    memory_stats: { usage: usage.memoryCharged ?? 0, limit: finite(usage.memoryLimit) ?? MACHINE_MEMORY },
    name: container.name,
    Id: container.id,
    networks: { network },
  };
}

const NO_THROTTLING = { periods: 0, throttled_periods: 0, throttled_time: 0 };
const NO_PROCESSOR = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: NO_THROTTLING,
};

function processorOf(usage: FakeUsage): Record<string, unknown> {
  return {
    cpu_usage: {
      total_usage: usage.cpuNs ?? 0,
      usage_in_kernelmode: usage.cpuSystemNs ?? 0,
      usage_in_usermode: usage.cpuUserNs ?? 0,
    },
    system_cpu_usage: 30_873_900_000_000,
    online_cpus: PROCESSORS,
    throttling_data: {
      periods: usage.cpuPeriods ?? 0,
      throttled_periods: usage.cpuThrottledPeriods ?? 0,
      throttled_time: usage.cpuThrottledNs ?? 0,
    },
  };
}

function memoryOf(usage: FakeUsage): Record<string, unknown> {
  return {
    usage: usage.memoryCharged ?? 0,
    max_usage: usage.memoryPeak ?? 0,
    stats: { total_inactive_file: usage.memoryInactiveFile ?? 0 },
    // Docker tells the machine's memory in place of no limit.
    limit: finite(usage.memoryLimit) ?? MACHINE_MEMORY,
  };
}

function diskOf(usage: FakeUsage, runs: boolean): Record<string, unknown> {
  const operations = (reads: number | undefined, writes: number | undefined) =>
    [
      { major: 254, minor: 0, op: 'Read', value: reads ?? 0 },
      { major: 254, minor: 0, op: 'Write', value: writes ?? 0 },
    ].filter(({ value }) => value > 0);
  return {
    io_service_bytes_recursive: runs ? operations(usage.diskReadBytes, usage.diskWriteBytes) : null,
    io_serviced_recursive: runs ? operations(usage.diskReads, usage.diskWrites) : null,
  };
}

function networkOf(usage: FakeUsage): Record<string, number> {
  return {
    rx_bytes: usage.networkRxBytes ?? 0,
    rx_packets: usage.networkRxPackets ?? 0,
    rx_errors: usage.networkRxErrors ?? 0,
    rx_dropped: 0,
    tx_bytes: usage.networkTxBytes ?? 0,
    tx_packets: usage.networkTxPackets ?? 0,
    tx_errors: usage.networkTxErrors ?? 0,
    tx_dropped: 0,
  };
}

function hasInterface({ networkMode }: FakeContainer): boolean {
  return networkMode !== 'host' && networkMode !== 'none';
}

function limitOf(limit: number | undefined): { limit?: number } {
  const told = finite(limit);
  return told === undefined ? {} : { limit: told };
}

function finite(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value) ? undefined : value;
}
