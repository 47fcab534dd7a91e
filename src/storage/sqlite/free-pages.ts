import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import type { Connection } from './connection.ts';
import { numberIn } from './stored-values.ts';

/** Pages given back in one step: one to three milliseconds of work. */
const STEP_PAGES = 16;

/** Others shall have the event loop in between. */
const STEP_EVERY_MS = 5;

/** So much of the file may stay free, because it is needed again soon: what is deleted in an hour is written in the next. */
const FREE_RATIO_KEPT = 1 / 20;

/** So few are not worth moving others. */
const FREE_PAGES_KEPT = 16;

/** Gives pages that became free back to the file system, in small steps of its own. */
export class FreePages {
  readonly #connection: Connection;
  readonly #clock: Clock;
  #cancelTimer: CancelTimer | undefined;
  #isClosed = false;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** To be called after something was deleted. */
  giveBack(): void {
    if (this.#isClosed) return;
    this.#cancelTimer ??= this.#clock.setTimer(STEP_EVERY_MS, () => this.#step());
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
  }

  #step(): void {
    this.#cancelTimer = undefined;
    const { db } = this.#connection;
    try {
      const free = numberIn(db.prepare('PRAGMA freelist_count').get(), 'freelist_count');
      const pages = numberIn(db.prepare('PRAGMA page_count').get(), 'page_count');
      if (free <= FREE_PAGES_KEPT || free <= pages * FREE_RATIO_KEPT) return;
      this.#connection.transaction(() => db.prepare(`PRAGMA incremental_vacuum(${STEP_PAGES})`).all());
    } catch {
      // The disk is full, or the file damaged: whoever writes hears of it. The next deletion tries again.
      return;
    }
    this.giveBack();
  }
}
