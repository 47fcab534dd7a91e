import type { Block, JournalEntry } from '../../metrics/series-store.ts';
import { blockOfRow, entryOfRow } from './history-rows.ts';
import { HISTORY_SQL } from './history-schema.ts';
import type { SqliteDatabase, SqliteDriver, SqliteRow } from './sqlite-driver.ts';
import type { SqliteSeriesStore } from './sqlite-series-store.ts';
import { fromStoredText, numberIn } from './stored-values.ts';

const BLOCKS_AT_ONCE = 500;

/** Brings every whole block and journal entry of a damaged file into a new store. Whatever cannot be read is left out. */
export function rescueHistory(driver: SqliteDriver, damagedFile: string, into: SqliteSeriesStore): void {
  let db: SqliteDatabase | undefined;
  try {
    db = driver.open(damagedFile);
    rescueBlocks(db, into);
    for (const entry of journalOf(db)) into.appendJournal(entry);
  } catch {
    // No database at all, or no room for what is in it: the file is still there.
  } finally {
    attempt(() => db?.close());
  }
}

function rescueBlocks(db: SqliteDatabase, into: SqliteSeriesStore): void {
  let blocks: Block[] = [];
  for (const block of blocksOf(db)) {
    blocks.push(block);
    if (blocks.length < BLOCKS_AT_ONCE) continue;
    into.putBlocks(blocks);
    blocks = [];
  }
  into.putBlocks(blocks);
}

function* blocksOf(db: SqliteDatabase): Generator<Block> {
  const last = highest(db, HISTORY_SQL.lastBlock) || highest(db, HISTORY_SQL.lastIndexed);
  for (const row of rowsOf(db, HISTORY_SQL.blockWithId, last)) {
    const workspaceId = fromStoredText(String(row.id));
    const block = workspaceId === undefined ? undefined : blockOfRow(row, workspaceId);
    if (block !== undefined) yield block;
  }
}

function* journalOf(db: SqliteDatabase): Generator<JournalEntry> {
  for (const row of rowsOf(db, HISTORY_SQL.journalEntry, highest(db, HISTORY_SQL.lastEntry))) {
    const entry = entryOfRow(row);
    if (entry !== undefined) yield entry;
  }
}

/** Row by row: a scan would end at the first damaged page. */
function* rowsOf(db: SqliteDatabase, sql: string, last: number): Generator<SqliteRow> {
  const one = attempt(() => db.prepare(sql));
  for (let number = 1; one !== undefined && number <= last; number += 1) {
    const row = attempt(() => one.get(number));
    if (row !== undefined) yield row;
  }
}

function highest(db: SqliteDatabase, sql: string): number {
  return attempt(() => numberIn(db.prepare(sql).get(), 'number')) ?? 0;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
