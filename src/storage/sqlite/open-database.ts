import { closeSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../../runtime/make-folder.ts';
import { type Salvage, salvage, setAside } from './damaged-store.ts';
import { beginMeta } from './meta.ts';
import { migrate, refuseForeign } from './migrations.ts';
import type { SqliteDatabase, SqliteDriver } from './sqlite-driver.ts';
import { isDamage, unwritable } from './sqlite-failure.ts';

/** Larger files are checked in part by use: reading half a gigabyte before the start helps nobody. */
const CHECKED_BYTES = 256 * 1024 * 1024;

/** A database that is whole, of this schema and open. */
export interface OpenedDatabase {
  readonly db: SqliteDatabase;
  readonly schemaVersion: number;
  /** Set when the file found was damaged: where it is now, and what was saved from it. */
  readonly damage: (Salvage & { readonly setAsideAs: string; readonly why: string }) | null;
}

/** Makes the store's folder if it is not there; only its owner may look into it. */
export function prepareFolder(file: string): void {
  try {
    makeFolder(dirname(file));
  } catch (thrown) {
    throw unwritable(file, thrown);
  }
}

/**
 * Opens the database, checks it and brings its schema up to date; what is damaged is set aside and begun anew. Throws
 * `store_unwritable`, `store_newer` or `config_invalid`; then the file is as it was. The store must be locked: opening
 * and closing the file beside SQLite would take its locks away from another store of this process.
 */
export function openDatabase(driver: SqliteDriver, file: string, isoNow: string): OpenedDatabase {
  try {
    prepareFile(file);
    return { ...openWhole(driver, file, 0), damage: null };
  } catch (thrown) {
    if (!isDamage(thrown)) throw unwritable(file, thrown);
    return beginAnew(driver, file, { isoNow, thrown });
  }
}

function beginAnew(driver: SqliteDriver, file: string, found: { isoNow: string; thrown: unknown }): OpenedDatabase {
  try {
    const saved = salvage(driver, file);
    const setAsideAs = setAside(file, found.isoNow);
    prepareFile(file);
    const why = found.thrown instanceof Error ? found.thrown.message : String(found.thrown);
    return { ...openWhole(driver, file, saved.lastSeq), damage: { ...saved, setAsideAs, why } };
  } catch (thrown) {
    throw unwritable(file, thrown);
  }
}

/** SQLite would make it readable for all. It gives its side files the rights of the file itself. */
function prepareFile(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
}

function openWhole(driver: SqliteDriver, file: string, lastSeq: number): Pick<OpenedDatabase, 'db' | 'schemaVersion'> {
  const db = driver.open(file);
  try {
    db.exec('PRAGMA busy_timeout=500');
    const { isEmpty } = refuseForeign(db, file);
    // Takes effect only before the first table is made.
    if (isEmpty) db.exec('PRAGMA auto_vacuum=INCREMENTAL');
    // A commit survives the process without a sync. The sync, for a power cut, comes with each checkpoint, and those are
    // made by a thread of their own; it goes by the size of the write-ahead log, which therefore has to shrink again.
    db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0;
      PRAGMA journal_size_limit=2097152; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON`);
    if (statSync(file).size <= CHECKED_BYTES) check(db);
    const schemaVersion = migrate(db);
    beginMeta(db, lastSeq);
    return { db, schemaVersion };
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

function check(db: SqliteDatabase): void {
  const [row] = db.prepare('PRAGMA quick_check(1)').all();
  const verdict = String(row?.quick_check);
  if (verdict !== 'ok') throw Object.assign(new Error(verdict), { errcode: 11 });
}
