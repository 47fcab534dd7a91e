import { expect, test } from 'vitest';
import { describeTokenStore, tokenRecord } from '../../access/token-store.contract.ts';
import { backUp } from './backup.ts';
import { restore } from './restore.ts';
import { useScratchStores } from './scratch-store.contract.ts';
import { loadSqlite } from './sqlite-driver.ts';
import { openSqliteStore } from './sqlite-store.ts';

const { folder, open } = useScratchStores();

describeTokenStore('tokens in SQLite', () => ({ store: open().tokens }));

test('tokens survive a restart', async () => {
  const dataDir = folder();
  const store = openSqliteStore({ dataDir });
  store.tokens.put(tokenRecord());
  await store.close();
  expect(open(dataDir).tokens.list()).toEqual([tokenRecord()]);
});

test('a token whose row was damaged lets nobody in, and the others stay', async () => {
  const dataDir = folder();
  const store = openSqliteStore({ dataDir });
  store.tokens.put(tokenRecord());
  await store.close();
  const db = loadSqlite().open(`${dataDir}/tidewatch.db`);
  const put = db.prepare('INSERT INTO tokens (id, record) VALUES (?, ?)');
  const broken = [{ role: 'root' }, { limit: {} }, { limit: { owners: [1], labels: [] } }, { revokedAt: undefined }];
  for (const [index, fields] of broken.entries()) {
    put.run(`broken ${index}`, JSON.stringify({ ...tokenRecord({ id: `broken ${index}` }), ...fields }));
  }
  put.run('no json', '{');
  db.close();
  expect(open(dataDir).tokens.list()).toEqual([tokenRecord()]);
});

test('a restored backup has the tokens of its time, but none that was revoked since', async () => {
  const [dataDir, place] = [folder(), folder()];
  const store = openSqliteStore({ dataDir });
  store.tokens.put(tokenRecord());
  store.tokens.put(tokenRecord({ id: 'two', name: 'two', createdAt: 2_000 }));
  store.checkpoint();
  backUp(dataDir, `${place}/backup`);
  store.tokens.put(tokenRecord({ revokedAt: 5_000 }));
  store.tokens.put(tokenRecord({ id: 'three', name: 'three' }));
  await store.close();
  restore({ backup: `${place}/backup`, dataDir });
  const tokens = open(dataDir).tokens.list();
  expect(tokens.map(({ id, revokedAt }) => [id, revokedAt])).toEqual([
    ['one', 5_000],
    ['two', null],
  ]);
});
