import { newLogId } from '../../events/log-entry.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';
import { numberIn } from './stored-values.ts';

/** What a log is and how far it got, kept apart from its events because they are deleted some day. */
export interface LogMeta {
  readonly logId: string;
  readonly lastSeq: number;
}

/** Reads the log's id, which it gets at its birth, and the newest number it ever gave. */
export function readMeta(db: SqliteDatabase): LogMeta {
  const value = db.prepare('SELECT value FROM meta WHERE key = ?');
  const newest = numberIn(db.prepare('SELECT max(seq) AS seq FROM events').get(), 'seq');
  return {
    logId: String(value.get('log_id')?.value ?? ''),
    lastSeq: Math.max(newest, numberIn(value.get('last_seq'), 'value')),
  };
}

/** Gives a new database its log id, and lets its numbers go on above those of the one it replaces. */
export function beginMeta(db: SqliteDatabase, lastSeq: number): void {
  const insert = db.prepare('INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)');
  insert.run('log_id', newLogId());
  insert.run('last_seq', String(lastSeq));
}

/** Makes a log another one, because its numbers may be given again. */
export function renewLogId(db: SqliteDatabase): void {
  db.prepare("UPDATE meta SET value = ? WHERE key = 'log_id'").run(newLogId());
}
