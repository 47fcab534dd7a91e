import { isRole } from '../../access/role.ts';
import type { TokenRecord, TokenStore } from '../../access/token-store.ts';
import type { Connection } from './connection.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';
import { unreadable } from './sqlite-failure.ts';
import { isObject, parseJson } from './stored-values.ts';

/** Tokens in the database of the events. */
export function sqliteTokenStore(connection: Connection): TokenStore {
  const { db, file } = connection;
  const put = db.prepare('INSERT OR REPLACE INTO tokens (id, record) VALUES (?, ?)');
  return {
    list() {
      try {
        return readTokens(db);
      } catch (thrown) {
        throw unreadable(file, thrown);
      }
    },
    put(token) {
      connection.transaction(() => put.run(token.id, JSON.stringify(token)));
    },
  };
}

/** All that can be read, the oldest first. Throws what the database throws. */
export function readTokens(db: SqliteDatabase): TokenRecord[] {
  const rows = db.prepare('SELECT record FROM tokens').all();
  return rows.flatMap(({ record }) => tokenOf(parseJson(record)) ?? []).sort((a, b) => a.createdAt - b.createdAt);
}

/** A stored token, `undefined` when anything of it is not what it must be: what is doubtful lets nobody in. */
function tokenOf(stored: unknown): TokenRecord | undefined {
  if (!isObject(stored)) return undefined;
  const { id, name, role, limit, secretHash, createdAt, createdBy, expiresAt, lastUsedAt, revokedAt } = stored;
  const isWhole =
    [id, name, secretHash, createdBy].every((value) => typeof value === 'string') &&
    isRole(role) &&
    typeof createdAt === 'number' &&
    [expiresAt, lastUsedAt, revokedAt].every((at) => at === null || typeof at === 'number') &&
    isLimit(limit);
  return isWhole ? (stored as unknown as TokenRecord) : undefined;
}

function isLimit(limit: unknown): boolean {
  if (limit === null) return true;
  return isObject(limit) && isTexts(limit.owners) && isTexts(limit.labels);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
