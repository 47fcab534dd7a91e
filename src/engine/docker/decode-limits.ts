import type { ContainerLimits } from '../../model/container.ts';
import { asInteger, asText } from './json-value.ts';

/** One for thousands of containers. */
const NO_LIMITS: ContainerLimits = Object.freeze({
  cpuCores: Number.POSITIVE_INFINITY,
  pids: Number.POSITIVE_INFINITY,
});
const NOT_TOLD: ContainerLimits = Object.freeze({ cpuCores: Number.NaN, pids: Number.NaN });

/** What a quota is counted over where no period is set, µs: the kernel's own default. */
const DEFAULT_PERIOD_US = 100_000;

/** A list of a thousand processors is no longer than this. */
const CPUSET_MOST = 4_096;
const PROCESSORS_MOST = 8_192;

/** What the part `HostConfig` of an inspect says of limits that the statistics do not tell. */
export function decodeLimits(host: Record<string, unknown> | null): ContainerLimits {
  if (host === null) return NOT_TOLD;
  const cpuCores = Math.min(quotaOf(host), processorsOf(asText(host.CpusetCpus, CPUSET_MOST) ?? ''));
  // -1, 0 and null are all words for none.
  const pids = positive(host.PidsLimit) ?? Number.POSITIVE_INFINITY;
  return cpuCores === Number.POSITIVE_INFINITY && pids === Number.POSITIVE_INFINITY ? NO_LIMITS : { cpuCores, pids };
}

/** Cores a container gets in each period; Podman tells the quota both ways. */
function quotaOf(host: Record<string, unknown>): number {
  const nano = positive(host.NanoCpus);
  if (nano !== null) return nano / 1e9;
  const quota = positive(host.CpuQuota);
  return quota === null ? Number.POSITIVE_INFINITY : quota / (positive(host.CpuPeriod) ?? DEFAULT_PERIOD_US);
}

/** How many processors a list as `0-2,5` names; no list means all of them. */
function processorsOf(list: string): number {
  const named = new Set<number>();
  for (const part of list.split(',')) {
    const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part.trim()) ?? [];
    for (let one = Number(first); one <= Math.min(Number(last), PROCESSORS_MOST); one += 1) named.add(one);
  }
  return named.size === 0 ? Number.POSITIVE_INFINITY : named.size;
}

function positive(value: unknown): number | null {
  const integer = asInteger(value);
  return integer !== null && integer > 0 ? integer : null;
}
