import type { EngineInfo } from '../../engine.ts';
import type { UsageField, UsageTarget } from '../../usage.ts';
import { NETWORK_FIELDS } from './decode-stats.ts';

type Network = UsageTarget['network'];
type Dialect = EngineInfo['dialect'];

const NEVER: readonly UsageField[] = [
  'memorySwap',
  'memoryOomKills',
  'cpuPressureUs',
  'memoryPressureUs',
  'ioPressureUs',
];

const NEVER_BY_PODMAN: readonly UsageField[] = ['cpuThrottledNs', 'cpuPeriods', 'cpuThrottledPeriods'];

const WITHOUT_NETWORK: Readonly<Partial<Record<Network, string>>> = {
  host: 'it uses the machine’s network, whose traffic is not its own',
  shared: 'it uses another container’s network; its traffic is counted there',
  none: 'it has no network',
};

/** Made once for each kind of container, for there may be thousands of them. */
const made = new Map<string, ReadonlyMap<UsageField, string>>();

/** What an engine of this dialect never tells of such a container, and why. */
export function missingFields(
  { network, limits }: Pick<UsageTarget, 'network' | 'limits'>,
  dialect: Dialect,
): ReadonlyMap<UsageField, string> {
  const hasLimits = limits !== undefined;
  const key = `${dialect} ${network} ${hasLimits}`;
  const missing = made.get(key) ?? reasonsFor(network, dialect, hasLimits);
  made.set(key, missing);
  return missing;
}

function reasonsFor(network: Network, dialect: Dialect, hasLimits: boolean): ReadonlyMap<UsageField, string> {
  const reasons = new Map<UsageField, string>();
  for (const field of NEVER) reasons.set(field, 'the engine’s statistics have no word of it');
  if (dialect === 'podman')
    for (const field of NEVER_BY_PODMAN) reasons.set(field, 'Podman’s statistics do not count it');
  if (!hasLimits) reasons.set('cpuLimit', 'the engine’s statistics have no word of it, and it could not be inspected');
  const why = WITHOUT_NETWORK[network];
  if (why !== undefined) for (const [field] of NETWORK_FIELDS) reasons.set(field, why);
  return reasons;
}
