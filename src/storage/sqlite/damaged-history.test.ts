import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SealBatch } from '../../metrics/seal-batch.ts';
import { allBlocks, blockOf } from '../../metrics/series-store.contract.ts';
import type { Block } from '../../metrics/series-store.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { runElsewhere, useScratchStores } from './scratch-store.contract.ts';
import { loadSqlite } from './sqlite-driver.ts';

const { folder, open } = useScratchStores();

const PAGE = 4_096;
/** More than SQLite's cache holds. */
const BLOCKS = 1_000;
const IDS = ['w0', 'w1', 'w2', 'w3'];

/** Bytes of the history and of the events of a store that another process wrote: this one may hold no handle on it. */
const whole = { history: Buffer.alloc(0), events: Buffer.alloc(0) };

beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-whole-'));
  const { output, ended } = runElsewhere(`
    const store = openSqliteStore({ dataDir: ${JSON.stringify(dataDir)} });
    for (let n = 0; n < ${BLOCKS}; n += 1) {
      const from = n * 3_600_000;
      const data = new Uint8Array(3_500).fill(n);
      store.series.putBlocks([{ workspaceId: 'w' + (n % 4), tier: 'raw', from, to: from + 3_600_000, count: n, data }]);
    }
    for (let n = 0; n < 20; n += 1) store.series.appendJournal({ from: n, to: n, data: new Uint8Array(6_000).fill(n) });
    store.events.append([draftOf('kept')]);
    await store.close();
    console.log('done');`);
  await ended;
  expect(output.text).toContain('done');
  whole.history = readFileSync(join(dataDir, 'history.db'));
  whole.events = readFileSync(join(dataDir, 'tidewatch.db'));
  rmSync(dataDir, { recursive: true });
});

function filledStore() {
  const dataDir = folder();
  const file = join(dataDir, 'history.db');
  writeFileSync(file, whole.history);
  writeFileSync(join(dataDir, 'tidewatch.db'), whole.events);
  return { dataDir, file };
}

function overwrite(file: string, at: number, bytes: number | Uint8Array): void {
  const handle = openSync(file, 'r+');
  const data = typeof bytes === 'number' ? Buffer.alloc(bytes, 0x5a) : bytes;
  writeSync(handle, data, 0, data.length, at);
  closeSync(handle);
}

function reopen(dataDir: string) {
  const lines: string[] = [];
  const store = open(dataDir, { logger: { ...silentLogger, error: (message) => void lines.push(message) } });
  return { store, series: store.series, lines };
}

/** All blocks there are; each has to be as it was written. */
function wholeBlocks(series: Parameters<typeof allBlocks>[0]): Block[] {
  const blocks = IDS.flatMap((id) => allBlocks(series, id));
  for (const { workspaceId, from, count, data } of blocks) {
    const number = from / 3_600_000;
    expect([workspaceId, count, data.length, data.every((byte) => byte === number % 256)]).toEqual([
      `w${number % 4}`,
      number,
      3_500,
      true,
    ]);
  }
  return blocks;
}

/** Where the bytes of a block are in the file. */
const placeOf = (number: number) => whole.history.indexOf(new Uint8Array(3_000).fill(number));

describe('a damaged history', () => {
  it('loses no more than the blocks of the damaged page, and the file is set aside', () => {
    const { dataDir, file } = filledStore();
    overwrite(file, Math.floor(placeOf(200) / PAGE) * PAGE, PAGE);
    const { store, series, lines } = reopen(dataDir);
    expect(wholeBlocks(series).length).toBeGreaterThanOrEqual(BLOCKS - 5);
    expect(wholeBlocks(series).length).toBeLessThan(BLOCKS);
    expect(series.getJournal()).toHaveLength(20);
    expect(lines).toEqual(['the history was damaged; what could be read of it was taken over into a new file']);
    expect(readdirSync(dataDir).filter((name) => /^history\.db\.damaged-.*Z$/.test(name))).toHaveLength(1);
    expect(store.setAsideAs).toBeNull();
    expect(store.events.bounds()).toEqual({ firstSeq: 1, lastSeq: 1 });
    expect(series.getStats().tiers.raw.blocks).toBe(wholeBlocks(series).length);
  });

  it('whose block has a flipped bit leaves that block out, tells it once and counts it', () => {
    const { dataDir, file } = filledStore();
    const at = placeOf(201) + 1_000;
    overwrite(file, at, new Uint8Array([(whole.history[at] ?? 0) ^ 4]));
    const { series, lines } = reopen(dataDir);
    expect(wholeBlocks(series)).toHaveLength(BLOCKS - 1);
    expect(wholeBlocks(series)).toHaveLength(BLOCKS - 1);
    expect(lines).toEqual(['a piece of the history is damaged and left out']);
    expect(series.getStats().damaged).toBe(1);
    expect(series.getLastBlock('w1', 'raw', 202 * 3_600_000)?.count).toBe(197);
  });

  it('takes a block again in the place of a damaged one', () => {
    const { dataDir, file } = filledStore();
    overwrite(file, placeOf(201) + 1_000, 8);
    const { series } = reopen(dataDir);
    const again = blockOf(201, { workspaceId: 'w1', count: 201, data: new Uint8Array(3_500).fill(201) });
    series.putBlocks([again]);
    expect(wholeBlocks(series)).toHaveLength(BLOCKS);
    expect(series.getStats().damaged).toBe(0);
  });

  it('that is damaged while it is open goes on, and the next start mends it', async () => {
    const { dataDir, file } = filledStore();
    const first = reopen(dataDir);
    overwrite(file, Math.floor(placeOf(200) / PAGE) * PAGE, PAGE);
    const found = wholeBlocks(first.series).length;
    expect(found).toBeGreaterThanOrEqual(BLOCKS - 5);
    expect(found).toBeLessThan(BLOCKS);
    expect(first.series.getStats().damaged).toBe(BLOCKS - found);
    expect(first.lines.filter((line) => line.includes('the next start mends it'))).toHaveLength(1);
    const seen = first.lines.length;
    wholeBlocks(first.series);
    expect(first.lines).toHaveLength(seen);
    first.series.putBlocks([blockOf(5_000)]);
    await first.store.close();
    const second = reopen(dataDir);
    expect(wholeBlocks(second.series)).toHaveLength(found);
    expect(allBlocks(second.series)).toEqual([blockOf(5_000)]);
    expect(second.series.getStats().damaged).toBe(0);
  });

  it('refuses what belongs on a damaged page, and takes everything else', () => {
    const { dataDir, file } = filledStore();
    const { series, lines } = reopen(dataDir);
    overwrite(file, Math.floor(placeOf(200) / PAGE) * PAGE, PAGE);
    const again = (number: number) => blockOf(number, { workspaceId: `w${number % 4}`, count: number });
    expect(() => series.putBlocks([again(200)])).toThrow(expect.objectContaining({ code: 'store_damaged' }));
    expect(lines).toEqual(['a file of the store is damaged; the next start mends it']);
    const batch = new SealBatch(series);
    const hours = [300, 200, 301].map((number) => ({ workspaceId: '', hour: number, blocks: [again(number)] }));
    for (const hour of hours) batch.add(hour);
    const { written, refused, error } = batch.write();
    expect(written.map(({ hour }) => hour)).toEqual([300, 301]);
    expect(refused.map(({ hour }) => hour)).toEqual([200]);
    expect(error).toContain('it is damaged');
    expect(allBlocks(series, 'w0')).toContainEqual(again(300));
  });

  it('is checked whatever its size once damage was seen in it', async () => {
    const { dataDir, file } = filledStore();
    const db = loadSqlite().open(file);
    db.exec("INSERT INTO meta (key, value) VALUES ('damage_seen', '1')");
    db.close();
    await reopen(dataDir).store.close();
    const again = loadSqlite().open(file);
    expect(again.prepare("SELECT count(*) AS n FROM meta WHERE key = 'damage_seen'").get()).toMatchObject({ n: 0 });
    again.close();
  });

  it('that is no database at all begins anew, and events go on', () => {
    const { dataDir, file } = filledStore();
    writeFileSync(file, 'this is not a database'.repeat(1_000));
    const { store, series } = reopen(dataDir);
    expect(IDS.flatMap((id) => allBlocks(series, id))).toEqual([]);
    series.putBlocks([blockOf(1)]);
    expect(allBlocks(series)).toEqual([blockOf(1)]);
    expect(store.events.append([])).toEqual([]);
    expect(store.events.bounds().lastSeq).toBe(1);
  });

  it('is opened whatever its bytes are, and gives no wrong block', async () => {
    const { length } = whole.history;
    const places = [
      0,
      16,
      24,
      60,
      100,
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 50].map((page) => page * PAGE),
      length - 600,
    ];
    for (const at of places) {
      const { dataDir, file } = filledStore();
      overwrite(file, at, 500);
      const { store, series } = reopen(dataDir);
      wholeBlocks(series);
      series.putBlocks([blockOf(5_000)]);
      expect(series.getLastBlock('shop', 'raw'), `damaged at ${at}`).toEqual(blockOf(5_000));
      await store.close();
    }
  });
});
