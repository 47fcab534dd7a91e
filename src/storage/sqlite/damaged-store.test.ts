import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { draftOf } from '../../events/drafts.contract.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { recordOf } from '../../tracker/workspace-service.contract.ts';
import { runElsewhere, useScratchStores } from './scratch-store.contract.ts';

/** A sparse file: SQLite goes by its header. */
const LARGE_BYTES = 257 * 1024 * 1024;

const { folder, open } = useScratchStores();

/** A store of 2,000 events and some workspaces that another process wrote: this one may hold no handle on it. */
const whole = { db: Buffer.alloc(0), logId: '' };

beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-whole-'));
  const record = JSON.stringify(recordOf('x', { status: 'archived' }));
  const { output, ended } = runElsewhere(`
    const store = openSqliteStore({ dataDir: ${JSON.stringify(dataDir)} });
    for (let i = 0; i < 20; i += 1) store.events.append(Array.from({ length: 100 }, () => draftOf('x'.repeat(100))));
    for (const id of ['a', 'b', 'c']) await store.workspaces.update(id, ${record});
    await store.close();
    console.log('log', store.events.logId);`);
  await ended;
  whole.logId = /log (\w+)/.exec(output.text)?.[1] ?? output.text;
  whole.db = readFileSync(join(dataDir, 'tidewatch.db'));
  rmSync(dataDir, { recursive: true });
});

function filledStore() {
  const dataDir = folder();
  const file = join(dataDir, 'tidewatch.db');
  writeFileSync(file, whole.db);
  return { dataDir, file, logId: whole.logId };
}

function overwrite(file: string, at: number, bytes: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(bytes, 0x5a), 0, bytes, at);
  closeSync(handle);
}

function reopen(dataDir: string) {
  const lines: string[] = [];
  const infos: string[] = [];
  const logger = {
    ...silentLogger,
    error: (line: string) => void lines.push(line),
    info: (line: string) => void infos.push(line),
  };
  return { store: open(dataDir, { logger }), lines, infos };
}

describe('a damaged store', () => {
  it('is set aside, and numbers and workspaces go on when they can be read', async () => {
    const { dataDir, file, logId } = filledStore();
    const pages = Math.floor(statSync(file).size / 4096);
    overwrite(file, Math.floor(pages / 2) * 4096, 4096);
    const { store, lines } = reopen(dataDir);
    expect(lines).toHaveLength(1);
    expect(store.setAsideAs).toMatch(/tidewatch\.db\.damaged-\d{4}-\d\d-\d\dT[\d.-]+Z$/);
    expect(existsSync(store.setAsideAs ?? '')).toBe(true);
    expect(store.events.logId).not.toBe(logId);
    const { items, gap } = store.events.read({ after: 0, limit: 10 });
    expect(items).toMatchObject([{ seq: 2_001, type: 'gap', data: { scope: 'log' } }]);
    expect(gap).toEqual({ from: 1, to: 2_000 });
    expect((await store.workspaces.list()).map(({ id, status }) => [id, status])).toEqual([
      ['a', 'archived'],
      ['b', 'archived'],
      ['c', 'archived'],
    ]);
  });

  it('that is no database at all begins anew under another log id', () => {
    const { dataDir, file, logId } = filledStore();
    writeFileSync(file, 'this is not a database'.repeat(1_000));
    const { store } = reopen(dataDir);
    expect(readFileSync(store.setAsideAs ?? '', 'utf8')).toContain('this is not a database');
    expect(store.events.logId).not.toBe(logId);
    expect(store.events.bounds()).toEqual({ firstSeq: 1, lastSeq: 1 });
  });

  it('that was cut short is set aside', () => {
    const { dataDir, file } = filledStore();
    truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096);
    const { store } = reopen(dataDir);
    expect(store.setAsideAs).not.toBeNull();
    expect(store.events.append([draftOf('next')])).toHaveLength(1);
  });

  it('is opened whatever its bytes are', async () => {
    const { length } = whole.db;
    for (const at of [0, 16, 24, 60, 100, 4_096, 8_192, length - 600]) {
      const { dataDir, file } = filledStore();
      overwrite(file, at, 500);
      const { store } = reopen(dataDir);
      expect(store.events.append([draftOf('next')]), `damaged at ${at}`).toHaveLength(1);
      await store.close();
    }
  });

  it('that is damaged while it is open is checked at the next start, whatever its size', async () => {
    const { dataDir, file } = filledStore();
    const middle = Math.floor(statSync(file).size / 8_192) * 4_096;
    truncateSync(file, LARGE_BYTES);
    const { store, lines } = reopen(dataDir);
    overwrite(file, middle, 8 * 4_096);
    const readAll = () => {
      for (let after = 0; after < 2_000; after += 100) store.events.read({ after, limit: 100 });
    };
    expect(readAll).toThrow(expect.objectContaining({ code: 'store_damaged' }));
    expect(readAll).toThrow(expect.objectContaining({ code: 'store_damaged' }));
    expect(lines).toEqual(['a file of the store is damaged; the next start mends it']);
    await store.close();
    expect(statSync(file).size).toBe(LARGE_BYTES);
    const again = reopen(dataDir);
    expect(again.store.setAsideAs).not.toBeNull();
    expect(again.infos).toEqual([]);
  });

  it('that is large is not checked at the start, and says so', () => {
    const { dataDir, file } = filledStore();
    truncateSync(file, LARGE_BYTES);
    const { infos, store } = reopen(dataDir);
    expect(infos).toEqual([expect.stringContaining('is not checked at the start')]);
    expect(store.events.bounds()).toEqual({ firstSeq: 1, lastSeq: 2_000 });
  });

  it('stays as it is when it is opened again', async () => {
    const { dataDir, file } = filledStore();
    writeFileSync(file, 'x'.repeat(9_000));
    const first = reopen(dataDir).store;
    await first.close();
    const again = reopen(dataDir);
    expect([again.store.setAsideAs, again.lines]).toEqual([null, []]);
    expect(again.store.events.logId).toBe(first.events.logId);
    expect(readdirSync(dataDir).filter((name) => name.includes('damaged'))).toHaveLength(1);
  });

  it('with an empty file begins anew without a word', () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, 'tidewatch.db'), '');
    const { store, lines } = reopen(dataDir);
    expect([store.setAsideAs, lines, store.events.bounds().lastSeq]).toEqual([null, [], 0]);
  });
});
