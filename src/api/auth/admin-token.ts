import { randomBytes } from 'node:crypto';
import { chmod, link, lstat, open, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TidewatchError } from '../../model/errors.ts';
import type { Logger } from '../../runtime/logger.ts';

/** The file of the admin token in `dataDir`; the token alone on one line, mode 0600. */
export const ADMIN_TOKEN_FILE = 'admin-token';

/** 256 bits: guessing is out of the question. */
const TOKEN_BYTES = 32;

/** What a person may have put there instead: at least 128 bits of any characters a header may carry. */
const TOKEN_PATTERN = /^[\x21-\x7e]{22,512}$/;

/**
 * The admin token of a data folder; made when there is none. Throws `config_invalid` when the file cannot be a token, and
 * never writes over it.
 */
export async function loadAdminToken(dataDir: string, logger: Logger): Promise<string> {
  const file = join(dataDir, ADMIN_TOKEN_FILE);
  const existing = await readToken(file, logger);
  if (existing !== undefined) return existing;
  await createToken(file);
  const created = await readToken(file, logger);
  if (created === undefined) throw broken(file, 'it vanished while it was made');
  return created;
}

async function readToken(file: string, logger: Logger): Promise<string | undefined> {
  try {
    const stats = await lstat(file);
    if (stats.isSymbolicLink() || !stats.isFile()) throw broken(file, 'it is not a regular file');
    if (stats.size > 4096) throw broken(file, 'it is too large');
    if ((stats.mode & 0o077) !== 0 && process.platform !== 'win32') {
      await chmod(file, 0o600);
      logger.warn('others could read the admin token; its mode is 0600 now. If others use this machine, replace it', {
        file,
      });
    }
    const token = (await readFile(file, 'utf8')).trim();
    if (!TOKEN_PATTERN.test(token)) throw broken(file, 'it must hold one token of at least 22 characters on one line');
    return token;
  } catch (error) {
    if (error instanceof TidewatchError) throw error;
    if (isCode(error, 'ENOENT')) return undefined;
    throw broken(file, error instanceof Error ? error.message : String(error));
  }
}

/** Whole or not at all, and never over an existing one: written beside it, then linked to its name. */
async function createToken(file: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(TOKEN_BYTES).toString('base64url')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file).catch((error: unknown) => {
      if (isCode(error, 'EEXIST')) return;
      // File systems without hard links: there is no other Tidewatch on this data folder, as its store is locked.
      return rename(draft, file);
    });
    await unlink(draft).catch(() => {});
  } catch (error) {
    await unlink(draft).catch(() => {});
    const why = error instanceof Error ? error.message : String(error);
    throw new TidewatchError('store_unwritable', `the admin token cannot be written to ${file}: ${why}`, {
      cause: error,
    });
  }
}

function broken(file: string, why: string): TidewatchError {
  return new TidewatchError(
    'config_invalid',
    `the admin token ${file} cannot be used: ${why}. Delete the file to get a new token`,
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
