import { isAbsolute, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Folder of the database and the token where none is configured: the XDG state folder; without a home, /var/lib. */
export function defaultDataDir(env: Env, home: string): string {
  const state = absolute(env.XDG_STATE_HOME) ?? (home === '' ? undefined : join(home, '.local', 'state'));
  return state === undefined ? '/var/lib/tidewatch' : join(state, 'tidewatch');
}

/** Where a configuration file is looked for when none is named, in this order. */
export function defaultConfigFiles(env: Env, { cwd, home }: { cwd: string; home: string }): string[] {
  const config = absolute(env.XDG_CONFIG_HOME) ?? (home === '' ? undefined : join(home, '.config'));
  const ownFolder = config === undefined ? [] : [join(config, 'tidewatch', 'tidewatch.yaml')];
  return [join(cwd, 'tidewatch.yaml'), ...ownFolder, '/etc/tidewatch/tidewatch.yaml'];
}

/** The XDG specification tells to ignore relative folders. */
function absolute(folder: string | undefined): string | undefined {
  return folder !== undefined && isAbsolute(folder) ? folder : undefined;
}
