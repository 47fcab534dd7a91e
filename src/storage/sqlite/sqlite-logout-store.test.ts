import { expect, test } from 'vitest';
import { describeLogoutStore } from '../../access/logout-store.contract.ts';
import { backUp } from './backup.ts';
import { restore } from './restore.ts';
import { useScratchStores } from './scratch-store.contract.ts';

const { folder, open } = useScratchStores();
const LOGOUT = { sessionId: 'a', endsAt: 2_000 };

describeLogoutStore('log-outs in SQLite', () => open().logouts);

test('log-outs survive a restart', async () => {
  const dataDir = folder();
  const store = open(dataDir);
  store.logouts.put(LOGOUT, 1_000);
  await store.close();
  expect(open(dataDir).logouts.list()).toEqual([LOGOUT]);
});

test('a restored backup lets nobody in who has logged out since', async () => {
  const [dataDir, place] = [folder(), folder()];
  const store = open(dataDir);
  store.checkpoint();
  backUp(dataDir, `${place}/backup`);
  store.logouts.put(LOGOUT, 1_000);
  await store.close();
  restore({ backup: `${place}/backup`, dataDir });
  expect(open(dataDir).logouts.list()).toEqual([LOGOUT]);
});
