import { describe, expect, it } from 'vitest';
import { draftOf, until } from '../../events/drafts.contract.ts';
import { systemClock } from '../../runtime/clock.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { Checkpointer } from './checkpointer.ts';
import { Connection } from './connection.ts';
import { beginMeta } from './meta.ts';
import { EVENT_SCHEMA } from './migrations.ts';
import { openDatabase } from './open-database.ts';
import { useScratchStores } from './scratch-store.contract.ts';
import { loadSqlite } from './sqlite-driver.ts';
import { SqliteEventLog } from './sqlite-event-log.ts';

const { folder } = useScratchStores();

describe('without its thread', () => {
  it('the write-ahead log is kept short by the commits themselves', async () => {
    const file = `${folder()}/tidewatch.db`;
    const driver = loadSqlite();
    const { db } = openDatabase(driver, { file, schema: EVENT_SCHEMA, isoNow: '', logger: silentLogger });
    beginMeta(db, 0);
    const connection = new Connection(db, file);
    const warnings: string[] = [];
    const checkpointer = new Checkpointer({
      connection,
      driver: { ...driver, module: '/there/is/no/such/module' },
      clock: systemClock,
      logger: { ...silentLogger, warn: (message) => void warnings.push(message) },
    });
    connection.onCommit = () => checkpointer.noteCommit();
    const log = new SqliteEventLog(connection, systemClock);
    const fat = Array.from({ length: 50 }, () => draftOf('x'.repeat(4_000)));
    let written = 0;
    await until(() => {
      for (let i = 0; i < 16; i += 1) log.append(fat);
      written += 16 * 50 * 4_000;
      return warnings.length > 0 && written > 20_000_000;
    });
    const before = checkpointer.walBytes;
    for (let i = 0; i < 200; i += 1) log.append(fat);
    expect(checkpointer.walBytes).toBeLessThanOrEqual(Math.max(before, 16_000_000));
    expect(warnings).toHaveLength(1);
    await checkpointer.close();
    connection.close();
  });
});
