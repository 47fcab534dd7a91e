import type { UsageField, UsageTarget } from '../../usage.ts';
import { NETWORK_FIELDS } from './decode-stats.ts';

const NEVER_TOLD = 'the engine’s statistics have no word of it';

const NEVER: readonly UsageField[] = [
  'memorySwap',
  'memoryOomKills',
  'cpuPressureUs',
  'memoryPressureUs',
  'ioPressureUs',
];

const WITHOUT_NETWORK: Readonly<Partial<Record<UsageTarget['network'], string>>> = {
  host: 'it uses the machine’s network, whose traffic is not its own',
  shared: 'it uses another container’s network; its traffic is counted there',
  none: 'it has no network',
};

const made = new Map<UsageTarget['network'], ReadonlyMap<UsageField, string>>();

/** What the engine never tells of a container with such a network, and why. */
export function missingFields(network: UsageTarget['network']): ReadonlyMap<UsageField, string> {
  const known = made.get(network);
  if (known !== undefined) return known;
  const missing = new Map<UsageField, string>(NEVER.map((field) => [field, NEVER_TOLD]));
  const why = WITHOUT_NETWORK[network];
  if (why !== undefined) for (const [field] of NETWORK_FIELDS) missing.set(field, why);
  made.set(network, missing);
  return missing;
}
