import type { EventBounds, EventLog, EventPage, EventQuery } from '../../events/event-log.ts';
import { clampLimit, gapAt, placeEvent } from '../../events/log-entry.ts';
import { EVENT_TYPES, type EventDraft, isEventType, type TidewatchEvent } from '../../model/events.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Connection } from './connection.ts';
import { readMeta } from './meta.ts';
import type { SqliteRow, SqliteStatement, SqliteValue } from './sqlite-driver.ts';
import { fromStoredText, isObject, numberIn, parseJson, toStoredText } from './stored-values.ts';

/** Rows deleted in one call: about two milliseconds. */
const PRUNE_AT_MOST = 250;

/** A megabyte of free pages is not worth moving others. */
const FREE_PAGES_KEPT = 256;

/** Pages given back to the file system in one call. */
const VACUUM_PAGES = 256;

/** The event log in SQLite. One process writes it, so its ends are known without asking. */
export class SqliteEventLog implements EventLog {
  readonly logId: string;
  /** Stored rows that could not be read and were left out. */
  badRows = 0;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #insert: SqliteStatement;
  readonly #queries = new Map<string, SqliteStatement>();
  #firstSeq: number;
  #lastSeq: number;

  constructor(connection: Connection, clock: Clock) {
    const { db } = connection;
    this.#connection = connection;
    this.#clock = clock;
    this.#insert = db.prepare(
      'INSERT INTO events (seq, type, workspace_id, stored_at, payload) VALUES (?, ?, ?, ?, ?)',
    );
    const { logId, lastSeq } = readMeta(db);
    this.logId = logId;
    this.#lastSeq = lastSeq;
    this.#firstSeq = this.#findFirst();
  }

  append(drafts: readonly EventDraft[], firstSeq = 0): readonly TidewatchEvent[] {
    if (drafts.length === 0) return [];
    const start = Math.max(firstSeq, this.#lastSeq + 1);
    const storedAt = this.#clock.now();
    const events = drafts.map((draft, index) => placeEvent(draft, this.logId, start + index));
    const rows = events.map((event) => rowOf(event, storedAt));
    this.#connection.transaction(() => {
      for (const row of rows) this.#insert.run(...row);
    });
    if (this.#firstSeq === 0 || this.#firstSeq > this.#lastSeq) this.#firstSeq = start;
    this.#lastSeq = start + events.length - 1;
    return events;
  }

  read(query: EventQuery): EventPage {
    const gap = gapAt(query.after, this.bounds());
    if (query.after >= this.#lastSeq) return { items: [], nextAfter: this.#lastSeq, gap };
    const limit = clampLimit(query.limit);
    const rows = this.#rows(query, limit);
    const items: TidewatchEvent[] = [];
    for (const row of rows) {
      const event = eventOf(row, this.logId);
      if (event === undefined) this.badRows += 1;
      else items.push(event);
    }
    const last = rows.length < limit ? this.#lastSeq : numberIn(rows.at(-1), 'seq');
    return { items, nextAfter: last, gap };
  }

  bounds(): EventBounds {
    return { firstSeq: this.#firstSeq, lastSeq: this.#lastSeq };
  }

  prune(limits: { readonly olderThan: number; readonly keepAtMost: number }): number {
    const cutoff = this.#connection.reading(() => this.#cutoff(limits));
    const pruned = cutoff < this.#firstSeq ? 0 : this.#deleteUpTo(cutoff);
    this.#connection.reading(() => this.#shrink());
    return pruned;
  }

  #deleteUpTo(cutoff: number): number {
    const { db } = this.#connection;
    const pruned = this.#connection.transaction(() => {
      const count = numberIn(db.prepare('SELECT count(*) AS n FROM events WHERE seq <= ?').get(cutoff), 'n');
      db.prepare('DELETE FROM events WHERE seq <= ?').run(cutoff);
      // The newest row may go too: the next number must be known all the same.
      db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('last_seq', ?)").run(String(this.#lastSeq));
      return count;
    });
    this.#firstSeq = this.#connection.reading(() => this.#findFirst());
    return pruned;
  }

  /** Number of the oldest event; in a log whose events were all deleted, of the next one. */
  #findFirst(): number {
    const first = numberIn(this.#connection.db.prepare('SELECT min(seq) AS seq FROM events').get(), 'seq');
    return first === 0 && this.#lastSeq > 0 ? this.#lastSeq + 1 : first;
  }

  /** Newest number to delete now: never more rows than a call may, never one that is young and within the number. */
  #cutoff({ olderThan, keepAtMost }: { readonly olderThan: number; readonly keepAtMost: number }): number {
    const { db } = this.#connection;
    const oldest = `SELECT seq, stored_at FROM events ORDER BY seq LIMIT ${PRUNE_AT_MOST}`;
    const end = numberIn(db.prepare(`SELECT max(seq) AS seq FROM (${oldest})`).get(), 'seq');
    const young = db
      .prepare(`SELECT min(seq) AS seq FROM (${oldest}) WHERE stored_at >= ?`)
      .get(clampInstant(olderThan));
    const byAge = young?.seq == null ? end : numberIn(young, 'seq') - 1;
    return Math.min(end, Math.max(byAge, this.#lastSeq - Math.max(0, keepAtMost)));
  }

  /** Gives space back only when much is free: what is pruned today is needed again tomorrow. */
  #shrink(): void {
    const { db } = this.#connection;
    const free = numberIn(db.prepare('PRAGMA freelist_count').get(), 'freelist_count');
    const pages = numberIn(db.prepare('PRAGMA page_count').get(), 'page_count');
    if (free > FREE_PAGES_KEPT && free > pages / 5) db.prepare(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`).all();
  }

  #rows({ after, types, workspaceId }: EventQuery, limit: number): SqliteRow[] {
    const wanted = new Set(types ?? (workspaceId === undefined ? undefined : EVENT_TYPES));
    if (types?.length === 0) return [];
    const key = workspaceId === undefined ? [] : [toStoredText(workspaceId)];
    const values = wanted.size === 0 ? [after] : [...wanted].flatMap((type) => [...key, type, after, limit]);
    return this.#connection.reading(() => this.#query(wanted.size, workspaceId !== undefined).all(...values, limit));
  }

  /** A query that reads no more rows than it gives: the ends of one index range per type are merged. */
  #query(types: number, ofWorkspace: boolean): SqliteStatement {
    const name = `${types} ${ofWorkspace}`;
    const known = this.#queries.get(name);
    if (known !== undefined) return known;
    const columns = 'seq, type, workspace_id, payload';
    const where = `${ofWorkspace ? 'workspace_id = ? AND ' : ''}type = ? AND seq > ?`;
    const range = `SELECT seq FROM (SELECT seq FROM events WHERE ${where} ORDER BY seq LIMIT ?)`;
    const ranges = Array.from({ length: types }, () => range).join(' UNION ALL ');
    const sql =
      types === 0
        ? `SELECT ${columns} FROM events WHERE seq > ? ORDER BY seq LIMIT ?`
        : `SELECT ${columns} FROM events WHERE seq IN (SELECT seq FROM (${ranges}) ORDER BY seq LIMIT ?) ORDER BY seq`;
    const statement = this.#connection.db.prepare(sql);
    this.#queries.set(name, statement);
    return statement;
  }
}

function rowOf(event: TidewatchEvent, storedAt: number): SqliteValue[] {
  const { seq, type, workspaceId, timestamp, message, data, recovered } = event;
  const payload = JSON.stringify({ timestamp, message, data, recovered });
  return [seq, type, workspaceId === null ? null : toStoredText(workspaceId), storedAt, payload];
}

function eventOf(row: SqliteRow, logId: string): TidewatchEvent | undefined {
  const payload = parseJson(row.payload);
  const type = String(row.type);
  const workspaceId = typeof row.workspace_id === 'string' ? fromStoredText(row.workspace_id) : null;
  if (!isObject(payload) || !isEventType(type) || workspaceId === undefined) return undefined;
  const { timestamp, message, data, recovered } = payload;
  if (typeof timestamp !== 'string' || typeof message !== 'string' || !isObject(data)) return undefined;
  // What was stored was typed; the rows above have shown that it was not tampered with.
  const draft = { type, workspaceId, timestamp, message, data, recovered: recovered === true } as unknown as EventDraft;
  return placeEvent(draft, logId, numberIn(row, 'seq'));
}

function clampInstant(at: number): number {
  return Math.max(-8.64e15, Math.min(8.64e15, Math.floor(at)));
}
