import { TidewatchError } from '../../model/errors.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';
import { isDamage, isFull, unreadable, unwritable } from './sqlite-failure.ts';

/** The store's one writing connection: transactions, and whether they work. */
export class Connection {
  readonly db: SqliteDatabase;
  readonly file: string;
  /** Why the last write failed; `null` when it worked. */
  lastError: string | null = null;
  /** Called after each commit. */
  onCommit: () => void = () => {};
  /** Called when the disk is full: what the write-ahead log takes up may be given back. */
  onFull: () => void = () => {};
  /** Called when a page was found damaged. */
  onDamage: (why: string) => void = () => {};
  #isOpen = true;

  constructor(db: SqliteDatabase, file: string) {
    this.db = db;
    this.file = file;
  }

  /** Runs `work` in a transaction. Throws `store_unwritable` when the database refuses; then nothing of it was kept. */
  transaction<T>(work: () => T): T {
    if (!this.#isOpen) throw new TidewatchError('store_unwritable', `the store ${this.file} is closed`);
    let result: T;
    try {
      this.db.exec('BEGIN IMMEDIATE');
      result = work();
      this.db.exec('COMMIT');
    } catch (thrown) {
      this.#rollBack();
      const error = unwritable(this.file, thrown);
      this.lastError = error.message;
      if (isFull(thrown)) this.onFull();
      if (isDamage(thrown)) this.onDamage(String(thrown));
      throw error;
    }
    this.lastError = null;
    this.onCommit();
    return result;
  }

  /** Runs `work`, which reads. Throws `store_damaged` or `store_unwritable`. */
  reading<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      if (isDamage(thrown)) this.onDamage(String(thrown));
      throw unreadable(this.file, thrown);
    }
  }

  /** Brings everything into the database file and closes it. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      // Not every driver ends its statements here, and then SQLite does not do this by itself.
      this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // The disk is full: the write-ahead log stays and is read at the next start.
    }
    this.db.close();
  }

  #rollBack(): void {
    try {
      this.db.exec('ROLLBACK');
    } catch {
      // A full disk may have ended the transaction already.
    }
  }
}
