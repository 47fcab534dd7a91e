import type { SeriesStore } from '../../metrics/series-store.ts';
import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/iso.ts';
import type { Logger } from '../../runtime/logger.ts';
import { Checkpointer } from './checkpointer.ts';
import { Connection } from './connection.ts';
import { DamageBook } from './damage-book.ts';
import { FreePages } from './free-pages.ts';
import { rescueHistory } from './history-rescue.ts';
import { HISTORY_SCHEMA } from './history-schema.ts';
import { openDatabase } from './open-database.ts';
import type { SqliteDriver } from './sqlite-driver.ts';
import { unreadable } from './sqlite-failure.ts';
import { SqliteSeriesStore } from './sqlite-series-store.ts';

export interface HistoryParts {
  readonly driver: SqliteDriver;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The history's file while it is open. */
export interface OpenHistory {
  readonly series: SeriesStore;
  checkpoint(): void;
  close(): Promise<void>;
}

/**
 * Opens the history; the store it belongs to must be locked. What is damaged is set aside, and all that can be read of it
 * taken over. Throws `store_newer`, `store_unwritable` or `config_invalid`; then the file is as it was.
 */
export function openHistory(file: string, { driver, clock, logger }: HistoryParts): OpenHistory {
  const wanted = { file, schema: HISTORY_SCHEMA, isoNow: toIso(clock.now()), logger };
  const { db, damage } = openDatabase(driver, wanted);
  const connection = new Connection(db, file);
  const book = new DamageBook(connection, logger);
  connection.onDamage = (why) => book.noteFile(why);
  const checkpointer = new Checkpointer({ connection, driver, clock, logger });
  const freePages = new FreePages(connection, clock);
  connection.onCommit = () => checkpointer.noteCommit();
  connection.onFull = () => checkpointer.checkpointNow();
  try {
    const onDeleted = () => freePages.giveBack();
    const series = new SqliteSeriesStore({ connection, damage: book, onDeleted });
    if (damage !== null) {
      rescueHistory(driver, damage.setAsideAs, series);
      tellRescue({ file, ...damage }, series, logger);
    }
    freePages.giveBack();
    return {
      series,
      checkpoint: () => checkpointer.checkpointNow(),
      async close() {
        freePages.close();
        await checkpointer.close();
        connection.close();
      },
    };
  } catch (thrown) {
    connection.close();
    throw unreadable(file, thrown);
  }
}

function tellRescue(found: { file: string; setAsideAs: string; why: string }, series: SeriesStore, logger: Logger) {
  const tiers = Object.values(series.getStats().tiers);
  logger.error('the history was damaged; what could be read of it was taken over into a new file', {
    ...found,
    blocksSaved: tiers.reduce((sum, { blocks }) => sum + blocks, 0),
  });
}
