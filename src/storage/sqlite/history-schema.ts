import type { Schema } from './migrations.ts';

/**
 * What is in `history.db`. Blocks are in a table of their own row ids, in the order in which they came, so that a new one is
 * written at the end; the index that finds them is narrow, because workspaces have numbers. docs/decisions/0010-history-store.md
 * has the figures. `tier` is an index of TIERS, `*_at` epoch ms.
 */
export const HISTORY_SCHEMA: Schema = {
  // "TidH"
  applicationId: 0x54696448,
  migrations: [
    `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE totals (name TEXT PRIMARY KEY, items INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE workspaces (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
     CREATE TABLE blocks (
       number INTEGER PRIMARY KEY,
       workspace INTEGER NOT NULL,
       tier INTEGER NOT NULL,
       from_at INTEGER NOT NULL,
       to_at INTEGER NOT NULL,
       count INTEGER NOT NULL,
       checksum INTEGER NOT NULL,
       data BLOB NOT NULL
     ) STRICT;
     CREATE INDEX blocks_by_begin ON blocks (workspace, tier, from_at, to_at, count);
     CREATE INDEX blocks_by_end ON blocks (tier, to_at);
     CREATE TABLE journal (
       number INTEGER PRIMARY KEY,
       from_at INTEGER NOT NULL,
       to_at INTEGER NOT NULL,
       checksum INTEGER NOT NULL,
       data BLOB NOT NULL
     ) STRICT;
     CREATE INDEX journal_by_end ON journal (to_at);`,
  ],
};

const WHOLE = 'SELECT number, tier, from_at, to_at, count, checksum, data FROM blocks';

// Blocks do not overlap: of those that begin at the range's begin or before, only the last can reach into it.
const OVERLAPPING = `workspace = ?1 AND tier = ?2 AND from_at < ?4 AND from_at >= coalesce(
  (SELECT from_at FROM blocks WHERE workspace = ?1 AND tier = ?2 AND from_at <= ?3 ORDER BY from_at DESC LIMIT 1), ?3)`;

/** Every statement of the store. All of `blocks` goes by an index: a test asks SQLite how. */
export const HISTORY_SQL = {
  overlapping: `${WHOLE} WHERE ${OVERLAPPING} AND to_at > ?3 ORDER BY from_at`,
  // Needs the index alone, where pages of the table cannot be read.
  overlappingNumbers: `SELECT number FROM blocks WHERE ${OVERLAPPING} ORDER BY from_at`,
  // Needs the index alone, as it is asked of all blocks of a workspace.
  spans: `SELECT from_at, to_at, count FROM blocks WHERE ${OVERLAPPING} AND to_at > ?3 ORDER BY from_at`,
  block: `${WHOLE} WHERE number = ?`,
  newest: `${WHOLE} WHERE workspace = ? AND tier = ? AND from_at < ? ORDER BY from_at DESC LIMIT 1`,
  newestNumbers: 'SELECT number FROM blocks WHERE workspace = ? AND tier = ? AND from_at < ? ORDER BY from_at DESC',
  // One of the drivers takes no bytes for NULL.
  insert: `INSERT INTO blocks (workspace, tier, from_at, to_at, count, checksum, data)
    VALUES (?, ?, ?, ?, ?, ?, ifnull(?, x''))`,
  // What a block takes the place of. It is written anew at the end: blocks that grow in their place leave pages half empty.
  deleteWithin: `DELETE FROM blocks WHERE workspace = ?1 AND tier = ?2 AND from_at >= ?3 AND from_at < max(?4, ?3 + 1)
    RETURNING length(data) AS bytes`,
  deleteOldest: `DELETE FROM blocks WHERE number IN
    (SELECT number FROM blocks WHERE tier = ? AND to_at <= ? ORDER BY to_at LIMIT ?)
    RETURNING workspace, tier, length(data) AS bytes`,
  deleteOf: `DELETE FROM blocks WHERE number IN (SELECT number FROM blocks WHERE workspace = ? LIMIT ?)
    RETURNING workspace, tier, length(data) AS bytes`,
  workspaces: `SELECT id FROM workspaces WHERE EXISTS (SELECT 1 FROM blocks WHERE workspace = workspaces.number)`,
  numberOf: 'SELECT number FROM workspaces WHERE id = ?',
  addWorkspace: 'INSERT INTO workspaces (id) VALUES (?) RETURNING number',
  dropWorkspace: `DELETE FROM workspaces WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM blocks WHERE workspace = ?1)`,
  journal: 'SELECT number, from_at, to_at, checksum, data FROM journal ORDER BY number',
  journalNumbers: 'SELECT number FROM journal INDEXED BY journal_by_end ORDER BY number',
  journalEntry: 'SELECT number, from_at, to_at, checksum, data FROM journal WHERE number = ?',
  appendJournal: "INSERT INTO journal (from_at, to_at, checksum, data) VALUES (?, ?, ?, ifnull(?, x''))",
  forgetJournal: 'DELETE FROM journal WHERE to_at < ? RETURNING length(data) AS bytes',
  entryBelow:
    'SELECT number, from_at, to_at, checksum, data FROM journal WHERE number < ? ORDER BY number DESC LIMIT 1',
  replaceEntry: `UPDATE journal SET from_at = ?2, to_at = ?3, checksum = ?4, data = ifnull(?5, x'') WHERE number = ?1`,
  deleteEntry: 'DELETE FROM journal WHERE number = ?',
  // For the rescue of a damaged file, whose table and index may tell different halves.
  lastBlock: 'SELECT max(number) AS number FROM blocks NOT INDEXED',
  lastIndexed: 'SELECT max(number) AS number FROM blocks INDEXED BY blocks_by_end',
  lastEntry: 'SELECT max(number) AS number FROM journal NOT INDEXED',
  blockWithId: `SELECT blocks.*, id FROM blocks JOIN workspaces ON workspaces.number = blocks.workspace WHERE blocks.number = ?`,
  totals: 'SELECT name, items, bytes FROM totals',
  putTotal: 'INSERT OR REPLACE INTO totals (name, items, bytes) VALUES (?, ?, ?)',
} as const;
