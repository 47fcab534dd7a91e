import { expect, test } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { HOUR_MS } from './block-span.ts';
import { fedCollector } from './fed-collector.contract.ts';
import { memorySeriesStore } from './memory-series-store.ts';
import type { MetricsCollector } from './metrics-collector.ts';
import { type SeriesStore, TIERS } from './series-store.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 2);

/** What was seen of a workspace: the values of its samples, each another one. A point between two samples has the later one's. */
function seenOf(collector: MetricsCollector, id: string, since = START): number[] {
  const { series } = collector.getHistory(id, { from: since, metrics: ['cpu'], maxPoints: 10_000 });
  return [...new Set((series.cpu?.max ?? []).filter((value) => value !== null))];
}

/** Two workspaces that use one more each minute, for so long. */
async function collecting(durationMs: number, store: SeriesStore = memorySeriesStore()) {
  const clock = new FakeClock(START);
  const fed = await fedCollector({ clock, store });
  const run = (length: number) =>
    fed.run({ durationMs: length, stepMs: MINUTE }, (at) => {
      const cpu = (at - START) / MINUTE;
      return { shop: { cpu }, other: { cpu } };
    });
  await run(durationMs);
  /** The process is killed: what it has in memory alone is lost. */
  const restart = () => fedCollector({ clock: new FakeClock(clock.now()), store });
  return { ...fed, clock, run, restart };
}

const minutes = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

test.each([
  ['in journal and memory', 30 * MINUTE],
  ['in blocks too', 3 * HOUR_MS + 30 * MINUTE],
])('what is purged is gone and does not come back after a kill: %s', async (_, durationMs) => {
  const { collector, store, restart, run } = await collecting(durationMs);
  const count = durationMs / MINUTE;
  await run(MINUTE);
  expect(await collector.purge('shop')).toBe(true);
  expect(collector.hasHistory('shop')).toBe(false);
  expect(seenOf(collector, 'shop')).toEqual([]);
  expect(seenOf(collector, 'other')).toEqual(minutes(0, count + 1));
  for (const tier of TIERS) expect(store.getLastBlock('shop', tier)).toBeNull();
  for (const { data } of store.getJournal()) expect(Buffer.from(data).includes('shop')).toBe(false);
  const again = await restart();
  expect(again.collector.hasHistory('shop')).toBe(false);
  expect(seenOf(again.collector, 'other')).toEqual(minutes(0, count + 1));
  expect(await again.collector.purge('shop')).toBe(false);
});

test('what comes while and after it is purged is kept, in blocks and after a kill', async () => {
  const { collector, clock, give, run, restart } = await collecting(90 * MINUTE);
  const purging = collector.purge('shop');
  await clock.yieldTurn();
  give('shop', { cpu: 777 });
  expect(collector.hasHistory('shop')).toBe(true);
  expect(await purging).toBe(true);
  await clock.advance(MINUTE);
  await run(5 * MINUTE);
  expect(seenOf((await restart()).collector, 'shop')).toEqual([777, ...minutes(91, 96)]);
  await run(2 * HOUR_MS);
  expect(seenOf(collector, 'shop')).toEqual([777, ...minutes(91, 216)]);
  const days = collector.getRollups('shop', { tier: 'day', from: START, metrics: ['cpu'] }).items;
  expect(days.map(({ metrics }) => metrics.cpu?.count)).toEqual([126]);
});

test('of two that are purged at once nothing is left, and asking twice is once', async () => {
  const { collector, store } = await collecting(2 * HOUR_MS);
  expect(await Promise.all(['shop', 'other', 'shop'].map((id) => collector.purge(id)))).toEqual([true, true, true]);
  expect([store.getWorkspaceIds(), store.getJournal()]).toEqual([[], []]);
  expect(collector.getStats()).toMatchObject({ series: 0 });
});

test('while the store cannot be written it says so, and can be tried again', async () => {
  const disk = { isFull: false };
  const store = memorySeriesStore();
  const full = <K extends 'appendJournal' | 'rewriteJournal' | 'purge'>(name: K) =>
    ((...args: Parameters<SeriesStore[K]>) => {
      if (disk.isFull) throw new TidewatchError('store_unwritable', 'no space left');
      return (store[name] as (...all: typeof args) => unknown)(...args);
    }) as SeriesStore[K];
  const failing = {
    ...{ ...store, appendJournal: full('appendJournal') },
    ...{ rewriteJournal: full('rewriteJournal'), purge: full('purge') },
  };
  const { collector, give } = await collecting(30 * MINUTE, failing);
  disk.isFull = true;
  const refusal = { code: 'store_unwritable', message: expect.stringContaining('no space left') };
  await expect(collector.purge('shop')).rejects.toMatchObject(refusal);
  give('other', { cpu: 1 });
  await expect(collector.purge('shop')).rejects.toMatchObject(refusal);
  expect(collector.hasHistory('shop')).toBe(true);
  disk.isFull = false;
  expect(await collector.purge('shop')).toBe(true);
  expect(collector.hasHistory('shop')).toBe(false);
});
