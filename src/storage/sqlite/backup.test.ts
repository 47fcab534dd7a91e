import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { draftOf } from '../../events/drafts.contract.ts';
import { allBlocks, blockOf } from '../../metrics/series-store.contract.ts';
import { recordOf } from '../../tracker/workspace-service.contract.ts';
import { backUp } from './backup.ts';
import { restore } from './restore.ts';
import { useScratchStores } from './scratch-store.contract.ts';
import { loadSqlite } from './sqlite-driver.ts';

const { folder, open } = useScratchStores();

const messages = (store: ReturnType<typeof open>) =>
  store.events.read({ after: 0, limit: 1_000 }).items.map(({ message }) => message);

/** A closed store of one event, one workspace and two blocks, and its backup. */
async function backedUp() {
  const dataDir = folder();
  const store = open(dataDir);
  store.events.append([draftOf('before')]);
  await store.workspaces.update('shop', recordOf('shop'));
  store.series.putBlocks([blockOf(1), blockOf(2)]);
  const backup = join(folder(), 'monday');
  return { dataDir, store, backup, files: backUp(dataDir, backup) };
}

function names(dataDir: string): string[] {
  return readdirSync(dataDir)
    .filter((name) => !/\.(lock|pid)$/.test(name))
    .toSorted();
}

describe('a backup', () => {
  it('is made while the store is written, and is a data folder itself', async () => {
    const { store, backup, files } = await backedUp();
    store.events.append([draftOf('after')]);
    expect(files.map(({ name }) => name)).toEqual(['tidewatch.db', 'history.db']);
    for (const { name, bytes } of files) {
      expect(statSync(join(backup, name)).size).toBe(bytes);
      expect(statSync(join(backup, name)).mode & 0o777).toBe(0o600);
    }
    const copy = open(backup);
    expect(messages(copy)).toEqual(['before']);
    expect(allBlocks(copy.series)).toEqual([blockOf(1), blockOf(2)]);
    expect(await copy.workspaces.list()).toEqual([recordOf('shop')]);
  });

  it('has pages as the original has, and can give them back as that can', async () => {
    const { backup } = await backedUp();
    const pragmas = ['tidewatch.db', 'history.db'].map((name) => {
      const db = loadSqlite().open(join(backup, name), { readOnly: true });
      const values = ['page_size', 'auto_vacuum'].map((pragma) => db.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
      db.close();
      return values;
    });
    expect(pragmas).toEqual([
      [4_096, 2],
      [4_096, 2],
    ]);
  });

  it('is not made where something is, nor of nothing', async () => {
    const { dataDir, backup } = await backedUp();
    expect(() => backUp(dataDir, backup)).toThrow(expect.objectContaining({ code: 'usage' }));
    const empty = folder();
    expect(() => backUp(empty, join(empty, 'b'))).toThrow(expect.objectContaining({ code: 'not_found' }));
    expect(readdirSync(empty)).toEqual([]);
  });

  it('of a damaged database is refused, and nothing of it is left', async () => {
    const { dataDir, store } = await backedUp();
    await store.close();
    writeFileSync(join(dataDir, 'history.db'), 'x'.repeat(50_000));
    const parent = folder();
    expect(() => backUp(dataDir, join(parent, 'b'))).toThrow(
      expect.objectContaining({ code: 'store_damaged', message: expect.stringContaining('history.db') }),
    );
    expect(readdirSync(parent)).toEqual([]);
  });
});

describe('a restore', () => {
  it('brings back what the backup holds and keeps what was there beside it', async () => {
    const { dataDir, store, backup } = await backedUp();
    store.events.append([draftOf('later'), draftOf('latest')]);
    store.series.putBlocks([blockOf(3)]);
    const { logId } = store.events;
    await store.close();
    const { files, keptAs } = restore({ backup, dataDir });
    expect(files).toEqual(['tidewatch.db', 'history.db']);
    expect(keptAs.map((file) => existsSync(file))).toEqual([true, true]);
    const restored = open(dataDir);
    expect(allBlocks(restored.series)).toEqual([blockOf(1), blockOf(2)]);
    expect(await restored.workspaces.list()).toEqual([recordOf('shop')]);
    expect(restored.events.logId).not.toBe(logId);
    const { items } = restored.events.read({ after: 0, limit: 9 });
    expect(items.map(({ seq, type, message }) => [seq, type === 'gap' ? 'gap' : message])).toEqual([
      [1, 'before'],
      [4, 'gap'],
    ]);
    expect(restored.events.append([draftOf('next')])[0]?.seq).toBe(5);
    const kept = loadSqlite().open(keptAs[0] ?? '', { readOnly: true });
    expect(kept.prepare('SELECT count(*) AS n FROM events').get()).toMatchObject({ n: 3 });
    kept.close();
  });

  it('makes the data folder where there is none', async () => {
    const { backup } = await backedUp();
    const dataDir = join(folder(), 'new', 'place');
    expect(restore({ backup, dataDir })).toEqual({ files: ['tidewatch.db', 'history.db'], keptAs: [] });
    expect(names(dataDir)).toEqual(['history.db', 'tidewatch.db']);
    expect(allBlocks(open(dataDir).series)).toHaveLength(2);
  });

  it('takes the place of a damaged database', async () => {
    const { dataDir, store, backup } = await backedUp();
    await store.close();
    for (const name of ['tidewatch.db', 'history.db']) writeFileSync(join(dataDir, name), 'x'.repeat(50_000));
    expect(restore({ backup, dataDir }).keptAs).toHaveLength(2);
    expect(messages(open(dataDir))[0]).toBe('before');
  });

  it('is refused while the store is in use, and changes nothing', async () => {
    const { dataDir, store, backup } = await backedUp();
    const before = names(dataDir);
    expect(() => restore({ backup, dataDir })).toThrow(expect.objectContaining({ code: 'store_locked' }));
    expect(names(dataDir)).toEqual(before);
    store.events.append([draftOf('still works')]);
  });

  it.each([
    ['newer', 'store_newer'],
    ['damaged', 'store_damaged'],
    ['cut short', 'store_damaged'],
    ['empty', 'store_damaged'],
    ['foreign', 'config_invalid'],
    ['missing', 'not_found'],
  ])('of a %s backup is refused, and changes nothing', async (what, code) => {
    const { dataDir, store, backup } = await backedUp();
    await store.close();
    const before = names(dataDir);
    const bytes = before.map((name) => readFileSync(join(dataDir, name)));
    const file = join(backup, 'history.db');
    if (what === 'newer') change(file, 'PRAGMA user_version=99');
    if (what === 'foreign') change(file, 'PRAGMA application_id=7');
    if (what === 'damaged') writeFileSync(file, readFileSync(file).fill(0x5a, 4_096 * 3));
    if (what === 'cut short') truncateSync(file, 4_096 * 4);
    if (what === 'empty') writeFileSync(file, '');
    const from = what === 'missing' ? join(backup, 'nothing') : backup;
    expect(() => restore({ backup: from, dataDir })).toThrow(expect.objectContaining({ code }));
    expect(names(dataDir)).toEqual(before);
    expect(before.map((name) => readFileSync(join(dataDir, name)))).toEqual(bytes);
  });
});

function change(file: string, sql: string): void {
  const db = loadSqlite().open(file);
  db.exec(sql);
  db.close();
}
