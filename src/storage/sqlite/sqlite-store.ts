import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { EventLog } from '../../events/event-log.ts';
import { TidewatchError } from '../../model/errors.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/iso.ts';
import { type Logger, silentLogger } from '../../runtime/logger.ts';
import type { WorkspaceService } from '../../tracker/workspace-service.ts';
import { Checkpointer } from './checkpointer.ts';
import { Connection } from './connection.ts';
import { lockStore } from './folder-lock.ts';
import { type OpenedDatabase, openDatabase, prepareFolder } from './open-database.ts';
import { loadSqlite } from './sqlite-driver.ts';
import { SqliteEventLog } from './sqlite-event-log.ts';
import { unreadable } from './sqlite-failure.ts';
import { SqliteWorkspaceService } from './sqlite-workspace-service.ts';
import { takeOver } from './take-over.ts';

export interface SqliteStoreOptions {
  /** Folder of the store; it is made if it is not there. */
  readonly dataDir?: string;
  /** The database file itself, instead of `tidewatch.db` in `dataDir`. */
  readonly file?: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

export interface SqliteStoreStats {
  readonly file: string;
  readonly fileBytes: number;
  readonly walBytes: number;
  /** The last write worked. */
  readonly writable: boolean;
  readonly lastError: string | null;
  readonly schemaVersion: number;
  /** Events kept. */
  readonly events: number;
  /** Stored rows that could not be read and were left out. */
  readonly badRows: number;
}

/** Everything Tidewatch keeps, in one SQLite file. */
export interface SqliteStore {
  readonly workspaces: WorkspaceService;
  readonly events: EventLog;
  /** Where a damaged file was set aside when this store was opened; `null` when there was none. */
  readonly setAsideAs: string | null;
  getStats(): SqliteStoreStats;
  /** Brings everything into the database file itself and to the disk; waits for the disk. */
  checkpoint(): void;
  /** Writes what is under way and lets another process use the store. */
  close(): Promise<void>;
}

/**
 * Opens the store and makes this process its only user. Throws TidewatchError: `store_locked` when another process uses
 * it, `store_newer`, `store_unwritable` when the folder is read-only or the disk full, `config_invalid` when the file
 * belongs to another program. A damaged file is set aside, what can be saved is taken over, and a `gap` event tells it.
 */
export function openSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const { logger = silentLogger, clock = systemClock } = options;
  const file = fileOf(options);
  const driver = loadSqlite();
  prepareFolder(file);
  const unlock = lockStore(driver, file);
  let connection: Connection | undefined;
  try {
    const opened = openDatabase(driver, file, toIso(clock.now()));
    connection = new Connection(opened.db, file);
    const events = new SqliteEventLog(connection, clock);
    const checkpointer = new Checkpointer({ connection, driver, clock, logger });
    if (opened.damage !== null) takeOver({ connection, events, clock, logger }, opened.damage);
    const workspaces = new SqliteWorkspaceService(connection, clock);
    return assemble({ connection, events, workspaces, checkpointer, unlock }, opened);
  } catch (thrown) {
    connection?.close();
    unlock();
    throw unreadable(file, thrown);
  }
}

function fileOf({ dataDir, file }: SqliteStoreOptions): string {
  if (file !== undefined) return resolve(file);
  if (dataDir !== undefined) return resolve(dataDir, 'tidewatch.db');
  throw new TidewatchError('config_invalid', 'a store needs a dataDir or a file');
}

interface StoreParts {
  readonly connection: Connection;
  readonly events: SqliteEventLog;
  readonly workspaces: SqliteWorkspaceService;
  readonly checkpointer: Checkpointer;
  readonly unlock: () => void;
}

function assemble(parts: StoreParts, { schemaVersion, damage }: OpenedDatabase): SqliteStore {
  const { connection, events, workspaces, checkpointer, unlock } = parts;
  const { file } = connection;
  connection.onCommit = () => checkpointer.noteCommit();
  connection.onFull = () => checkpointer.checkpointNow();
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    await workspaces.flush();
    await checkpointer.close();
    connection.close();
    unlock();
  }

  return {
    workspaces,
    events,
    setAsideAs: damage?.setAsideAs ?? null,
    getStats() {
      const { firstSeq, lastSeq } = events.bounds();
      return {
        file,
        fileBytes: statSync(file, { throwIfNoEntry: false })?.size ?? 0,
        walBytes: checkpointer.walBytes,
        writable: connection.lastError === null,
        lastError: connection.lastError,
        schemaVersion,
        events: firstSeq === 0 ? 0 : lastSeq - firstSeq + 1,
        badRows: events.badRows + workspaces.badRows,
      };
    },
    checkpoint: () => checkpointer.checkpointNow(),
    close() {
      closing ??= close();
      return closing;
    },
  };
}
