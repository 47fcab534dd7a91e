import { expect, test } from 'vitest';
import { auditRecord, describeAuditLog } from '../../access/audit-log.contract.ts';
import { backUp } from './backup.ts';
import { Connection } from './connection.ts';
import { EVENT_SCHEMA, migrate } from './migrations.ts';
import { restore } from './restore.ts';
import { useScratchStores } from './scratch-store.contract.ts';
import { sqliteAuditLog } from './sqlite-audit-log.ts';
import { loadSqlite } from './sqlite-driver.ts';
import { openSqliteStore } from './sqlite-store.ts';

const { folder, open } = useScratchStores();
const ALL = { before: Number.MAX_SAFE_INTEGER, limit: 1_000 };

describeAuditLog('an audit log in SQLite', () => open().audit);

test('the audit log survives a restart, and a backup has it', async () => {
  const [dataDir, place] = [folder(), folder()];
  const store = openSqliteStore({ dataDir });
  store.audit.append(auditRecord());
  await store.close();
  const again = openSqliteStore({ dataDir });
  expect(again.audit.read(ALL)).toEqual([{ seq: 1, ...auditRecord() }]);
  again.checkpoint();
  backUp(dataDir, `${place}/backup`);
  await again.close();
  const other = folder();
  restore({ backup: `${place}/backup`, dataDir: other });
  expect(open(other).audit.read(ALL)).toHaveLength(1);
});

test('the oldest entries make room', () => {
  const file = `${folder()}/tidewatch.db`;
  const db = loadSqlite().open(file);
  migrate(db, EVENT_SCHEMA);
  const log = sqliteAuditLog(new Connection(db, file), 10);
  for (let count = 0; count < 1_000; count += 1) log.append(auditRecord());
  expect(log.read(ALL).map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, index) => 1_000 - index));
  db.close();
});
