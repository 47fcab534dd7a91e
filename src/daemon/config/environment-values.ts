import { hintAt } from '../../runtime/nearest-name.ts';
import { CONFIG_KEY_NAMES, envNameOf, flagNameOf, LATER_SECTIONS } from './keys.ts';
import type { GivenValue, GivenValues } from './yaml-values.ts';

const KEY_BY_ENV = new Map(CONFIG_KEY_NAMES.map((key) => [envNameOf(key), key]));

/** Variables of the same family that are no configuration keys. */
const OTHER_VARIABLES = /^TIDEWATCH_(CONFIG|URL|TOKEN|CA|(TEST|BENCH|DEMO)(_.*)?)$/;

/**
 * Kubernetes and Docker links set such variables by themselves for a service that is called tidewatch, so they cannot be
 * mistakes of a person.
 */
const SERVICE_VARIABLES =
  /^TIDEWATCH_(.*_)?(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?|NAME|ENV_\w+)$/;

/** What the environment says. An empty variable counts as not set. */
export function readEnvironmentValues(env: Readonly<Record<string, string | undefined>>, cwd: string): GivenValues {
  const values: GivenValue[] = [];
  const problems: string[] = [];
  for (const [name, raw] of Object.entries(env)) {
    if (!name.startsWith('TIDEWATCH_') || !raw) continue;
    const key = KEY_BY_ENV.get(name);
    if (key !== undefined) values.push({ key, raw, where: name, baseDir: cwd });
    else if (!OTHER_VARIABLES.test(name) && !SERVICE_VARIABLES.test(name)) problems.push(unknownVariable(name));
  }
  return { values, problems };
}

function unknownVariable(name: string): string {
  const isLater = LATER_SECTIONS.some((section) => name.startsWith(`${envNameOf(section)}_`));
  if (isLater) return `${name}: not available yet in this version of Tidewatch; take it out`;
  return `${name}: unknown variable${hintAt(name, [...KEY_BY_ENV.keys()])}`;
}

/** What flags say, by the key or the flag's name: `{ listen: '…' }` or `{ '--listen': '…' }`. */
export function readFlagValues(flags: Readonly<Record<string, string | undefined>>, cwd: string): GivenValues {
  const values: GivenValue[] = [];
  const problems: string[] = [];
  for (const [name, raw] of Object.entries(flags)) {
    if (raw === undefined) continue;
    const key = CONFIG_KEY_NAMES.find((candidate) => candidate === name || flagNameOf(candidate) === name);
    if (key !== undefined) values.push({ key, raw, where: flagNameOf(key), baseDir: cwd });
    else problems.push(`${name}: unknown flag${hintAt(name, CONFIG_KEY_NAMES.map(flagNameOf))}`);
  }
  return { values, problems };
}
