import { closeSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../../runtime/logger.ts';
import { makeFolder } from '../../runtime/make-folder.ts';
import { setAside } from './damaged-store.ts';
import { migrate, refuseForeign, type Schema } from './migrations.ts';
import type { SqliteDatabase, SqliteDriver } from './sqlite-driver.ts';
import { isDamage, unwritable } from './sqlite-failure.ts';

/** Larger files are checked in part by use: reading half a gigabyte before the start helps nobody. */
const CHECKED_BYTES = 256 * 1024 * 1024;

/** Which database is opened. */
export interface DatabaseFile {
  readonly file: string;
  readonly schema: Schema;
  /** For the name of a damaged file. */
  readonly isoNow: string;
  readonly logger: Logger;
}

/** A database that is whole, of its schema and open. */
export interface OpenedDatabase {
  readonly db: SqliteDatabase;
  readonly schemaVersion: number;
  /** Set when the file found was damaged: where it is now. The database is empty then. */
  readonly damage: { readonly setAsideAs: string; readonly why: string } | null;
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
export function openDatabase(driver: SqliteDriver, wanted: DatabaseFile): OpenedDatabase {
  const { file } = wanted;
  try {
    prepareFile(file);
    return { ...openWhole(driver, wanted), damage: null };
  } catch (thrown) {
    if (!isDamage(thrown)) throw unwritable(file, thrown);
    return beginAnew(driver, wanted, thrown);
  }
}

function beginAnew(driver: SqliteDriver, wanted: DatabaseFile, thrown: unknown): OpenedDatabase {
  const { file, isoNow } = wanted;
  try {
    const setAsideAs = setAside(file, 'damaged', isoNow);
    prepareFile(file);
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return { ...openWhole(driver, wanted), damage: { setAsideAs, why } };
  } catch (failure) {
    throw unwritable(file, failure);
  }
}

/** SQLite would make it readable for all. It gives its side files the rights of the file itself. */
function prepareFile(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
}

function openWhole(
  driver: SqliteDriver,
  { file, schema, logger }: DatabaseFile,
): Pick<OpenedDatabase, 'db' | 'schemaVersion'> {
  const db = driver.open(file);
  try {
    db.exec('PRAGMA busy_timeout=500');
    const { isEmpty } = refuseForeign(db, file, schema);
    // Takes effect only before the first table is made.
    if (isEmpty) db.exec('PRAGMA auto_vacuum=INCREMENTAL');
    // A commit survives the process without a sync. The sync, for a power cut, comes with each checkpoint, and those are
    // made by a thread of their own; it goes by the size of the write-ahead log, which therefore has to shrink again.
    db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0;
      PRAGMA journal_size_limit=2097152; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON`);
    const isSuspect = !isEmpty && isMarked(db);
    const bytes = statSync(file).size;
    if (isSuspect || bytes <= CHECKED_BYTES) check(db);
    else
      logger.info('a large database is not checked at the start; the next start does, if damage is met in use', {
        file,
        bytes,
      });
    if (isSuspect) db.exec("DELETE FROM meta WHERE key = 'damage_seen'");
    return { db, schemaVersion: migrate(db, schema) };
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** Lets the next start check all of the database, whatever its size: damage was seen while it was used. */
export function markDamaged(db: SqliteDatabase): void {
  db.exec("INSERT OR REPLACE INTO meta (key, value) VALUES ('damage_seen', '1')");
}

function isMarked(db: SqliteDatabase): boolean {
  return db.prepare("SELECT 1 AS found FROM meta WHERE key = 'damage_seen'").get() !== undefined;
}

/** Throws as SQLite does for a damaged database. */
export function check(db: SqliteDatabase): void {
  const [row] = db.prepare('PRAGMA quick_check(1)').all();
  const verdict = String(row?.quick_check);
  if (verdict !== 'ok') throw Object.assign(new Error(verdict), { errcode: 11 });
}
