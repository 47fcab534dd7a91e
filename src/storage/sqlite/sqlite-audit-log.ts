import { AUDIT_KEPT, type AuditEntry, type AuditLog } from '../../access/audit-log.ts';
import type { Connection } from './connection.ts';
import type { SqliteRow } from './sqlite-driver.ts';
import { unreadable } from './sqlite-failure.ts';
import { isObject, numberIn, parseJson } from './stored-values.ts';

/** Appends between two looks at what is too old. */
const PRUNE_EVERY = 500;

/** The audit log in the database of the events. `kept`: how many entries stay. */
export function sqliteAuditLog(connection: Connection, kept = AUDIT_KEPT): AuditLog {
  const { db, file } = connection;
  const insert = db.prepare('INSERT INTO audit (record) VALUES (?)');
  const page = db.prepare('SELECT seq, record FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?');
  const prune = db.prepare('DELETE FROM audit WHERE seq <= (SELECT max(seq) FROM audit) - ?');
  let appended = 0;
  return {
    append(record) {
      connection.transaction(() => {
        insert.run(JSON.stringify(record));
        appended += 1;
        if (appended % PRUNE_EVERY === 0) prune.run(kept);
      });
    },
    read({ before, limit }) {
      try {
        return page.all(before, limit).flatMap((row) => entryOf(row) ?? []);
      } catch (thrown) {
        throw unreadable(file, thrown);
      }
    },
  };
}

const TEXTS = ['tokenId', 'tokenName', 'action', 'path', 'address', 'outcome', 'requestId'] as const;

function entryOf(row: SqliteRow): AuditEntry | undefined {
  const stored = parseJson(row.record);
  if (!isObject(stored) || typeof stored.at !== 'number' || !TEXTS.every((name) => typeof stored[name] === 'string')) {
    return undefined;
  }
  const body = typeof stored.body === 'string' ? stored.body : null;
  return { ...stored, body, seq: numberIn(row, 'seq') } as unknown as AuditEntry;
}
