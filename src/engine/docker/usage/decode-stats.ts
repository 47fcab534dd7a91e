import { TidewatchError } from '../../../model/errors.ts';
import { fromIso } from '../../../runtime/iso.ts';
import type { EngineInfo } from '../../engine.ts';
import { USAGE, type UsageField, type UsageFrame } from '../../usage.ts';
import { asArray, asObject, asText } from '../json-value.ts';
import { fillFromWindows, isWindows } from './decode-windows-stats.ts';
import { asAmount, asLimit, setUsage } from './usage-amount.ts';

/** More interfaces, or entries of block devices, than a container has. */
const ENTRIES_MOST = 4_096;

export const NETWORK_FIELDS = [
  ['networkRxBytes', 'rx_bytes'],
  ['networkRxPackets', 'rx_packets'],
  ['networkRxErrors', 'rx_errors'],
  ['networkTxBytes', 'tx_bytes'],
  ['networkTxPackets', 'tx_packets'],
  ['networkTxErrors', 'tx_errors'],
] as const satisfies readonly (readonly [UsageField, string])[];

const SWAPPED = {
  rx_bytes: 'tx_bytes',
  rx_packets: 'tx_packets',
  rx_errors: 'tx_errors',
  tx_bytes: 'rx_bytes',
  tx_packets: 'rx_packets',
  tx_errors: 'rx_errors',
} as const;

/** Who wrote an answer. */
export interface StatsWriter {
  readonly dialect: EngineInfo['dialect'];
  /** It tells as received what was sent, and the other way round. */
  readonly swapsNetwork: boolean;
}

/** How to read an answer: by its writer, and with or without the network in it. */
export interface StatsOrigin extends StatsWriter {
  readonly countsNetwork: boolean;
}

/**
 * Fills the frame from an answer of `GET /containers/{id}/stats`; what it does not tell becomes `NaN`. Gives when the
 * engine took the sample (epoch ms by its clock, `NaN` when it does not tell), or `null` when the container does not run:
 * the frame is not touched then. Throws TidewatchError `engine_bad_answer` for what are no statistics.
 */
export function decodeStats(answer: unknown, frame: UsageFrame, origin: StatsOrigin): number | null {
  const source = asObject(answer);
  const cpu = asObject(source?.cpu_stats);
  const memory = asObject(source?.memory_stats);
  if (source === null || (cpu === null && memory === null)) {
    throw new TidewatchError('engine_bad_answer', 'The engine answered a question for statistics with none.');
  }
  const read = asText(source.read, 64) ?? '';
  if (read.startsWith('0001-01-01')) return null;
  frame.fill(Number.NaN);
  if (isWindows(source)) fillFromWindows(source, frame);
  else {
    fillCpu(cpu, frame, origin.dialect);
    fillMemory(memory, frame, origin.dialect);
    fillDisk(asObject(source.blkio_stats), frame);
    fillPids(asObject(source.pids_stats), frame, origin.dialect);
  }
  if (origin.countsNetwork) fillNetwork(asObject(source.networks), frame, origin.swapsNetwork);
  return fromIso(read) ?? Number.NaN;
}

function fillCpu(cpu: Record<string, unknown> | null, frame: UsageFrame, dialect: EngineInfo['dialect']): void {
  const usage = asObject(cpu?.cpu_usage);
  setUsage(frame, 'cpuNs', asAmount(usage?.total_usage));
  setUsage(frame, 'cpuUserNs', asAmount(usage?.usage_in_usermode));
  setUsage(frame, 'cpuSystemNs', asAmount(usage?.usage_in_kernelmode));
  // Podman writes zeros whatever the kernel counted.
  const throttling = dialect === 'podman' ? null : asObject(cpu?.throttling_data);
  setUsage(frame, 'cpuThrottledNs', asAmount(throttling?.throttled_time));
  setUsage(frame, 'cpuPeriods', asAmount(throttling?.periods));
  setUsage(frame, 'cpuThrottledPeriods', asAmount(throttling?.throttled_periods));
}

function fillMemory(memory: Record<string, unknown> | null, frame: UsageFrame, dialect: EngineInfo['dialect']): void {
  const usage = asAmount(memory?.usage);
  const stats = asObject(memory?.stats);
  const total = asAmount(stats?.total_inactive_file);
  setUsage(frame, 'memoryCharged', usage);
  // cgroup v1 has the figure with and without the cgroups below; v2 only with them.
  setUsage(frame, 'memoryInactiveFile', Number.isNaN(total) ? asAmount(stats?.inactive_file) : total);
  // Docker and Podman tell the machine's memory where there is no limit.
  setUsage(frame, 'memoryLimit', limitOf(memory?.limit, usage));
  // Old Podman repeats the limit here.
  const isLimit = dialect === 'podman' && memory?.max_usage === memory?.limit;
  setUsage(frame, 'memoryPeak', isLimit ? Number.NaN : asAmount(memory?.max_usage));
}

function fillPids(pids: Record<string, unknown> | null, frame: UsageFrame, dialect: EngineInfo['dialect']): void {
  const current = asAmount(pids?.current);
  setUsage(frame, 'pids', current);
  // Podman tells no limit also where there is one.
  setUsage(frame, 'pidsLimit', dialect === 'podman' && !pids?.limit ? Number.NaN : limitOf(pids?.limit, current));
}

/** A limit left out means none, unless nothing else is told either. */
function limitOf(value: unknown, level: number): number {
  return Number.isNaN(level) ? Number.NaN : asLimit(value);
}

/** On cgroup v2 only bytes are told, and the words are in lower case. */
function fillDisk(blkio: Record<string, unknown> | null, frame: UsageFrame): void {
  fillOperations(blkio?.io_service_bytes_recursive, frame, ['diskReadBytes', 'diskWriteBytes']);
  fillOperations(blkio?.io_serviced_recursive, frame, ['diskReads', 'diskWrites']);
}

function fillOperations(
  entries: unknown,
  frame: UsageFrame,
  [readField, writeField]: readonly [UsageField, UsageField],
): void {
  if (!Array.isArray(entries)) return;
  let reads = 0;
  let writes = 0;
  for (const entry of asArray(entries).slice(0, ENTRIES_MOST)) {
    const told = asObject(entry);
    const operation = asText(told?.op, 16)?.toLowerCase();
    if (operation === 'read') reads += asAmount(told?.value);
    else if (operation === 'write') writes += asAmount(told?.value);
  }
  setUsage(frame, readField, reads);
  setUsage(frame, writeField, writes);
}

function fillNetwork(networks: Record<string, unknown> | null, frame: UsageFrame, isSwapped: boolean): void {
  const names = Object.keys(networks ?? {}).filter((name) => name !== 'lo');
  const interfaces = names.slice(0, ENTRIES_MOST).map((name) => asObject(networks?.[name]));
  if (interfaces.length === 0) return;
  for (const [field, key] of NETWORK_FIELDS) {
    let sum = 0;
    const told = isSwapped ? SWAPPED[key] : key;
    for (const counters of interfaces) sum += asAmount(counters?.[told]);
    setUsage(frame, field, sum);
  }
  forgetUncounted(frame, ['networkRxBytes', 'networkRxPackets', 'networkRxErrors']);
  forgetUncounted(frame, ['networkTxBytes', 'networkTxPackets', 'networkTxErrors']);
}

/** Bytes without a packet: Podman 4 counts no packets and no errors, and writes zeros. */
function forgetUncounted(frame: UsageFrame, [bytes, ...counts]: readonly [UsageField, UsageField, UsageField]): void {
  const isCounted = !((frame[USAGE[bytes]] ?? 0) > 0) || frame[USAGE[counts[0]]] !== 0;
  for (const field of isCounted ? [] : counts) setUsage(frame, field, Number.NaN);
}
