import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { draftOf, until } from '../../events/drafts.contract.ts';
import { describeEventLog } from '../../events/event-log.contract.ts';
import { describeWorkspaceService, recordOf } from '../../tracker/workspace-service.contract.ts';
import { runElsewhere, useScratchStores } from './scratch-store.contract.ts';
import { loadSqlite } from './sqlite-driver.ts';
import { openSqliteStore } from './sqlite-store.ts';

const { folder, open } = useScratchStores();

describeEventLog('SQLite', (clock) => open(folder(), { clock }).events);
describeWorkspaceService('SQLite', () => open().workspaces);

describe('a store', () => {
  it('goes on after a restart where it was', async () => {
    const dataDir = folder();
    const first = open(dataDir);
    const { logId } = first.events;
    first.events.append([draftOf('a'), draftOf('b')]);
    await first.workspaces.update('w', recordOf('w'));
    await first.close();
    const second = open(dataDir);
    expect(second.events.logId).toBe(logId);
    expect(second.events.read({ after: 0, limit: 9 }).items.map(({ id }) => id)).toEqual([`${logId}-1`, `${logId}-2`]);
    expect(second.events.append([draftOf('c')])[0]?.seq).toBe(3);
    expect(await second.workspaces.list()).toEqual([recordOf('w')]);
    expect(second.setAsideAs).toBeNull();
  });

  it('remembers its newest number when all events were deleted', async () => {
    const dataDir = folder();
    const first = open(dataDir);
    first.events.append(Array.from({ length: 600 }, () => draftOf('x')));
    while (first.events.prune({ olderThan: 0, keepAtMost: 0 }) > 0);
    await first.close();
    const second = open(dataDir);
    expect(second.events.bounds()).toEqual({ firstSeq: 601, lastSeq: 600 });
    expect(second.events.append([draftOf('x')])[0]?.seq).toBe(601);
  });

  it('can be read by its owner only', () => {
    const dataDir = join(folder(), 'made', 'here');
    open(dataDir);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    const names = readdirSync(dataDir);
    expect(names).toEqual(expect.arrayContaining(['tidewatch.db', 'tidewatch.db-wal', 'tidewatch.db.lock']));
    for (const name of names) expect(statSync(join(dataDir, name)).mode & 0o777, name).toBe(0o600);
  });

  it('tells its size and whether it can be written', async () => {
    const store = open();
    store.events.append([draftOf('a')]);
    expect(store.getStats()).toMatchObject({
      writable: true,
      lastError: null,
      schemaVersion: 3,
      events: 1,
      badRows: 0,
    });
    expect(store.getStats().walBytes).toBeGreaterThan(0);
    store.checkpoint();
    expect(store.getStats().walBytes).toBe(0);
    expect(store.getStats().fileBytes).toBeGreaterThan(0);
  });

  it('deletes a little at a time and gives the space back', async () => {
    const store = open();
    const fat = draftOf('x'.repeat(2_000));
    for (let i = 0; i < 20; i += 1) store.events.append(Array.from({ length: 100 }, () => fat));
    store.checkpoint();
    const before = store.getStats().fileBytes;
    expect(store.events.prune({ olderThan: 0, keepAtMost: 10 })).toBe(250);
    await until(() => {
      store.events.prune({ olderThan: 0, keepAtMost: 10 });
      store.checkpoint();
      return store.getStats().events === 10 && store.getStats().fileBytes < before / 2;
    }, 'a smaller file');
    expect(store.getStats().events).toBe(10);
  });

  it('keeps its write-ahead log short', async () => {
    const store = open();
    const fat = Array.from({ length: 50 }, () => draftOf('x'.repeat(4_000)));
    for (let i = 0; i < 100; i += 1) store.events.append(fat);
    expect(store.getStats().walBytes).toBeGreaterThan(16_000_000);
    await until(() => {
      for (let i = 0; i < 16; i += 1) store.events.append([draftOf('thin')]);
      return store.getStats().walBytes < 16_000_000;
    }, 'a short write-ahead log');
  });

  it('leaves stored rows out that it cannot read, and counts them', async () => {
    const dataDir = folder();
    const first = open(dataDir);
    first.events.append(['a', 'b', 'c', 'd', 'e'].map((message) => draftOf(message)));
    await first.workspaces.update('good', recordOf('good'));
    await first.workspaces.update('bad', recordOf('bad'));
    await first.close();
    const db = loadSqlite().open(join(dataDir, 'tidewatch.db'));
    db.exec(`UPDATE events SET payload = '{"timestamp":' WHERE seq = 2; UPDATE events SET payload = '[]' WHERE seq = 3;
      UPDATE events SET type = 'of tomorrow' WHERE seq = 4; UPDATE workspaces SET record = '{}' WHERE id = 'bad'`);
    db.close();
    const second = open(dataDir);
    const page = second.events.read({ after: 0, limit: 10 });
    expect([page.items.map(({ message }) => message), page.nextAfter]).toEqual([['a', 'e'], 5]);
    expect(await second.workspaces.list()).toEqual([recordOf('good')]);
    expect(second.getStats().badRows).toBe(4);
  });

  it('that is closed takes nothing more', async () => {
    const store = open();
    const writing = store.workspaces.update('a', recordOf('a'));
    await store.close();
    await store.close();
    expect(await writing).toEqual(recordOf('a'));
    expect(() => store.events.append([draftOf('late')])).toThrow(expect.objectContaining({ code: 'store_unwritable' }));
    await expect(store.workspaces.update('b', recordOf('b'))).rejects.toMatchObject({ code: 'store_unwritable' });
    expect(store.events.bounds().lastSeq).toBe(0);
  });
});

describe('a store that cannot be opened', () => {
  const refusal = (dataDir: string) => {
    try {
      openSqliteStore({ dataDir });
      throw new Error('it was opened');
    } catch (error) {
      return error as { code: string; message: string };
    }
  };

  it('because a newer Tidewatch wrote it is left as it is', async () => {
    const dataDir = folder();
    await open(dataDir).close();
    const file = join(dataDir, 'tidewatch.db');
    const db = loadSqlite().open(file);
    db.exec('PRAGMA user_version=99');
    db.close();
    const before = readFileSync(file);
    expect(refusal(dataDir)).toMatchObject({ code: 'store_newer', message: expect.stringContaining(file) });
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(refusal(dataDir).code).toBe('store_newer');
  });

  it('because the file is of another program is left as it is', () => {
    const dataDir = folder();
    const file = join(dataDir, 'tidewatch.db');
    const db = loadSqlite().open(file);
    db.exec('CREATE TABLE recipes (id INTEGER)');
    db.close();
    expect(refusal(dataDir)).toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('another program'),
    });
    expect(existsSync(file)).toBe(true);
  });

  it('because another store of this process has it open', async () => {
    const dataDir = folder();
    const first = open(dataDir);
    expect(refusal(dataDir)).toMatchObject({ code: 'store_locked', message: expect.stringContaining(dataDir) });
    expect(refusal(dataDir).code).toBe('store_locked');
    first.events.append([draftOf('still works')]);
    await first.close();
    open(dataDir);
  });

  it('because another process has it open, until that one is killed', async () => {
    const dataDir = folder();
    const { child, output, ended } = runElsewhere(`
      openSqliteStore({ dataDir: ${JSON.stringify(dataDir)} });
      console.log('open');
      setInterval(() => {}, 1000);`);
    await until(() => output.text.includes('open'), 'the other process');
    expect(refusal(dataDir).code).toBe('store_locked');
    child.kill('SIGKILL');
    await ended;
    open(dataDir);
  });

  it('because its folder is a file, or may not be written', () => {
    const parent = folder();
    writeFileSync(join(parent, 'file'), '');
    expect(refusal(join(parent, 'file')).code).toBe('store_unwritable');
    const closed = join(parent, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    // root may write everywhere
    if (process.getuid?.() !== 0) expect(refusal(closed).code).toBe('store_unwritable');
  });
});

describe('a process that is killed', () => {
  it('leaves everything it said it had stored, without a hole', async () => {
    const dataDir = folder();
    const { child, output, ended } = runElsewhere(`
      const { events, workspaces } = openSqliteStore({ dataDir: ${JSON.stringify(dataDir)} });
      for (let n = 0; ; n += 1) {
        const stored = events.append(Array.from({ length: 1 + (n % 50) }, () => draftOf('event of batch ' + n)));
        process.stdout.write('stored ' + stored.at(-1).seq + '\\n');
        if (n % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
      }`);
    await until(() => output.text.split('\n').length > 500, 'enough output');
    child.kill('SIGKILL');
    await ended;
    const told = Math.max(...[...output.text.matchAll(/stored (\d+)\n/g)].map(([, seq]) => Number(seq)));
    const store = open(dataDir);
    expect(store.setAsideAs).toBeNull();
    expect(store.events.bounds().firstSeq).toBe(1);
    expect(store.events.bounds().lastSeq).toBeGreaterThanOrEqual(told);
    let after = 0;
    while (after < store.events.bounds().lastSeq) {
      const { items, nextAfter } = store.events.read({ after, limit: 1_000 });
      expect(items.map(({ seq }) => seq)).toEqual(items.map((_, index) => after + index + 1));
      after = nextAfter;
    }
    expect(store.getStats().badRows).toBe(0);
  });
});
