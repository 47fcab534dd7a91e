import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defaultDataDir } from '../daemon/config/default-places.ts';
import type { CliIo } from './io.ts';

/** What was found at a place where a daemon on this machine keeps its token. */
export interface TokenFile {
  readonly file: string;
  readonly token: string | null;
  /** Why there is no token: `missing`, or what the system said. */
  readonly problem: string | null;
}

/** A token has 43 characters; what is much longer is something else. */
const LONGEST_TOKEN = 512;

/** Places of `admin-token`, in order: TIDEWATCH_DATA_DIR, the default folder, `make run`'s and `make demo`'s. */
export function adminTokenFiles({ env, cwd, home }: Pick<CliIo, 'env' | 'cwd' | 'home'>): string[] {
  const named = env.TIDEWATCH_DATA_DIR;
  const folders = named
    ? [resolve(cwd, named)]
    : [defaultDataDir(env, home), resolve(cwd, '.tidewatch'), resolve(cwd, '.demo', 'data')];
  return folders.map((folder) => join(folder, 'admin-token'));
}

export function readAdminToken(file: string): TokenFile {
  try {
    const token = readFileSync(file, 'utf8').trim();
    const isToken = /^[\x21-\x7e]+$/.test(token) && token.length <= LONGEST_TOKEN;
    return isToken ? { file, token, problem: null } : { file, token: null, problem: 'holds no token' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { file, token: null, problem: code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : code };
  }
}
