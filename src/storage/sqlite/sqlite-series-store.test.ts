import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../../events/drafts.contract.ts';
import { allBlocks, blockOf, describeSeriesStore } from '../../metrics/series-store.contract.ts';
import { HISTORY_SCHEMA, HISTORY_SQL } from './history-schema.ts';
import { migrate } from './migrations.ts';
import { useScratchStores } from './scratch-store.contract.ts';
import { loadSqlite } from './sqlite-driver.ts';
import { openSqliteStore } from './sqlite-store.ts';

const { folder, open } = useScratchStores();

describeSeriesStore('SQLite', () => open().series);

const fat = (hour: number) => blockOf(hour, { data: new Uint8Array(3_500).fill(hour) });

describe('a stored history', () => {
  it('goes on after a restart where it was', async () => {
    const dataDir = folder();
    const first = open(dataDir);
    first.series.putBlocks([blockOf(1), blockOf(2)]);
    first.series.appendJournal({ from: 1, to: 2, data: new Uint8Array([1, 2]) });
    const { fileBytes: _, ...stats } = first.series.getStats();
    await first.close();
    const { series } = open(dataDir);
    expect(allBlocks(series)).toEqual([blockOf(1), blockOf(2)]);
    expect(series.getJournal()).toEqual([{ from: 1, to: 2, data: new Uint8Array([1, 2]) }]);
    expect(series.getStats()).toMatchObject(stats);
    expect(existsSync(join(dataDir, 'history.db'))).toBe(true);
  });

  it('is as it was when a write fails in the middle', () => {
    const { series } = open();
    series.putBlocks([blockOf(1)]);
    const broken = { ...blockOf(3), to: Number.NaN };
    expect(() => series.putBlocks([blockOf(2), { ...blockOf(2), workspaceId: 'new' }, broken])).toThrow(
      expect.objectContaining({ code: 'store_unwritable' }),
    );
    expect([allBlocks(series), series.getWorkspaceIds()]).toEqual([[blockOf(1)], ['shop']]);
    expect(series.getStats().tiers.raw.blocks).toBe(1);
    series.putBlocks([{ ...blockOf(2), workspaceId: 'new' }]);
    expect(series.getWorkspaceIds()).toEqual(['new', 'shop']);
  });

  it('gives space back after it was deleted, without being asked again', async () => {
    const store = open();
    const { series } = store;
    for (let hour = 0; hour < 2_000; hour += 100) {
      series.putBlocks(Array.from({ length: 100 }, (_, n) => fat(hour + n)));
    }
    store.checkpoint();
    const before = series.getStats().fileBytes;
    expect(before).toBeGreaterThan(7_000_000);
    while (series.purge('shop', 500) > 0);
    await until(() => {
      store.checkpoint();
      return series.getStats().fileBytes < before / 4;
    }, 'a smaller file');
    expect(series.getWorkspaceIds()).toEqual([]);
  });

  it('that a newer Tidewatch wrote is refused and left as it is', async () => {
    const dataDir = folder();
    await open(dataDir).close();
    const file = join(dataDir, 'history.db');
    const db = loadSqlite().open(file);
    db.exec('PRAGMA user_version=99');
    db.close();
    const before = readFileSync(file);
    expect(() => openSqliteStore({ dataDir })).toThrow(
      expect.objectContaining({ code: 'store_newer', message: expect.stringContaining(file) }),
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('of an older Tidewatch is brought forward with all that is in it', () => {
    const db = loadSqlite().open(join(folder(), 'history.db'));
    migrate(db, HISTORY_SCHEMA);
    db.exec("INSERT INTO workspaces (id) VALUES ('shop')");
    const migrations = [...HISTORY_SCHEMA.migrations, 'ALTER TABLE workspaces ADD COLUMN note TEXT'];
    expect(migrate(db, { ...HISTORY_SCHEMA, migrations })).toBe(2);
    expect({ ...db.prepare('SELECT * FROM workspaces').get() }).toEqual({ number: 1, id: 'shop', note: null });
    db.close();
  });

  it('does not take a database of events for its own', async () => {
    const dataDir = folder();
    await open(dataDir).close();
    const events = readFileSync(join(dataDir, 'tidewatch.db'));
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(dataDir, `history.db${suffix}`), { force: true });
    writeFileSync(join(dataDir, 'history.db'), events);
    expect(() => openSqliteStore({ dataDir })).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});

describe('the statements of the history', () => {
  it.each(Object.entries(HISTORY_SQL).filter(([, sql]) => /\bFROM (blocks|journal)\b/.test(sql)))(
    '%s reads no table from end to end',
    (name, sql) => {
      const db = loadSqlite().open(join(folder(), 'history.db'));
      migrate(db, HISTORY_SCHEMA);
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      db.close();
      const steps = plan.map(({ detail }) => String(detail));
      const isWhole = name.startsWith('last') || name.startsWith('journal') || name === 'workspaces';
      const scans = steps.filter((step) => step.startsWith('SCAN'));
      if (!isWhole) expect(steps).toEqual(expect.arrayContaining([expect.stringMatching(/^SEARCH/)]));
      if (!isWhole) expect(scans).toEqual([]);
      if (name === 'spans')
        expect(steps.filter((step) => !step.includes('COVERING') && step.includes('blocks'))).toEqual([]);
      expect(scans.filter((step) => step.includes('blocks') && !name.startsWith('last'))).toEqual([]);
      expect(steps.filter((step) => step.includes('TEMP B-TREE') && step.includes('blocks'))).toEqual([]);
    },
  );
});
