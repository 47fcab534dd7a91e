import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { TidewatchError } from '../../model/errors.ts';
import type { SqliteDriver } from './sqlite-driver.ts';
import { isBusy, unwritable } from './sqlite-failure.ts';

/** Waits so long for a predecessor that is just ending. */
const WAIT_MS = 250;

/**
 * Makes this process the only one that uses the database; gives what releases it. The lock is the operating system's on
 * an empty database file: it ends with the process however that ends, so it is never stale. The store's own file cannot
 * hold it, because other programs may read that one. Throws `store_locked` or `store_unwritable`.
 */
export function lockStore(driver: SqliteDriver, file: string): () => void {
  const lockFile = `${file}.lock`;
  let lock: ReturnType<SqliteDriver['open']> | undefined;
  try {
    makePrivate(lockFile);
    lock = driver.open(lockFile);
    lock.exec(`PRAGMA busy_timeout=${WAIT_MS}; PRAGMA journal_mode=OFF; BEGIN EXCLUSIVE`);
  } catch (thrown) {
    lock?.close();
    if (!isBusy(thrown)) throw unwritable(lockFile, thrown);
    throw new TidewatchError(
      'store_locked',
      `another Tidewatch${holderOf(file)} uses ${file}: stop it, or choose another dataDir for this one`,
      { cause: thrown },
    );
  }
  const held = lock;
  nameHolder(file);
  return () => {
    rmSync(holderFile(file), { force: true });
    held.close();
  };
}

/** SQLite would make it readable for all. One that is there is not opened: closing it would take this process's lock away. */
function makePrivate(lockFile: string): void {
  if (existsSync(lockFile)) return;
  try {
    closeSync(openSync(lockFile, 'wx', 0o600));
  } catch (thrown) {
    // Somebody else was faster.
    if (!existsSync(lockFile)) throw thrown;
  }
}

const holderFile = (file: string) => `${file}.pid`;

/** For the message of who comes second; the lock itself does not depend on it. */
function nameHolder(file: string): void {
  try {
    writeFileSync(holderFile(file), `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // A disk that is full: the message names no process then.
  }
}

function holderOf(file: string): string {
  try {
    const pid = readFileSync(holderFile(file), 'utf8').trim();
    return /^\d{1,10}$/.test(pid) ? ` (process ${pid})` : '';
  } catch {
    return '';
  }
}
