import { type SeriesStoreStats, TIERS, type Tier } from '../../metrics/series-store.ts';
import { HISTORY_SQL } from './history-schema.ts';
import type { SqliteDatabase, SqliteStatement } from './sqlite-driver.ts';
import { numberIn } from './stored-values.ts';

type Name = Tier | 'journal';

interface Total {
  items: number;
  bytes: number;
}

/** How much is kept, counted along with every change: reading all blocks would take minutes. */
export class HistoryTotals {
  readonly #put: SqliteStatement;
  readonly #totals = new Map<Name, Total>();
  /** As they are in the file, of those that changed since. */
  readonly #before = new Map<Name, Total>();

  constructor(db: SqliteDatabase) {
    this.#put = db.prepare(HISTORY_SQL.putTotal);
    const rows = db.prepare(HISTORY_SQL.totals).all();
    for (const name of [...TIERS, 'journal'] as const) {
      const row = rows.find((found) => found.name === name);
      this.#totals.set(name, { items: numberIn(row, 'items'), bytes: numberIn(row, 'bytes') });
    }
  }

  add(name: Name, items: number, bytes: number): void {
    const total = this.#of(name);
    if (!this.#before.has(name)) this.#before.set(name, { ...total });
    total.items += items;
    total.bytes += bytes;
  }

  /** Writes what changed; to be called within the transaction that changed it. */
  save(): void {
    for (const name of this.#before.keys()) {
      const { items, bytes } = this.#of(name);
      this.#put.run(name, items, bytes);
    }
  }

  /** The transaction is through. */
  keep(): void {
    this.#before.clear();
  }

  /** The transaction failed. */
  takeBack(): void {
    for (const [name, total] of this.#before) this.#totals.set(name, total);
    this.#before.clear();
  }

  get journalBytes(): number {
    return this.#of('journal').bytes;
  }

  tiers(): SeriesStoreStats['tiers'] {
    const of = (tier: Tier) => ({ blocks: this.#of(tier).items, bytes: this.#of(tier).bytes });
    return { raw: of('raw'), minute: of('minute'), hour: of('hour'), day: of('day') };
  }

  #of(name: Name): Total {
    return this.#totals.get(name) ?? { items: 0, bytes: 0 };
  }
}
