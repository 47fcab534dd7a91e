import { TidewatchError } from '../../model/errors.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';
import { numberIn } from './stored-values.ts';

/** What one kind of database file holds. */
export interface Schema {
  /** In the file's header: tells Tidewatch's databases from those of other programs, and from each other. */
  readonly applicationId: number;
  /** The schema's history: the first entry makes version 1, and so on. Never change an entry that was released; add one. */
  readonly migrations: readonly string[];
}

/** `events.seq` is the row id, so every index ends with it: rows of one type, or of one type and workspace, come in order. */
const EVENT_MIGRATIONS: readonly string[] = [
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
  `CREATE TABLE tokens (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
   CREATE TABLE audit (seq INTEGER PRIMARY KEY, record TEXT NOT NULL) STRICT;`,
  'CREATE TABLE logouts (session TEXT PRIMARY KEY, ends_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;',
];

/** Events, the workspace registry, tokens, log-outs and the audit log; "Tide". */
export const EVENT_SCHEMA: Schema = { applicationId: 0x54696465, migrations: EVENT_MIGRATIONS };

/** Throws `store_newer` or `config_invalid` for a database that must not be touched; gives whether it is empty. */
export function refuseForeign(db: SqliteDatabase, file: string, schema: Schema): { isEmpty: boolean } {
  const newest = schema.migrations.length;
  const isEmpty = numberIn(db.prepare('SELECT count(*) AS n FROM sqlite_master').get(), 'n') === 0;
  const applicationId = numberIn(db.prepare('PRAGMA application_id').get(), 'application_id');
  if (applicationId !== schema.applicationId && !isEmpty) {
    throw new TidewatchError('config_invalid', `${file} is a database of another program: choose another dataDir`);
  }
  const version = versionOf(db);
  if (version > newest) {
    throw new TidewatchError(
      'store_newer',
      `${file} has schema version ${version}, this Tidewatch knows ${newest}: update Tidewatch or use another dataDir`,
    );
  }
  return { isEmpty };
}

/** Brings the database up to the newest version, each step in a transaction of its own; gives that version. */
export function migrate(db: SqliteDatabase, { migrations, applicationId }: Schema): number {
  for (let next = versionOf(db); next < migrations.length; next += 1) {
    db.exec(
      `BEGIN IMMEDIATE; ${migrations[next]}; PRAGMA user_version=${next + 1}; PRAGMA application_id=${applicationId}; COMMIT`,
    );
  }
  return migrations.length;
}

function versionOf(db: SqliteDatabase): number {
  return numberIn(db.prepare('PRAGMA user_version').get(), 'user_version');
}
