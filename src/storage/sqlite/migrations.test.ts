import { describe, expect, it } from 'vitest';
import { EVENT_SCHEMA, migrate } from './migrations.ts';
import { useScratchStores } from './scratch-store.contract.ts';
import { loadSqlite } from './sqlite-driver.ts';

const { folder } = useScratchStores();
const { migrations } = EVENT_SCHEMA;

describe('migrations', () => {
  it('bring an older database forward and keep what is in it', () => {
    const file = `${folder()}/tidewatch.db`;
    const db = loadSqlite().open(file);
    expect(migrate(db, EVENT_SCHEMA)).toBe(migrations.length);
    db.exec("INSERT INTO workspaces (id, record) VALUES ('a', '{}')");
    const later = [...migrations, 'ALTER TABLE workspaces ADD COLUMN note TEXT'];
    expect(migrate(db, { ...EVENT_SCHEMA, migrations: later })).toBe(migrations.length + 1);
    expect({ ...db.prepare('SELECT * FROM workspaces').get() }).toEqual({ id: 'a', record: '{}', note: null });
    expect(migrate(db, { ...EVENT_SCHEMA, migrations: later })).toBe(migrations.length + 1);
    db.close();
  });

  it('that fail leave the database at the step before', () => {
    const file = `${folder()}/tidewatch.db`;
    const db = loadSqlite().open(file);
    const broken = [...migrations, 'CREATE TABLE half (a); CREATE TABLE workspaces (a)'];
    expect(() => migrate(db, { ...EVENT_SCHEMA, migrations: broken })).toThrow(/already exists/);
    db.exec('ROLLBACK');
    expect(db.prepare("SELECT name FROM sqlite_master WHERE name = 'half'").get()).toBeUndefined();
    expect(migrate(db, EVENT_SCHEMA)).toBe(migrations.length);
    db.close();
  });
});
