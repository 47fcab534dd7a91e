import { closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import { TidewatchError } from '../../model/errors.ts';
import { refuseForeign, type Schema } from './migrations.ts';
import { check } from './open-database.ts';
import type { SqliteDatabase, SqliteDriver } from './sqlite-driver.ts';
import { isDamage } from './sqlite-failure.ts';

export interface DatabaseCopy {
  readonly from: string;
  /** Must not be there yet. */
  readonly to: string;
  readonly schema: Schema;
}

/**
 * Copies a database as it is at one instant, also while another process writes it; gives the bytes of the copy, which is
 * checked and on the disk. Throws `store_damaged`, `store_newer`, `config_invalid` or `store_unwritable`.
 */
export function copyDatabase(driver: SqliteDriver, { from, to, schema }: DatabaseCopy): number {
  // SQLite would make it readable for all; it takes an empty file for none.
  inFile(to, () => closeSync(openSync(to, 'wx', 0o600)));
  withDatabase(driver, from, (db) => {
    if (refuseForeign(db, from, schema).isEmpty) throw damaged(from, 'nothing is in it');
    db.prepare('VACUUM INTO ?').run(to);
  });
  withDatabase(driver, to, check);
  inFile(to, () => {
    const handle = openSync(to, 'r+');
    fsyncSync(handle);
    closeSync(handle);
  });
  return statSync(to).size;
}

function withDatabase(driver: SqliteDriver, file: string, work: (db: SqliteDatabase) => void): void {
  let db: SqliteDatabase | undefined;
  try {
    db = driver.open(file, { readOnly: true });
    db.exec('PRAGMA busy_timeout=5000');
    work(db);
  } catch (thrown) {
    if (thrown instanceof TidewatchError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    if (isDamage(thrown)) throw damaged(file, why, thrown);
    throw new TidewatchError('store_unwritable', `${file} cannot be copied: ${why}`, { cause: thrown });
  } finally {
    db?.close();
  }
}

function damaged(file: string, why: string, cause?: unknown): TidewatchError {
  return new TidewatchError('store_damaged', `${file} is damaged: ${why}; nothing was changed`, { cause });
}

function inFile(file: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TidewatchError('store_unwritable', `${file} cannot be written: ${why}`, { cause });
  }
}
