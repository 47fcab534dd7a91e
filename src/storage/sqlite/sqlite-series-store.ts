import { statSync } from 'node:fs';
import {
  type Block,
  type BlockRange,
  type BlockSpan,
  type JournalEntry,
  type SeriesStore,
  type SeriesStoreStats,
  TIERS,
  type Tier,
} from '../../metrics/series-store.ts';
import { TidewatchError } from '../../model/errors.ts';
import type { Connection } from './connection.ts';
import type { DamageBook } from './damage-book.ts';
import { blockOfRow, blockValues, entryOfRow, journalValues, tierNumber } from './history-rows.ts';
import { HISTORY_SQL } from './history-schema.ts';
import { HistoryTotals } from './history-totals.ts';
import type { SqliteDatabase, SqliteRow, SqliteStatement } from './sqlite-driver.ts';
import { isDamage } from './sqlite-failure.ts';
import { fromStoredText, numberIn, toStoredText } from './stored-values.ts';

export interface SqliteSeriesStoreParts {
  readonly connection: Connection;
  readonly damage: DamageBook;
  /** Called after something was deleted. */
  readonly onDeleted: () => void;
}

type Statements = Readonly<Record<keyof typeof HISTORY_SQL, SqliteStatement>>;

/** History in SQLite. One process writes it, so what was counted need not be counted again. */
export class SqliteSeriesStore implements SeriesStore {
  readonly #parts: SqliteSeriesStoreParts;
  readonly #sql: Statements;
  readonly #totals: HistoryTotals;
  /** Numbers of workspaces that were asked for; never one whose row is not committed. */
  readonly #numbers = new Map<string, number>();

  constructor(parts: SqliteSeriesStoreParts) {
    const { db } = parts.connection;
    this.#parts = parts;
    this.#sql = prepareAll(db);
    this.#totals = new HistoryTotals(db);
  }

  putBlocks(blocks: readonly Block[], forgetJournalBefore?: number): void {
    if (blocks.length === 0 && forgetJournalBefore === undefined) return;
    const hasMerged = this.#writing(() => {
      const replaced = blocks.map((block) => this.#put(block));
      for (const row of forgetJournalBefore === undefined ? [] : this.#sql.forgetJournal.all(forgetJournalBefore)) {
        this.#totals.add('journal', -1, -numberIn(row, 'bytes'));
      }
      return replaced.some((count) => count > 1);
    });
    if (hasMerged) this.#parts.onDeleted();
  }

  getBlocks({ workspaceId, tier, from, to }: BlockRange): Block[] {
    if (!(from < to)) return [];
    return this.#parts.connection.reading(() => {
      const number = this.#numberOf(workspaceId);
      if (number === undefined) return [];
      const { overlapping, overlappingNumbers, block } = this.#sql;
      const range = [number, tierNumber(tier), from, to] as const;
      const rows = this.#rows({
        all: () => overlapping.all(...range),
        one: block,
        numbers: () => overlappingNumbers.all(...range),
      });
      const blocks = rows.flatMap((row) => this.#blockOf(row, workspaceId) ?? []);
      return blocks.filter((found) => found.to > from);
    });
  }

  getSpans({ workspaceId, tier, from, to }: BlockRange): BlockSpan[] {
    if (!(from < to)) return [];
    return this.#parts.connection.reading(() => {
      const number = this.#numberOf(workspaceId);
      if (number === undefined) return [];
      const rows = this.#sql.spans.all(number, tierNumber(tier), from, to);
      return rows.map((row) => ({
        from: numberIn(row, 'from_at'),
        to: numberIn(row, 'to_at'),
        count: numberIn(row, 'count'),
      }));
    });
  }

  getLastBlock(workspaceId: string, tier: Tier, before = Number.POSITIVE_INFINITY): Block | null {
    return this.#parts.connection.reading(() => {
      const number = this.#numberOf(workspaceId);
      if (number === undefined) return null;
      const { newest, newestNumbers, block } = this.#sql;
      const place = [number, tierNumber(tier), before] as const;
      const [row] = this.#rows({
        all: () => newest.all(...place),
        one: block,
        numbers: () => newestNumbers.all(...place),
      });
      if (row === undefined) return null;
      return this.#blockOf(row, workspaceId) ?? this.getLastBlock(workspaceId, tier, numberIn(row, 'from_at'));
    });
  }

  getWorkspaceIds(): string[] {
    const ids = this.#parts.connection.reading(() =>
      this.#sql.workspaces.all().flatMap(({ id }) => fromStoredText(String(id)) ?? []),
    );
    return ids.toSorted();
  }

  appendJournal(entry: JournalEntry): void {
    this.#writing(() => {
      this.#sql.appendJournal.run(...journalValues(entry));
      this.#totals.add('journal', 1, entry.data.length);
    });
  }

  getJournal(): JournalEntry[] {
    return this.#parts.connection.reading(() => {
      const { journal, journalNumbers, journalEntry } = this.#sql;
      const rows = this.#rows({ all: () => journal.all(), one: journalEntry, numbers: () => journalNumbers.all() });
      return rows.flatMap((row) => {
        const entry = entryOfRow(row);
        if (entry === undefined) this.#parts.damage.note(`journal entry ${row.number}`, 'its checksum is another one');
        return entry ?? [];
      });
    });
  }

  rewriteJournal(below: number, rewrite: (entry: JournalEntry) => JournalEntry | null): number | null {
    const row = this.#parts.connection.reading(() => this.#sql.entryBelow.get(below));
    if (row === undefined) return null;
    const number = numberIn(row, 'number');
    const entry = entryOfRow(row);
    const written = entry && rewrite(entry);
    if (entry === undefined || written === undefined || written === entry) return number;
    this.#writing(() => {
      if (written === null) this.#sql.deleteEntry.run(number);
      else this.#sql.replaceEntry.run(number, ...journalValues(written));
      this.#totals.add('journal', written === null ? -1 : 0, (written?.data.length ?? 0) - entry.data.length);
    });
    return number;
  }

  deleteBlocks(tier: Tier, endedBy: number, most: number): number {
    return this.#deleting(() => this.#sql.deleteOldest.all(tierNumber(tier), endedBy, limitOf(most)));
  }

  purge(workspaceId: string, most: number): number {
    const number = this.#parts.connection.reading(() => this.#numberOf(workspaceId));
    if (number === undefined) return 0;
    return this.#deleting(() => this.#sql.deleteOf.all(number, limitOf(most)));
  }

  getStats(): SeriesStoreStats {
    const { connection, damage } = this.#parts;
    const sizes = ['', '-wal'].map(
      (suffix) => statSync(connection.file + suffix, { throwIfNoEntry: false })?.size ?? 0,
    );
    return {
      tiers: this.#totals.tiers(),
      journalBytes: this.#totals.journalBytes,
      fileBytes: sizes.reduce((sum, size) => sum + size, 0),
      damaged: damage.count,
    };
  }

  /** Gives how many blocks it took the place of. */
  #put(block: Block): number {
    const number = this.#numberOf(block.workspaceId) ?? this.#addWorkspace(block.workspaceId);
    const replaced = this.#sql.deleteWithin.all(number, tierNumber(block.tier), block.from, block.to);
    for (const row of replaced) this.#totals.add(block.tier, -1, -numberIn(row, 'bytes'));
    this.#sql.insert.run(number, ...blockValues(block));
    this.#totals.add(block.tier, 1, block.data.length);
    return replaced.length;
  }

  #numberOf(workspaceId: string): number | undefined {
    const known = this.#numbers.get(workspaceId);
    if (known !== undefined) return known;
    const row = this.#sql.numberOf.get(toStoredText(workspaceId));
    if (row === undefined) return undefined;
    const number = numberIn(row, 'number');
    this.#numbers.set(workspaceId, number);
    return number;
  }

  #addWorkspace(workspaceId: string): number {
    const [row] = this.#sql.addWorkspace.all(toStoredText(workspaceId));
    const number = numberIn(row, 'number');
    this.#numbers.set(workspaceId, number);
    return number;
  }

  /** Deletes blocks, and the workspaces that have none left. */
  #deleting(work: () => SqliteRow[]): number {
    const deleted = this.#writing(() => {
      const rows = work();
      for (const row of rows) this.#totals.add(TIERS[numberIn(row, 'tier')] ?? 'raw', -1, -numberIn(row, 'bytes'));
      for (const number of new Set(rows.map((row) => numberIn(row, 'workspace')))) this.#sql.dropWorkspace.run(number);
      this.#numbers.clear();
      return rows.length;
    });
    if (deleted > 0) this.#parts.onDeleted();
    return deleted;
  }

  #writing<T>(work: () => T): T {
    const { connection } = this.#parts;
    try {
      const result = connection.transaction(() => {
        const done = work();
        this.#totals.save();
        return done;
      });
      this.#totals.keep();
      return result;
    } catch (error) {
      this.#totals.takeBack();
      this.#numbers.clear();
      if (error instanceof TidewatchError && isDamage(error.cause)) {
        throw new TidewatchError('store_damaged', error.message, { cause: error.cause });
      }
      throw error;
    }
  }

  /** All rows at once; where a page of the table is damaged, one by one, without those on that page. */
  #rows(query: { all: () => SqliteRow[]; numbers: () => SqliteRow[]; one: SqliteStatement }): SqliteRow[] {
    try {
      return query.all();
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      this.#parts.damage.noteFile(String(thrown));
      const numbers = query.numbers().map((row) => numberIn(row, 'number'));
      return numbers.map((number) => this.#row(query.one, number)).filter((row) => row !== undefined);
    }
  }

  #row(one: SqliteStatement, number: number): SqliteRow | undefined {
    try {
      return one.get(number);
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      this.#parts.damage.note(`block ${number}`, String(thrown));
      return undefined;
    }
  }

  #blockOf(row: SqliteRow, workspaceId: string): Block | undefined {
    const block = blockOfRow(row, workspaceId);
    if (block === undefined) this.#parts.damage.note(`block ${row.number}`, 'its checksum is another one');
    return block;
  }
}

function prepareAll(db: SqliteDatabase): Statements {
  const entries = Object.entries(HISTORY_SQL).map(([name, sql]) => [name, db.prepare(sql)] as const);
  return Object.fromEntries(entries) as Statements;
}

/** SQLite takes no infinity for a limit. */
function limitOf(most: number): number {
  return Math.min(Math.max(0, most), Number.MAX_SAFE_INTEGER);
}
