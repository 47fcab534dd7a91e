import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadConfig } from '../../daemon/config/load-config.ts';
import { toTidewatchError } from '../../model/errors.ts';
import { adminTokenFiles, readAdminToken } from '../admin-token.ts';
import type { CliIo } from '../io.ts';
import { type Check, fail, ok, warn } from './check.ts';

type Place = Pick<CliIo, 'env' | 'cwd' | 'home'>;

/** Below this SQLite can soon write no more; a day of lively events takes some megabytes. */
const DISK_WARN_BYTES = 1024 ** 3;
const DISK_FAIL_BYTES = 50 * 1024 ** 2;

export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const name = 'Node';
  if (major > 20 || (major === 20 && minor >= 19)) return ok(name, version);
  return fail(name, `${version} is too old`, 'Install Node 20.19 or newer.');
}

/** The configuration `tidewatch serve` would have here, and its data folder. */
export function configChecks({ env, cwd, home }: Place): Check[] {
  const name = 'configuration';
  try {
    const { config, file } = loadConfig({ env, cwd, home });
    const from = file === null ? 'no file; defaults and environment' : file;
    return [ok(name, from), ...dataDirChecks(config.dataDir)];
  } catch (thrown) {
    const problems = toTidewatchError(thrown).message.split('\n');
    return problems.map((problem) => fail(name, problem, 'Correct it; the daemon does not start with it.'));
  }
}

function dataDirChecks(dataDir: string): Check[] {
  const name = 'data folder';
  const existing = nearestExisting(dataDir);
  try {
    if (!statSync(existing).isDirectory()) return [fail(name, `${existing} is no folder`, 'Choose another dataDir.')];
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return [
      fail(name, `${dataDir} cannot be written: ${why}`, 'Change its owner, or set dataDir (TIDEWATCH_DATA_DIR).'),
    ];
  }
  const made = existing === dataDir ? dataDir : `${dataDir} (made at the first start)`;
  return [ok(name, `${made}, writable`), diskCheck(existing)];
}

function diskCheck(folder: string): Check {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free for the data folder`;
  const advice = 'Make room: when the disk is full, new events are kept in memory only.';
  if (free < DISK_FAIL_BYTES) return fail('disk', detail, advice);
  return free < DISK_WARN_BYTES ? warn('disk', detail, advice) : ok('disk', detail);
}

function nearestExisting(folder: string): string {
  let place = folder;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  return place;
}

/** Where the command line would take the token from. */
export function tokenCheck(place: Place): Check {
  const name = 'token file';
  if (place.env.TIDEWATCH_TOKEN) return ok(name, 'not needed: TIDEWATCH_TOKEN is set');
  const files = adminTokenFiles(place).map(readAdminToken);
  const found = files.find(({ token }) => token !== null);
  if (found !== undefined) {
    const { mode } = statSync(found.file);
    if ((mode & 0o077) === 0) return ok(name, found.file);
    return warn(name, `others can read ${found.file}`, `chmod 600 ${found.file}`);
  }
  const unreadable = files.find(({ problem }) => problem !== 'missing');
  if (unreadable !== undefined) {
    const advice = 'Run as the user of the daemon, or give the token with TIDEWATCH_TOKEN.';
    return warn(name, `${unreadable.file}: ${unreadable.problem}`, advice);
  }
  const places = files.map(({ file }) => dirname(file)).join(', ');
  return warn(
    name,
    `no admin-token in ${places}`,
    `The first start of the daemon makes one (${join('dataDir', 'admin-token')}).`,
  );
}
