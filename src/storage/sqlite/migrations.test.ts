import { describe, expect, it } from 'vitest';
import { MIGRATIONS, migrate } from './migrations.ts';
import { useScratchStores } from './scratch-store.contract.ts';
import { loadSqlite } from './sqlite-driver.ts';

const { folder } = useScratchStores();

describe('migrations', () => {
  it('bring an older database forward and keep what is in it', () => {
    const file = `${folder()}/tidewatch.db`;
    const db = loadSqlite().open(file);
    expect(migrate(db)).toBe(MIGRATIONS.length);
    db.exec("INSERT INTO workspaces (id, record) VALUES ('a', '{}')");
    const later = [...MIGRATIONS, 'ALTER TABLE workspaces ADD COLUMN note TEXT'];
    expect(migrate(db, later)).toBe(MIGRATIONS.length + 1);
    expect({ ...db.prepare('SELECT * FROM workspaces').get() }).toEqual({ id: 'a', record: '{}', note: null });
    expect(migrate(db, later)).toBe(MIGRATIONS.length + 1);
    db.close();
  });

  it('that fail leave the database at the step before', () => {
    const file = `${folder()}/tidewatch.db`;
    const db = loadSqlite().open(file);
    const broken = [...MIGRATIONS, 'CREATE TABLE half (a); CREATE TABLE workspaces (a)'];
    expect(() => migrate(db, broken)).toThrow(/already exists/);
    db.exec('ROLLBACK');
    expect(db.prepare("SELECT name FROM sqlite_master WHERE name = 'half'").get()).toBeUndefined();
    expect(migrate(db)).toBe(MIGRATIONS.length);
    db.close();
  });
});
