import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TidewatchError } from '../../model/errors.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/iso.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { Connection } from './connection.ts';
import { copyDatabase } from './copy-database.ts';
import { NOTHING, salvage, setAside } from './damaged-store.ts';
import { DATA_FILES, EVENTS_FILE } from './data-files.ts';
import { lockStore } from './folder-lock.ts';
import { renewLogId } from './meta.ts';
import { EVENT_SCHEMA } from './migrations.ts';
import { openDatabase, prepareFolder } from './open-database.ts';
import { loadSqlite, type SqliteDriver } from './sqlite-driver.ts';
import { SqliteEventLog } from './sqlite-event-log.ts';
import { unwritable } from './sqlite-failure.ts';
import { sqliteLogoutStore } from './sqlite-logout-store.ts';
import { sqliteTokenStore } from './sqlite-token-store.ts';

export interface RestoreOptions {
  /** Folder that {@link backUp} made. */
  readonly backup: string;
  readonly dataDir: string;
  readonly clock?: Clock;
}

export interface Restored {
  /** Names of the files that were restored. */
  readonly files: readonly string[];
  /** Where the databases that were there before are now. */
  readonly keptAs: readonly string[];
}

/**
 * Puts a backup in the place of a `dataDir`'s databases, which are kept beside it. A new log begins whose numbers go on above
 * all that was ever given, with a `gap` that tells of it: nobody's cursor then leads past an event. Who was logged out and which
 * tokens were revoked since stays so. Throws `store_locked` while a daemon
 * runs, `not_found` where no backup is, and what {@link copyDatabase} throws; then nothing was changed.
 */
export function restore({ backup, dataDir, clock = systemClock }: RestoreOptions): Restored {
  if (!existsSync(join(backup, EVENTS_FILE))) {
    throw new TidewatchError('not_found', `${backup} is no backup: there is no ${EVENTS_FILE} in it`);
  }
  const driver = loadSqlite();
  const events = join(dataDir, EVENTS_FILE);
  prepareFolder(events);
  const unlock = lockStore(driver, events);
  const copyOf = (name: string) => join(dataDir, `${name}.restoring`);
  const dropCopies = () => {
    for (const { name } of DATA_FILES)
      for (const suffix of ['', '-wal', '-shm']) rmSync(copyOf(name) + suffix, { force: true });
  };
  try {
    dropCopies();
    const restored = DATA_FILES.filter(({ name }) => existsSync(join(backup, name)));
    for (const { name, schema } of restored)
      copyDatabase(driver, { from: join(backup, name), to: copyOf(name), schema });
    const isoNow = toIso(clock.now());
    beginNewLog(driver, { copy: copyOf(EVENTS_FILE), current: events, isoNow, clock });
    const replaced = DATA_FILES.map(({ name }) => join(dataDir, name)).filter((file) => existsSync(file));
    const keptAs = replaced.map((file) => setAside(file, 'replaced', isoNow));
    for (const { name } of restored) renameSync(copyOf(name), join(dataDir, name));
    return { files: restored.map(({ name }) => name), keptAs };
  } catch (thrown) {
    throw unwritable(events, thrown);
  } finally {
    dropCopies();
    unlock();
  }
}

interface NewLog {
  readonly copy: string;
  /** The database that is replaced. */
  readonly current: string;
  readonly isoNow: string;
  readonly clock: Clock;
}

function beginNewLog(driver: SqliteDriver, { copy, current, isoNow, clock }: NewLog): void {
  const { lastSeq, tokens, logouts } = existsSync(current) ? salvage(driver, current) : NOTHING;
  const { db } = openDatabase(driver, { file: copy, schema: EVENT_SCHEMA, isoNow, logger: silentLogger });
  const connection = new Connection(db, copy);
  try {
    renewLogId(db);
    const restored = sqliteTokenStore(connection);
    for (const token of tokens) if (token.revokedAt !== null) restored.put(token);
    const ended = sqliteLogoutStore(connection);
    for (const logout of logouts) ended.put(logout, clock.now());
    const gap = {
      type: 'gap' as const,
      workspaceId: null,
      timestamp: isoNow,
      message: 'a backup was restored; what happened since it was made is not in this log',
      data: { scope: 'log' as const, reason: 'a backup was restored', from: null, to: isoNow },
      recovered: false,
    };
    new SqliteEventLog(connection, clock).append([gap], lastSeq + 1);
  } finally {
    connection.close();
  }
}
