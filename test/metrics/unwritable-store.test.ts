import { expect, test } from 'vitest';
import { fedCollector } from '../../src/metrics/fed-collector.contract.ts';
import { memorySeriesStore } from '../../src/metrics/memory-series-store.ts';
import { TidewatchError } from '../../src/model/errors.ts';
import { FakeClock } from '../../src/runtime/fake-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEP = 5 * MINUTE;
/** Samples of a workspace that are packed together in memory, and those that wait for it. */
const PACKED_MOST = 144;
const START = Date.UTC(2026, 5, 1, 8);

test('a store that cannot be written for two days costs no more memory than one that cannot for one', {
  timeout: 180_000,
}, async () => {
  const clock = new FakeClock(START);
  let isFull = true;
  const series = memorySeriesStore();
  const unless = <A extends unknown[]>(write: (...args: A) => void) => {
    return (...args: A) => {
      if (isFull) throw new TidewatchError('store_unwritable', 'the disk is full');
      write(...args);
    };
  };
  const store = { ...series, putBlocks: unless(series.putBlocks), appendJournal: unless(series.appendJournal) };
  const { collector, run } = await fedCollector({ clock, store, checkpointInterval: '10m' });
  const figures = (at: number) => ({ shop: { cpu: (at / STEP) % 997, memory: ((at / STEP) * 7919) % 100_003 } });
  const bytesAfterADay = async () => {
    await run({ durationMs: 26 * HOUR, stepMs: STEP }, figures);
    return collector.getStats().memoryBytes;
  };
  const [first, second] = [await bytesAfterADay(), await bytesAfterADay()];
  expect(second).toBeLessThan(1.1 * first);
  const { lost, samples, lastError } = collector.getStats();
  expect(lastError).toBe('the disk is full');
  // A day of samples, and what is packed together with its oldest.
  expect(samples - lost).toBeGreaterThanOrEqual((24 * HOUR) / STEP);
  expect(samples - lost).toBeLessThanOrEqual((24 * HOUR) / STEP + PACKED_MOST);

  isFull = false;
  await clock.advance(10 * MINUTE);
  expect(collector.getStats()).toMatchObject({ lost, lastError: null });
  await collector.stop();
  const again = await fedCollector({ clock, store: series });
  const day = again.collector.getRollups('shop', { tier: 'hour', from: '23h', metrics: ['cpu'] }).items;
  expect(day.slice(0, 22).map(({ metrics }) => metrics.cpu?.count)).toEqual(
    Array.from({ length: 22 }, () => HOUR / STEP),
  );
  await again.collector.stop();
});
