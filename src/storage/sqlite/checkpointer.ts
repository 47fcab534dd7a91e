import { statSync } from 'node:fs';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type CheckpointThread, startCheckpointThread } from './checkpoint-thread.ts';
import type { Connection } from './connection.ts';
import type { SqliteDriver } from './sqlite-driver.ts';

/** A thousand pages, SQLite's own default. */
const WAL_CHECKPOINT_BYTES = 4 * 1024 * 1024;

/** The thread does not keep up: better a pause than a full disk. */
const WAL_MOST_BYTES = 64 * 1024 * 1024;

/** A power cut loses at most so much. */
const CHECKPOINT_EVERY_MS = 60_000;

/** Asking for the file's size takes microseconds, but not at every commit. */
const COMMITS_PER_LOOK = 16;

export interface CheckpointerOptions {
  readonly connection: Connection;
  readonly driver: SqliteDriver;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps the write-ahead log short without making the main thread wait for the disk. */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #thread: CheckpointThread | undefined;
  #isUnderWay = false;
  #hasThread = true;
  #commits = 0;
  /** At this size the main thread does it. Doubles when that did not help: a reader outside holds the log back. */
  #mostBytes = WAL_MOST_BYTES;
  #cancelTimer: CancelTimer | undefined;
  #isClosed = false;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
  }

  /** To be called after each commit. */
  noteCommit(): void {
    if (!this.#hasThread || this.#isClosed) return;
    this.#commits += 1;
    this.#cancelTimer ??= this.#options.clock.setTimer(CHECKPOINT_EVERY_MS, () => this.#request());
    if (this.#commits % COMMITS_PER_LOOK !== 0) return;
    const bytes = this.walBytes;
    if (bytes > this.#mostBytes) this.#relieve(bytes);
    else if (bytes > WAL_CHECKPOINT_BYTES) this.#request();
    if (bytes < WAL_CHECKPOINT_BYTES) this.#mostBytes = WAL_MOST_BYTES;
  }

  get walBytes(): number {
    return statSync(`${this.#options.connection.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Empties the write-ahead log; the caller waits for the disk. */
  checkpointNow(): void {
    this.#checkpoint('TRUNCATE');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer?.();
    if (this.#thread === undefined) return;
    const { clock } = this.#options;
    const timer = new AbortController();
    await Promise.race([this.#thread.close(), clock.sleep(2_000, timer.signal)]);
    timer.abort();
  }

  #relieve(bytes: number): void {
    this.#checkpoint('PASSIVE');
    this.#mostBytes = bytes * 2;
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.#options.connection.db.prepare(`PRAGMA wal_checkpoint(${mode})`).get();
    } catch (error) {
      this.#options.logger.debug('the write-ahead log could not be copied into the database', { error });
    }
  }

  #request(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#isUnderWay || !this.#hasThread || this.#isClosed) return;
    this.#thread ??= this.#start();
    if (this.#thread === undefined) return;
    this.#isUnderWay = true;
    this.#thread.request();
  }

  #start(): CheckpointThread | undefined {
    const { driver, connection } = this.#options;
    const listener = {
      onDone: (error: string | null) => this.#done(error),
      onLost: (error: unknown) => this.#goOnWithout(error),
    };
    try {
      return startCheckpointThread(driver, connection.file, listener);
    } catch (error) {
      this.#goOnWithout(error);
      return undefined;
    }
  }

  #done(error: string | null): void {
    this.#isUnderWay = false;
    if (error !== null) this.#options.logger.debug('a checkpoint failed; the next one is tried as usual', { error });
  }

  /** SQLite then does it by itself, within commits. */
  #goOnWithout(error: unknown): void {
    if (!this.#hasThread || this.#isClosed) return;
    const { logger, connection } = this.#options;
    this.#hasThread = false;
    this.#thread = undefined;
    logger.warn('the checkpoint thread is gone; commits may take longer now', { error });
    try {
      connection.db.exec('PRAGMA wal_autocheckpoint=1000');
    } catch {
      // The connection is closed: there is nothing left to checkpoint.
    }
  }
}
