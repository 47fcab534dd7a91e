import { TidewatchError } from '../../model/errors.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';

/** "Tide" in the file's header: tells Tidewatch's databases from those of other programs. */
export const APPLICATION_ID = 0x54696465;

/**
 * The schema's history: the first entry makes version 1, and so on. Never change an entry that was released; add one.
 *
 * `events.seq` is the row id, so every index ends with it: rows of one type, or of one type and workspace, come in order.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE events (
     seq INTEGER PRIMARY KEY,
     type TEXT NOT NULL,
     workspace_id TEXT,
     stored_at INTEGER NOT NULL,
     payload TEXT NOT NULL
   ) STRICT;
   CREATE INDEX events_by_type ON events (type);
   CREATE INDEX events_by_workspace ON events (workspace_id, type) WHERE workspace_id IS NOT NULL;
   CREATE TABLE workspaces (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;`,
];

/** Brings the database up to the newest version, each step in a transaction of its own; gives that version. */
export function migrate(db: SqliteDatabase, file: string, migrations: readonly string[] = MIGRATIONS): number {
  const version = pragma(db, 'user_version');
  const applicationId = pragma(db, 'application_id');
  const isEmpty = Number(db.prepare('SELECT count(*) AS n FROM sqlite_master').get()?.n) === 0;
  if (applicationId !== APPLICATION_ID && !isEmpty) {
    throw new TidewatchError('config_invalid', `${file} is a database of another program: choose another dataDir`);
  }
  if (version > migrations.length) {
    throw new TidewatchError(
      'store_newer',
      `${file} has schema version ${version}, this Tidewatch knows ${migrations.length}: update Tidewatch or use another dataDir`,
    );
  }
  for (let next = version; next < migrations.length; next += 1) {
    db.exec(
      `BEGIN IMMEDIATE; ${migrations[next]}; PRAGMA user_version=${next + 1}; PRAGMA application_id=${APPLICATION_ID}; COMMIT`,
    );
  }
  return migrations.length;
}

function pragma(db: SqliteDatabase, name: 'user_version' | 'application_id'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
