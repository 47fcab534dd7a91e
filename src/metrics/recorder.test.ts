import { expect, test } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import { METRICS } from '../model/metric-catalogue.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { BlockArchive } from './block-archive.ts';
import { HOUR_MS } from './block-span.ts';
import { readSamples } from './history.ts';
import { HourSealer } from './hour-sealer.ts';
import { memorySeriesStore } from './memory-series-store.ts';
import { Recorder } from './recorder.ts';
import { dayWindows } from './rollup/windows.ts';
import type { Block, SeriesStore } from './series-store.ts';

const START = Date.UTC(2026, 0, 1, 10);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** As a sample that tells of the first metric alone. */
const only = (value: number) => Float64Array.from(METRICS, (_, metric) => (metric === 0 ? value : Number.NaN));

/** A recorder whose store can be made to fail. */
function recording(store: SeriesStore = memorySeriesStore(), clock = new FakeClock(START)) {
  const disk = { isFull: false, refused: '', transactions: 0 };
  const told: unknown[] = [];
  const failing = <K extends 'putBlocks' | 'appendJournal'>(name: K) =>
    ((...args: Parameters<SeriesStore[K]>) => {
      if (disk.isFull) throw new TidewatchError('store_unwritable', 'no space left');
      const [given] = args;
      if (Array.isArray(given) && given.length > 0) {
        if ((given as Block[]).some(({ workspaceId }) => workspaceId === disk.refused))
          throw new TidewatchError('store_damaged', 'damaged');
        disk.transactions += 1;
      }
      return (store[name] as (...all: typeof args) => void)(...args);
    }) as SeriesStore[K];
  const used = { ...store, putBlocks: failing('putBlocks'), appendJournal: failing('appendJournal') };
  const logger = () => ({ ...silentLogger, error: (...words: unknown[]) => void told.push(words) });
  const archive = new BlockArchive({ store: used, logger });
  const sealer = new HourSealer({ archive, days: dayWindows('Asia/Seoul') });
  const recorder = new Recorder({ store: used, clock, logger, sealer });
  const stop = new AbortController();
  const seal = () => recorder.seal(stop.signal);
  const read = (workspaceId: string, from = START - 24 * HOUR_MS, to = START + 240 * HOUR_MS) => {
    const { at, values } = readSamples({ archive, recorder }, { workspaceId, from, to, metrics: [0] });
    return [...at].map((instant, index) => [(instant - START) / SECOND, values[0]?.[index]]);
  };
  const take = (id: string, at: number, value: number) => recorder.take(id, START + at, only(value));
  /** A sample every ten seconds. */
  const run = async (id: string, durationMs: number) => {
    for (let passed = 0; passed < durationMs; passed += 10 * SECOND) {
      recorder.take(id, clock.now(), only((clock.now() - START) / SECOND));
      await clock.advance(10 * SECOND);
    }
  };
  return { recorder, store, clock, disk, told, stop, seal, read, take, run };
}

const upTo = (seconds: number) => Array.from({ length: seconds / 10 }, (_, index) => [index * 10, index * 10]);

test('an hour that is over becomes a block, the last hour stays in memory, and all is there', async () => {
  const { recorder, store, seal, read, run } = recording();
  await run('shop', 5 * HOUR_MS);
  await seal();
  await run('shop', 15 * MINUTE);
  await seal();
  const blocks = store.getBlocks({ workspaceId: 'shop', tier: 'raw', from: START, to: START + 24 * HOUR_MS });
  expect(blocks.map(({ from, to, count }) => [(from - START) / HOUR_MS, (to - from) / HOUR_MS, count])).toEqual(
    [0, 1, 2, 3, 4].map((hour) => [hour, 1, 360]),
  );
  expect(read('shop')).toEqual(upTo(5 * 3_600 + 900));
  expect(read('shop', START + HOUR_MS, START + HOUR_MS + 30 * SECOND)).toEqual([
    [3_600, 3_600],
    [3_610, 3_610],
    [3_620, 3_620],
  ]);
  const { heldFrom = 0, count = 0 } = recorder.series.get('shop')?.head ?? {};
  expect((START + 5 * HOUR_MS + 15 * MINUTE - heldFrom) / MINUTE).toBe(60);
  expect(count).toBeLessThanOrEqual(60 * 6 + 120);
});

test('what was noted comes back after a crash, and is forgotten once it is in blocks', async () => {
  const { recorder, store, clock, seal, run } = recording();
  await run('shop', 30 * MINUTE);
  expect(await recorder.checkpoint()).toBe(true);
  await run('shop', 30 * MINUTE);
  expect(await recorder.checkpoint()).toBe(true);
  expect(store.getJournal()).toHaveLength(2);

  const again = recording(store, clock);
  await again.recorder.restore();
  expect(again.read('shop')).toEqual(upTo(3_600));
  await again.run('shop', 10 * MINUTE);
  await again.recorder.checkpoint();
  await again.seal();
  expect(store.getJournal()).toHaveLength(1);
  expect(again.read('shop')).toEqual(upTo(4_200));

  const third = recording(store, clock);
  await third.recorder.restore();
  await third.seal();
  expect(third.read('shop')).toEqual(upTo(4_200));
  expect(recorder.counts.samples).toBe(360);
  await seal();
});

test('a journal entry that is damaged costs what was in it, and nothing else', async () => {
  const { recorder, store, clock, run } = recording();
  for (let part = 0; part < 3; part += 1) {
    await run('shop', MINUTE);
    await recorder.checkpoint();
  }
  const entries = store.getJournal();
  const damaged = memorySeriesStore();
  for (const [index, entry] of entries.entries()) {
    if (index === 1) entry.data[20] = (entry.data[20] as number) ^ 1;
    damaged.appendJournal(entry);
  }
  const again = recording(damaged, clock);
  await again.recorder.restore();
  expect(again.recorder.counts.damaged).toBe(1);
  expect(again.read('shop').map(([second]) => second)).toEqual([0, 10, 20, 30, 40, 50, 120, 130, 140, 150, 160, 170]);
});

test('a sample that comes late for an hour in the store finds its place in the block', async () => {
  const { recorder, store, clock, seal, take, read, run } = recording();
  await run('shop', HOUR_MS);
  await clock.advance(40 * MINUTE);
  await seal();
  await clock.advance(40 * MINUTE);
  take('shop', 45 * MINUTE + 5 * SECOND, 7);
  take('shop', 45 * MINUTE + 5 * SECOND, 8);
  expect(read('shop', START + 45 * MINUTE, START + 45 * MINUTE + 10 * SECOND)).toEqual([
    [2_700, 2_700],
    [2_705, 7],
  ]);
  await seal();
  const [block] = store.getBlocks({ workspaceId: 'shop', tier: 'raw', from: START, to: START + HOUR_MS });
  expect(block?.count).toBe(361);
  take('shop', -2 * HOUR_MS, 9);
  expect(recorder.counts).toMatchObject({ duplicates: 1, tooLate: 1 });
  expect(read('shop')).toHaveLength(361);
});

test('while the disk is full all stays in memory, and goes to the store as soon as it can', async () => {
  const { recorder, store, disk, clock, seal, read, run } = recording();
  await run('shop', 10 * MINUTE);
  await recorder.checkpoint();
  disk.isFull = true;
  await run('shop', 4 * HOUR_MS);
  expect(await recorder.checkpoint()).toBe(false);
  await seal();
  expect(recorder.lastError).toBe('no space left');
  expect(read('shop')).toEqual(upTo(4 * 3_600 + 600));
  disk.isFull = false;
  expect(await recorder.checkpoint()).toBe(true);
  await seal();
  expect(recorder.lastError).toBeNull();
  expect(recorder.counts.lost).toBe(0);
  const again = recording(store, clock);
  await again.recorder.restore();
  expect(again.read('shop')).toEqual(upTo(4 * 3_600 + 600));
});

test('a day without room costs the oldest hours, and says how much', async () => {
  const { recorder, disk, clock, seal, take } = recording();
  disk.isFull = true;
  for (let sample = 0; sample < 400; sample += 1) {
    take('shop', sample * 6 * MINUTE, sample);
    await clock.advance(6 * MINUTE);
    if (sample % 10 === 9) await seal();
  }
  // What is packed together, here of twelve hours, is given up together.
  expect(recorder.counts.lost).toBe(120);
  expect(recorder.series.get('shop')?.head.count).toBe(280);
});

test('what is in memory of an hour that was cut off does not hide what the store has of it', async () => {
  const { recorder, store, clock, seal, take, read, run } = recording();
  await run('shop', 4 * HOUR_MS);
  await recorder.checkpoint();
  await clock.advance(15 * MINUTE);
  await seal();
  take('shop', 2 * HOUR_MS + 50 * MINUTE + 5 * SECOND, 7);
  const late = START + 2 * HOUR_MS + 50 * MINUTE + 5 * SECOND;
  const expected = [10_205, ...Array.from({ length: 419 }, (_, index) => 10_210 + 10 * index)];
  await recorder.checkpoint();
  const again = recording(store, clock);
  await again.recorder.restore();
  for (const one of [{ read, seal }, again]) {
    expect(one.read('shop', late).map(([second]) => second)).toEqual(expected);
    await one.seal();
    expect(one.read('shop', late).map(([second]) => second)).toEqual(expected);
  }
});

test('a clock that is set back an hour loses nothing', async () => {
  const { recorder, clock, seal, read, run } = recording();
  await run('shop', HOUR_MS + 10 * MINUTE);
  await seal();
  clock.step(-HOUR_MS);
  for (let second = 0; second < 60; second += 10) {
    recorder.take('shop', clock.now() + 5 * SECOND, only(-second));
    await clock.advance(10 * SECOND);
  }
  await seal();
  expect(read('shop')).toHaveLength(426);
  clock.step(HOUR_MS);
  await run('shop', MINUTE);
  await seal();
  expect(read('shop').map(([second]) => second)).toEqual(
    [...read('shop').map(([second]) => second as number)].toSorted((a, b) => a - b),
  );
});

test('more than fits into one entry while the disk is full is noted from memory later', async () => {
  const { recorder, store, disk, clock, take } = recording();
  disk.isFull = true;
  for (let id = 0; id < 70; id += 1) for (let at = 0; at < 1_000; at += 1) take(`w${id}`, at, at);
  disk.isFull = false;
  expect(await recorder.checkpoint()).toBe(true);
  const again = recording(store, clock);
  await again.recorder.restore();
  expect(again.recorder.counts).toMatchObject({ samples: 70_000, damaged: 0 });
});

/** So many workspaces with an hour that is over, six samples of ten minutes each. */
async function hourOfMany(count: number) {
  const all = recording();
  const ids = Array.from({ length: count }, (_, index) => `w${index}`);
  for (let sample = 0; sample < 6; sample += 1) for (const id of ids) all.take(id, sample * 10 * MINUTE, sample);
  await all.recorder.checkpoint();
  await all.clock.advance(75 * MINUTE);
  const blocksOf = (id: string) =>
    all.store.getSpans({ workspaceId: id, tier: 'raw', from: 0, to: START + 9 * HOUR_MS });
  const sealed = () => ids.filter((id) => blocksOf(id).length > 0);
  const sampleTimes = (id: string) => all.read(id).map(([second]) => second);
  return { ...all, ids, blocksOf, sealed, sampleTimes };
}

const SIX = [0, 600, 1_200, 1_800, 2_400, 3_000];

test('hours of several workspaces are written in one transaction', async () => {
  const { seal, disk, ids, sealed, recorder, store, sampleTimes } = await hourOfMany(20);
  await seal();
  expect(sealed()).toEqual(ids);
  expect(disk.transactions).toBe(2);
  expect(recorder.counts.blocks).toBe(80);
  expect(store.getJournal()).toEqual([]);
  expect(sampleTimes('w7')).toEqual(SIX);
});

test('what cannot be written stays as it was, and is written later', async () => {
  const { seal, disk, sealed, recorder, store, ids, sampleTimes, told } = await hourOfMany(20);
  disk.isFull = true;
  await seal();
  expect(sealed()).toEqual([]);
  expect(recorder.counts.blocks).toBe(0);
  expect([...recorder.series.values()].every(({ sealedTo, head }) => sealedTo < START && head.count === 6)).toBe(true);
  expect(store.getJournal()).toHaveLength(1);
  expect(told).toHaveLength(1);
  disk.isFull = false;
  await seal();
  expect(sealed()).toEqual(ids);
  expect(store.getJournal()).toEqual([]);
  expect(sampleTimes('w19')).toEqual(SIX);
});

test('while nothing can be written not all blocks are made again and again', async () => {
  const { seal, disk, sealed, recorder, ids } = await hourOfMany(100);
  disk.isFull = true;
  await seal();
  // The first transaction, and forgetting the journal.
  expect(recorder.counts.failedWrites).toBeLessThanOrEqual(2);
  disk.isFull = false;
  await seal();
  await seal();
  expect(sealed()).toEqual(ids);
});

test('a workspace whose place in the store is damaged does not keep others from being written', async () => {
  const { seal, disk, sealed, recorder, store, ids, sampleTimes, told } = await hourOfMany(20);
  disk.refused = 'w3';
  await seal();
  await seal();
  expect(sealed()).toEqual(ids.filter((id) => id !== 'w3'));
  expect(told).toEqual([
    [expect.stringContaining('a workspace cannot be written'), { workspaceId: 'w3', error: 'damaged' }],
  ]);
  expect(recorder.lastError).toBeNull();
  expect(sampleTimes('w3')).toEqual(SIX);
  expect(store.getJournal()).toHaveLength(1);
});

test('a sample that comes while blocks of its hour wait to be written is in the store in the end', async () => {
  const { seal, sealed, take, recorder, store, clock, blocksOf } = await hourOfMany(3);
  const sealing = seal();
  take('w0', 35 * MINUTE, 7);
  expect(sealed()).toEqual(['w0']);
  await sealing;
  await clock.advance(MINUTE);
  await seal();
  expect(blocksOf('w0').map(({ count }) => count)).toEqual([7]);
  expect(recorder.counts.samples).toBe(19);
  expect(store.getJournal()).toEqual([]);
});

test('of a workspace that is held nothing is written that waited', async () => {
  const { seal, clock, recorder, store, ids, sealed, blocksOf } = await hourOfMany(3);
  const sealing = seal();
  await clock.yieldTurn();
  await recorder.hold('w0');
  while (store.purge('w0', 64) > 0);
  await sealing;
  await seal();
  expect(blocksOf('w0')).toEqual([]);
  expect(sealed()).toEqual(ids.slice(1));
});

test('when it is stopped what was made is written, and the rest comes back', async () => {
  const { seal, stop, sealed, store, clock, sampleTimes, ids } = await hourOfMany(3);
  const sealing = seal();
  stop.abort();
  await sealing;
  expect(sealed()).toEqual(['w0']);
  const again = recording(store, clock);
  await again.recorder.restore();
  await again.seal();
  expect(sealed()).toEqual(ids);
  for (const id of ids) expect(again.read(id).map(([second]) => second)).toEqual(sampleTimes(id));
});

test('blocks that the store put together meanwhile are not overlapped', async () => {
  const { seal, store, clock, take, blocksOf, sampleTimes, run } = await hourOfMany(1);
  await seal();
  await run('w0', 60 * MINUTE);
  await seal();
  take('w0', 35 * MINUTE, 7);
  const sealing = seal();
  const raw = { workspaceId: 'w0', tier: 'raw' as const };
  const [last] = store.getBlocks({ ...raw, from: START + HOUR_MS, to: START + 2 * HOUR_MS });
  store.putBlocks([
    { ...raw, from: START - HOUR_MS, to: START + 2 * HOUR_MS, count: 366, data: last?.data ?? new Uint8Array() },
  ]);
  await sealing;
  expect(blocksOf('w0')).toHaveLength(1);
  await clock.advance(MINUTE);
  await seal();
  expect(blocksOf('w0')).toHaveLength(1);
  expect(sampleTimes('w0')).toContain(35 * 60);
});
