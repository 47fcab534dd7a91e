import { TidewatchError } from '../../model/errors.ts';
import type { Clock } from '../../runtime/clock.ts';

import {
  patchedRecord,
  type WorkspacePatch,
  type WorkspaceRecord,
  type WorkspaceService,
} from '../../tracker/workspace-service.ts';
import type { Connection } from './connection.ts';
import type { SqliteStatement } from './sqlite-driver.ts';
import { fromStoredText, isObject, parseJson, toStoredText } from './stored-values.ts';

/** Longest share of a turn of the event loop for one transaction. */
const SLICE_MS = 4;

/** Rows of a listing read in one go. */
const PAGE = 250;

interface Write {
  readonly id: string;
  /** `null`: remove. */
  readonly patch: WorkspacePatch | null;
  readonly done: (record: WorkspaceRecord | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/** The workspace registry in SQLite. What is asked for in one turn of the event loop is committed together. */
export class SqliteWorkspaceService implements WorkspaceService {
  readonly exclusive = true;
  /** Stored rows that could not be read and were left out. */
  badRows = 0;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #get: SqliteStatement;
  readonly #page: SqliteStatement;
  readonly #put: SqliteStatement;
  readonly #delete: SqliteStatement;
  #writes: Write[] = [];
  #flushing: Promise<void> | undefined;

  constructor(connection: Connection, clock: Clock) {
    const { db } = connection;
    this.#connection = connection;
    this.#clock = clock;
    this.#get = db.prepare('SELECT id, record FROM workspaces WHERE id = ?');
    this.#page = db.prepare('SELECT id, record FROM workspaces WHERE id > ? ORDER BY id LIMIT ?');
    this.#put = db.prepare('INSERT OR REPLACE INTO workspaces (id, record) VALUES (?, ?)');
    this.#delete = db.prepare('DELETE FROM workspaces WHERE id = ?');
  }

  async list(): Promise<readonly WorkspaceRecord[]> {
    await this.#flushing;
    const records: WorkspaceRecord[] = [];
    let after = '';
    for (;;) {
      const rows = this.#connection.reading(() => this.#page.all(after, PAGE));
      for (const row of rows) {
        const record = recordOf(row);
        if (record === undefined) this.badRows += 1;
        else records.push(record);
      }
      if (rows.length < PAGE) return records;
      after = String(rows.at(-1)?.id);
      await this.#clock.yieldTurn();
    }
  }

  async get(id: string): Promise<WorkspaceRecord | undefined> {
    await this.#flushing;
    return this.#connection.reading(() => this.#read(id));
  }

  async update(id: string, patch: WorkspacePatch): Promise<WorkspaceRecord> {
    const record = await this.#write(id, patch);
    if (record === undefined) throw new TidewatchError('internal', `workspace ${id} was not stored`);
    return record;
  }

  async remove(id: string): Promise<void> {
    await this.#write(id, null);
  }

  /** Resolves when all that was asked for is committed or refused. */
  async flush(): Promise<void> {
    await this.#flushing;
  }

  #write(id: string, patch: WorkspacePatch | null): Promise<WorkspaceRecord | undefined> {
    const written = new Promise<WorkspaceRecord | undefined>((done, failed) => {
      this.#writes.push({ id, patch, done, failed });
    });
    this.#flushing ??= this.#flushAll();
    return written;
  }

  async #flushAll(): Promise<void> {
    while (this.#writes.length > 0) {
      await this.#clock.yieldTurn();
      const writes = this.#writes;
      const taken = this.#commitSome(writes);
      // Those that came while the callers heard of their result are behind these.
      this.#writes = taken === writes.length ? [] : writes.slice(taken);
    }
    this.#flushing = undefined;
  }

  /** One transaction; gives how many writes it took. */
  #commitSome(writes: readonly Write[]): number {
    const outcomes: (() => void)[] = [];
    const endsAt = this.#clock.monotonic() + SLICE_MS;
    try {
      this.#connection.transaction(() => {
        for (const write of writes) {
          outcomes.push(this.#apply(write));
          if (this.#clock.monotonic() >= endsAt) break;
        }
      });
      for (const tell of outcomes) tell();
      return outcomes.length;
    } catch (error) {
      for (const write of writes) write.failed(error);
      return writes.length;
    }
  }

  /** What to tell the caller once the transaction is through; a patch that cannot be stored harms only itself. */
  #apply({ id, patch, done, failed }: Write): () => void {
    if (patch === null) {
      this.#delete.run(toStoredText(id));
      return () => done(undefined);
    }
    const record = patchedRecord(id, this.#read(id), patch);
    let json: string;
    try {
      json = JSON.stringify(record);
    } catch (error) {
      return () => failed(error);
    }
    this.#put.run(toStoredText(id), json);
    return () => done(record);
  }

  #read(id: string): WorkspaceRecord | undefined {
    const row = this.#get.get(toStoredText(id));
    return row && recordOf(row);
  }
}

/** A stored record with everything a reader relies on; what is missing or of another kind gets its default. */
function recordOf({ id: storedId, record: json }: Readonly<Record<string, unknown>>): WorkspaceRecord | undefined {
  const stored = parseJson(json);
  const id = fromStoredText(String(storedId));
  if (!isObject(stored) || id === undefined || !isStatus(stored.status)) return undefined;
  const isWhole =
    typeof stored.name === 'string' &&
    isObject(stored.labels) &&
    isObject(stored.source) &&
    typeof stored.statusSince === 'number';
  if (!isWhole) return undefined;
  return patchedRecord(id, undefined, stored as WorkspacePatch);
}

function isStatus(value: unknown): boolean {
  return value === 'active' || value === 'inactive' || value === 'archived';
}
