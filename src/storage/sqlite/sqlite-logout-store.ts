import type { Logout, LogoutStore } from '../../access/logout-store.ts';
import type { Connection } from './connection.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';
import { unreadable } from './sqlite-failure.ts';

/** Log-outs in the database of the events. */
export function sqliteLogoutStore(connection: Connection): LogoutStore {
  const { db, file } = connection;
  const put = db.prepare('INSERT OR REPLACE INTO logouts (session, ends_at) VALUES (?, ?)');
  const forget = db.prepare('DELETE FROM logouts WHERE ends_at <= ?');
  return {
    list() {
      try {
        return readLogouts(db);
      } catch (thrown) {
        throw unreadable(file, thrown);
      }
    },
    put({ sessionId, endsAt }, now) {
      connection.transaction(() => {
        forget.run(now);
        put.run(sessionId, endsAt);
      });
    },
  };
}

/** All that can be read. Throws what the database throws. */
export function readLogouts(db: SqliteDatabase): Logout[] {
  const rows = db.prepare('SELECT session, ends_at FROM logouts').all();
  return rows.flatMap(({ session, ends_at }) =>
    typeof session === 'string' && typeof ends_at === 'number' ? { sessionId: session, endsAt: ends_at } : [],
  );
}
