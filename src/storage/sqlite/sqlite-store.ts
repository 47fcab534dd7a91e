import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AuditLog } from '../../access/audit-log.ts';
import type { LogoutStore } from '../../access/logout-store.ts';
import type { TokenStore } from '../../access/token-store.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { SeriesStore } from '../../metrics/series-store.ts';
import { TidewatchError } from '../../model/errors.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/iso.ts';
import { type Logger, silentLogger } from '../../runtime/logger.ts';
import type { WorkspaceService } from '../../tracker/workspace-service.ts';
import { Checkpointer } from './checkpointer.ts';
import { Connection } from './connection.ts';
import { DamageBook } from './damage-book.ts';
import { salvage } from './damaged-store.ts';
import { EVENTS_FILE, HISTORY_FILE } from './data-files.ts';
import { lockStore } from './folder-lock.ts';
import { beginMeta } from './meta.ts';
import { EVENT_SCHEMA } from './migrations.ts';
import { openDatabase, prepareFolder } from './open-database.ts';
import { type OpenHistory, openHistory } from './open-history.ts';
import { sqliteAuditLog } from './sqlite-audit-log.ts';
import { loadSqlite, type SqliteDriver } from './sqlite-driver.ts';
import { SqliteEventLog } from './sqlite-event-log.ts';
import { unreadable } from './sqlite-failure.ts';
import { sqliteLogoutStore } from './sqlite-logout-store.ts';
import { sqliteTokenStore } from './sqlite-token-store.ts';
import { SqliteWorkspaceService } from './sqlite-workspace-service.ts';
import { takeOver } from './take-over.ts';

export interface SqliteStoreOptions {
  /** Folder of the store; it is made if it is not there. */
  readonly dataDir?: string;
  /** The database file itself, instead of `tidewatch.db` in `dataDir`. The history is beside it, its name ends in `-history`. */
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

/** Everything Tidewatch keeps: events, the registry, tokens, log-outs and the audit log in one SQLite file, what workspaces used in another. */
export interface SqliteStore {
  readonly workspaces: WorkspaceService;
  readonly events: EventLog;
  readonly series: SeriesStore;
  readonly tokens: TokenStore;
  readonly logouts: LogoutStore;
  readonly audit: AuditLog;
  /** Where a damaged file of events was set aside when this store was opened; `null` when there was none. */
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
  const parts = { logger: options.logger ?? silentLogger, clock: options.clock ?? systemClock, driver: loadSqlite() };
  const { file, historyFile } = filesOf(options);
  prepareFolder(file);
  const unlock = lockStore(parts.driver, file);
  try {
    const opened = openEvents(file, parts);
    try {
      return assemble({ ...opened, history: openHistory(historyFile, parts), unlock });
    } catch (thrown) {
      opened.connection.close();
      throw thrown;
    }
  } catch (thrown) {
    unlock();
    throw thrown;
  }
}

function filesOf({ dataDir, file }: SqliteStoreOptions): { file: string; historyFile: string } {
  if (file !== undefined) return { file: resolve(file), historyFile: resolve(`${file}-history`) };
  if (dataDir === undefined) throw new TidewatchError('config_invalid', 'a store needs a dataDir or a file');
  return { file: resolve(dataDir, EVENTS_FILE), historyFile: resolve(dataDir, HISTORY_FILE) };
}

interface OpenedEvents {
  readonly connection: Connection;
  readonly events: SqliteEventLog;
  readonly workspaces: SqliteWorkspaceService;
  readonly tokens: TokenStore;
  readonly logouts: LogoutStore;
  readonly audit: AuditLog;
  readonly checkpointer: Checkpointer;
  readonly schemaVersion: number;
  readonly setAsideAs: string | null;
}

function openEvents(file: string, parts: { driver: SqliteDriver; clock: Clock; logger: Logger }): OpenedEvents {
  const { driver, clock, logger } = parts;
  let connection: Connection | undefined;
  try {
    const opened = openDatabase(driver, { file, schema: EVENT_SCHEMA, isoNow: toIso(clock.now()), logger });
    connection = new Connection(opened.db, file);
    const book = new DamageBook(connection, logger);
    connection.onDamage = (why) => book.noteFile(why);
    const saved = opened.damage && { ...opened.damage, ...salvage(driver, opened.damage.setAsideAs) };
    beginMeta(opened.db, saved?.lastSeq ?? 0);
    const events = new SqliteEventLog(connection, clock);
    const checkpointer = new Checkpointer({ connection, driver, clock, logger });
    if (saved !== null) takeOver({ connection, events, clock, logger }, saved);
    const workspaces = new SqliteWorkspaceService(connection, clock);
    const tokens = sqliteTokenStore(connection);
    const logouts = sqliteLogoutStore(connection);
    const audit = sqliteAuditLog(connection);
    const { schemaVersion } = opened;
    return {
      connection,
      events,
      workspaces,
      tokens,
      logouts,
      audit,
      checkpointer,
      schemaVersion,
      setAsideAs: saved?.setAsideAs ?? null,
    };
  } catch (thrown) {
    connection?.close();
    throw unreadable(file, thrown);
  }
}

function assemble(parts: OpenedEvents & { history: OpenHistory; unlock: () => void }): SqliteStore {
  const { connection, events, workspaces, checkpointer, history, unlock } = parts;
  const { file } = connection;
  connection.onCommit = () => checkpointer.noteCommit();
  connection.onFull = () => checkpointer.checkpointNow();
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    await workspaces.flush();
    await Promise.all([checkpointer.close(), history.close()]);
    connection.close();
    unlock();
  }

  return {
    workspaces,
    events,
    series: history.series,
    tokens: parts.tokens,
    logouts: parts.logouts,
    audit: parts.audit,
    setAsideAs: parts.setAsideAs,
    getStats() {
      const { firstSeq, lastSeq } = events.bounds();
      return {
        file,
        fileBytes: statSync(file, { throwIfNoEntry: false })?.size ?? 0,
        walBytes: checkpointer.walBytes,
        writable: connection.lastError === null,
        lastError: connection.lastError,
        schemaVersion: parts.schemaVersion,
        events: firstSeq === 0 ? 0 : lastSeq - firstSeq + 1,
        badRows: events.badRows + workspaces.badRows,
      };
    },
    checkpoint() {
      checkpointer.checkpointNow();
      history.checkpoint();
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
