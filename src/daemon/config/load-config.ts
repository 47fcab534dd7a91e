import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, relative, resolve } from 'node:path';
import { TidewatchError } from '../../model/errors.ts';
import type { ConfigKeySpec } from './config-key.ts';
import { contradictions } from './contradictions.ts';
import { defaultConfigFiles, defaultDataDir } from './default-places.ts';
import { readEnvironmentValues, readFlagValues } from './environment-values.ts';
import { CONFIG_KEY_NAMES, CONFIG_KEYS, type Config, type ConfigKey, isConfigKey } from './keys.ts';
import type { Wrong } from './value-kinds.ts';
import { type GivenValue, type GivenValues, readYamlValues } from './yaml-values.ts';

/** Where a configuration comes from. Everything has the process's own as default. */
export interface ConfigSources {
  /** The file to read (flag `--config`); else `TIDEWATCH_CONFIG`, else `./tidewatch.yaml` and the XDG folder if there. */
  readonly file?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** By key or by the flag's name. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly home?: string;
}

/** A configuration and where it came from. */
export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read; `null` when there was none. */
  readonly file: string | null;
}

/**
 * Defaults < YAML file < environment < flags. Throws TidewatchError `config_invalid` with all that is wrong, one line each:
 * `tidewatch.yaml:3:5: tracker.syncIntervall: unknown key; did you mean tracker.syncInterval?`
 */
export function loadConfig(sources: ConfigSources = {}): LoadedConfig {
  const { env = process.env, flags = {}, cwd = process.cwd(), home = homeOf(env) } = sources;
  const file = chooseFile(sources.file || env.TIDEWATCH_CONFIG, { env, cwd, home });
  const given = [
    file === null ? NOTHING : readFile(file, cwd),
    readEnvironmentValues(env, cwd),
    readFlagValues(flags, cwd),
  ];
  const checked = check(
    given.flatMap(({ values }) => values),
    home,
  );
  const problems = [...given.flatMap((source) => source.problems), ...checked.problems];
  if (problems.length > 0) throw new TidewatchError('config_invalid', problems.join('\n'));
  return { config: { ...configDefaults({ env, home }), ...Object.fromEntries(checked.values) }, file };
}

/** The configuration of an empty file: what a library user begins with. */
export function configDefaults(surroundings: Pick<ConfigSources, 'env' | 'home'> = {}): Config {
  const { env = process.env, home = homeOf(env) } = surroundings;
  const entries = CONFIG_KEY_NAMES.map((key): [ConfigKey, unknown] => [key, CONFIG_KEYS[key].fallback]);
  return { ...(Object.fromEntries(entries) as Config), dataDir: defaultDataDir(env, home) };
}

const NOTHING: GivenValues = { values: [], problems: [] };

/** A real configuration has some dozen lines. */
const FILE_MAX_BYTES = 1_048_576;

function homeOf(env: Readonly<Record<string, string | undefined>>): string {
  return env.HOME ?? homedir();
}

function chooseFile(
  named: string | undefined,
  places: { env: Readonly<Record<string, string | undefined>>; cwd: string; home: string },
): string | null {
  if (named) return resolve(places.cwd, named);
  return defaultConfigFiles(places.env, places).find((file) => existsSync(file)) ?? null;
}

function readFile(file: string, cwd: string): GivenValues {
  const near = relative(cwd, file);
  const name = near.startsWith('..') || near === '' ? file : near;
  try {
    const { size } = statSync(file);
    if (size > FILE_MAX_BYTES)
      return { values: [], problems: [`${name}: larger than 1 MiB; not a configuration file`] };
    return readYamlValues(readFileSync(file, 'utf8'), { name, dir: dirname(file) });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { values: [], problems: [`${name}: the configuration file cannot be read: ${why}`] };
  }
}

interface CheckedValues {
  readonly values: ReadonlyMap<ConfigKey, unknown>;
  readonly problems: readonly string[];
}

/** Later values win over earlier ones, but each is checked: a wrong line in the file is told even where a flag hides it. */
function check(given: readonly GivenValue[], home: string): CheckedValues {
  const values = new Map<ConfigKey, unknown>();
  const wheres = new Map<ConfigKey, string>();
  const problems: string[] = [];
  for (const { key, raw, where, baseDir, parts } of given) {
    if (!isConfigKey(key)) continue;
    const spec: ConfigKeySpec<unknown> = CONFIG_KEYS[key];
    const outcome = spec.kind.parse(raw, { baseDir, home });
    wheres.set(key, where);
    if ('wrong' in outcome) problems.push(describe(outcome, { key, where, parts }));
    else values.set(key, outcome.value);
  }
  return { values, problems: [...problems, ...contradictions(wheres)] };
}

function describe({ wrong, part }: Wrong, { key, where, parts }: Pick<GivenValue, 'key' | 'where' | 'parts'>): string {
  if (part === undefined) return `${where}: ${key}: ${wrong}`;
  const name = /^\w{1,64}$/.test(part) ? part : JSON.stringify(part.slice(0, 64));
  return `${parts?.get(part) ?? where}: ${key}.${name}: ${wrong}`;
}
