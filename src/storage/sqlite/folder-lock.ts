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
    lock = driver.open(lockFile);
    lock.exec(`PRAGMA busy_timeout=${WAIT_MS}; PRAGMA journal_mode=OFF; BEGIN EXCLUSIVE`);
  } catch (thrown) {
    lock?.close();
    if (!isBusy(thrown)) throw unwritable(lockFile, thrown);
    throw new TidewatchError(
      'store_locked',
      `another Tidewatch uses ${file}: stop it, or choose another dataDir for this one`,
      { cause: thrown },
    );
  }
  const held = lock;
  return () => held.close();
}
