import { existsSync, renameSync } from 'node:fs';
import type { Logout } from '../../access/logout-store.ts';
import type { TokenRecord } from '../../access/token-store.ts';
import { readMeta } from './meta.ts';
import type { SqliteDatabase, SqliteDriver, SqliteRow } from './sqlite-driver.ts';
import { readLogouts } from './sqlite-logout-store.ts';
import { readTokens } from './sqlite-token-store.ts';

/** What could still be read of a damaged store. */
export interface Salvage {
  /** Newest event number ever given, as far as it can be known; 0 when not. */
  readonly lastSeq: number;
  /** Rows of the workspace registry: what people archived and named exists nowhere else. */
  readonly workspaces: readonly SqliteRow[];
  readonly tokens: readonly TokenRecord[];
  readonly logouts: readonly Logout[];
}

export const NOTHING: Salvage = { lastSeq: 0, workspaces: [], tokens: [], logouts: [] };

/** Reads what a damaged database still gives; whatever it throws, the rest is tried. */
export function salvage(driver: SqliteDriver, file: string): Salvage {
  let db: SqliteDatabase | undefined;
  try {
    const opened = driver.open(file);
    db = opened;
    const lastSeq = attempt(() => readMeta(opened).lastSeq) ?? attempt(() => highestSeq(opened)) ?? 0;
    const workspaces = attempt(() => opened.prepare('SELECT id, record FROM workspaces').all()) ?? [];
    const tokens = attempt(() => readTokens(opened)) ?? [];
    const logouts = attempt(() => readLogouts(opened)) ?? [];
    return { lastSeq, workspaces, tokens, logouts };
  } catch {
    return NOTHING;
  } finally {
    attempt(() => db?.close());
  }
}

/** Moves a database and its side files out of the way; gives the new name, as `tidewatch.db.damaged-2026-01-01T00-00-00.000Z`. */
export function setAside(file: string, because: 'damaged' | 'replaced', isoNow: string): string {
  const aside = `${file}.${because}-${isoNow.replaceAll(':', '-')}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}

// The table itself may be unreadable where its index is not.
function highestSeq(db: SqliteDatabase): number | undefined {
  const row = db.prepare('SELECT max(rowid) AS seq FROM events INDEXED BY events_by_type WHERE type > ?').get('');
  return typeof row?.seq === 'number' ? row.seq : undefined;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
