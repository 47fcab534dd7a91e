import { expect, test } from 'vitest';
import { METRICS } from '../model/metric-catalogue.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import type { MetricsCollectorOptions } from './collector-options.ts';
import { memorySeriesStore } from './memory-series-store.ts';
import { MetricsCollector } from './metrics-collector.ts';
import type { SeriesStore } from './series-store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday, 9:00 in Seoul. */
const START = Date.UTC(2026, 10, 2);

/** Half of what three days take. */
const MOST_BYTES = 12_000;

type Listener = (id: string, at: number, values: Float64Array) => void;

/** A collector whose samples come from the test. */
async function collecting({
  store = memorySeriesStore(),
  clock = new FakeClock(START),
  ...options
}: Partial<Omit<MetricsCollectorOptions, 'clock'>> & { clock?: FakeClock } = {}) {
  const listeners = new Set<Listener>();
  const monitor = {
    onSample(listener: Listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const collector = new MetricsCollector({ monitor, store, clock, timeZone: 'Asia/Seoul', ...options });
  await collector.start();
  const give = (id: string, cpu: number, memory = 4096) => {
    const values = Float64Array.from(METRICS, () => Number.NaN);
    values[0] = cpu;
    values[1] = memory;
    for (const listener of listeners) listener(id, clock.now(), values);
  };
  /** A sample a minute: CPU counts the hours since the start, memory the minutes within the hour, in pages. */
  const run = async (durationMs: number, id = 'shop') => {
    for (let passed = 0; passed < durationMs; passed += MINUTE) {
      const since = clock.now() - START;
      give(id, Math.floor(since / HOUR), 4096 * Math.floor((since % HOUR) / MINUTE));
      await clock.advance(MINUTE);
    }
  };
  return { collector, store, clock, give, run };
}

test('long ranges are answered from rollups, with the same figures as from samples, up to now', async () => {
  const { collector, store, run } = await collecting();
  await run(2 * DAY + 30 * MINUTE);
  const bySamples = collector.getHistory('shop', { from: '24h', metrics: ['cpu', 'memory'], maxPoints: 10_000 });
  const byMinutes = collector.getHistory('shop', { from: '24h', metrics: ['cpu', 'memory'], maxPoints: 100 });
  const byHours = collector.getHistory('shop', { from: START, metrics: ['cpu'], maxPoints: 60 });
  expect([bySamples.tier, byMinutes.tier, byHours.tier]).toEqual(['raw', 'minute', 'hour']);
  const most = (column: readonly (number | null)[] = []) => Math.max(...column.map((value) => value ?? 0));
  for (const history of [bySamples, byMinutes, byHours]) expect(most(history.series.cpu?.max)).toBe(48);
  expect(most(byMinutes.series.memory?.max)).toBe(59 * 4096);
  expect(byHours.series.cpu?.avg).toEqual(Array.from({ length: 49 }, (_, hour) => hour));
  expect(store.getStats().tiers).toMatchObject({ raw: { blocks: 11 }, minute: { blocks: 13 }, hour: { blocks: 2 } });
  await collector.stop();
});

test('rollups tell count, quantiles and what was observed, the one of now too; days are those of the time zone', async () => {
  const { collector, run, clock } = await collecting();
  await run(20 * HOUR);
  await clock.advance(HOUR);
  await run(10 * HOUR + 20 * MINUTE);
  const { items } = collector.getRollups('shop', { tier: 'hour', from: START, metrics: ['memory'] });
  expect(items).toHaveLength(31);
  expect(items[3]?.metrics.memory).toMatchObject({
    count: 60,
    min: 0,
    max: 59 * 4096,
    last: 59 * 4096,
    observed: HOUR,
  });
  expect(items[3]?.metrics.memory?.p50 ?? 0).toBeGreaterThan(28 * 4096);
  expect(items[3]?.metrics.memory?.p50 ?? 0).toBeLessThan(31 * 4096);
  expect(items.at(-1)).toMatchObject({ from: START + 31 * HOUR, metrics: { memory: { count: 20 } } });
  const days = collector.getRollups('shop', { tier: 'day', from: START - DAY, metrics: ['cpu'] }).items;
  expect(days.map(({ from, to }) => [(from - START) / HOUR, (to - from) / HOUR])).toEqual([
    [-9, 24],
    [15, 24],
  ]);
  expect(days.map(({ metrics }) => metrics.cpu?.count)).toEqual([15 * 60, 15 * 60 + 20]);
  expect(days[1]?.metrics.cpu?.observed).toBeLessThanOrEqual(15 * HOUR + 21 * MINUTE);
  await collector.stop();
});

test('an hour in which a day ends counts for both days', async () => {
  const { collector, run } = await collecting({ timeZone: 'Asia/Kathmandu' });
  await run(20 * HOUR + 15 * MINUTE);
  const days = collector.getRollups('shop', { tier: 'day', from: START, metrics: ['cpu'] }).items;
  expect(days.map(({ metrics }) => metrics.cpu?.count)).toEqual([18 * 60 + 15, 2 * 60]);
  await collector.stop();
});

test('a sample that comes late corrects all rollups above it', async () => {
  const { collector, run, clock, give } = await collecting();
  await run(3 * HOUR + 15 * MINUTE);
  const highest = (tier: 'minute' | 'hour' | 'day') =>
    Math.max(
      ...collector
        .getRollups('shop', { tier, from: START - DAY, metrics: ['cpu'] })
        .items.map(({ metrics }) => metrics.cpu?.max ?? 0),
    );
  expect([highest('minute'), highest('hour'), highest('day')]).toEqual([3, 3, 3]);
  clock.step(-90.5 * MINUTE);
  give('shop', 500);
  clock.step(90.5 * MINUTE);
  await clock.advance(2 * MINUTE);
  expect([highest('minute'), highest('hour'), highest('day')]).toEqual([3, 3, 3].map(() => 500));
  await collector.stop();
});

test('what is too old goes tier by tier, and its rollups answer for it', async () => {
  const { collector, store, run } = await collecting({ retention: { raw: 6 * HOUR, minute: 12 * HOUR } });
  await run(2 * DAY + 15 * MINUTE);
  const { tiers } = store.getStats();
  expect(tiers.raw.blocks).toBeLessThanOrEqual(7);
  expect(tiers.minute.blocks).toBeLessThanOrEqual(13);
  const history = collector.getHistory('shop', { from: START, metrics: ['cpu'], maxPoints: 10_000 });
  expect(history.tier).toBe('hour');
  expect(history.series.cpu?.max.slice(0, 48)).toEqual(Array.from({ length: 48 }, (_, hour) => hour));
  await collector.stop();
});

test('where all is larger than allowed the oldest samples go first', async () => {
  const { collector, store, run } = await collecting({ maxBytes: MOST_BYTES });
  await run(3 * DAY + 15 * MINUTE);
  const { tiers } = store.getStats();
  const bytes = Object.values(tiers).reduce((sum, tier) => sum + tier.bytes, 0);
  expect(bytes).toBeLessThan(MOST_BYTES * 1.1);
  expect(tiers.raw.blocks).toBeLessThan(72);
  expect(tiers.day.blocks).toBe(1);
  await collector.stop();
});

test('a trend is told from what is there', async () => {
  const { collector, run } = await collecting();
  await run(2 * DAY);
  const { trend } = collector.getTrend('shop', { metric: 'cpu', window: '2d' });
  expect(trend).toMatchObject({ direction: 'rising' });
  expect(trend?.slopePerDay).toBeCloseTo(24, 0);
  expect(collector.getTrend('other', { metric: 'cpu', window: '2d' }).trend).toBeNull();
  await collector.stop();
});

test('a block that is damaged is left out, told once and counted', async () => {
  const { collector, store, clock, run } = await collecting();
  await run(4 * HOUR + 15 * MINUTE);
  const [block] = store.getBlocks({ workspaceId: 'shop', tier: 'raw', from: START + HOUR, to: START + 2 * HOUR });
  if (block === undefined) throw new Error('there is no block');
  block.data[30] = (block.data[30] as number) ^ 1;
  store.putBlocks([block]);
  for (let time = 0; time < 2; time += 1) {
    const { series } = collector.getHistory('shop', { from: START, metrics: ['cpu'], maxPoints: 10_000 });
    expect(series.cpu?.avg.filter((value) => value === 1)).toEqual([]);
    expect(series.cpu?.avg.filter((value) => value === 0).length).toBeGreaterThan(0);
  }
  expect(collector.getStats().damaged).toBe(1);
  await collector.stop();
  const again = await collecting({ store: store as SeriesStore, clock });
  expect(again.collector.hasHistory('shop')).toBe(true);
  expect(again.collector.hasHistory('other')).toBe(false);
  await again.collector.stop();
});

test.each(['hour', 'day'] as const)('a damaged block of %ss is made anew of what is below', async (tier) => {
  const { collector, store, run } = await collecting();
  await run(5 * HOUR + 15 * MINUTE);
  const [block] = store.getBlocks({ workspaceId: 'shop', tier, from: START, to: START + HOUR });
  if (block === undefined) throw new Error('there is no block');
  block.data[10] = (block.data[10] as number) ^ 1;
  store.putBlocks([block]);
  const counts = () =>
    collector
      .getRollups('shop', { tier, from: START - DAY, to: START + 5 * HOUR, metrics: ['cpu'] })
      .items.map(({ metrics }) => metrics.cpu?.count);
  const left = counts();
  await run(HOUR);
  const whole = await collecting();
  await whole.run(6 * HOUR + 15 * MINUTE);
  const { items } = whole.collector.getRollups('shop', {
    tier,
    from: START - DAY,
    to: START + 5 * HOUR,
    metrics: ['cpu'],
  });
  expect(counts()).toEqual(items.map(({ metrics }) => metrics.cpu?.count));
  expect(left).not.toEqual(counts());
  for (const each of [collector, whole.collector]) await each.stop();
});

test('options that make no sense are refused', () => {
  const monitor = { onSample: () => () => {} };
  const store = memorySeriesStore();
  const make = (options: object) => () => new MetricsCollector({ monitor, store, ...options });
  expect(make({ checkpointInterval: 'soon' })).toThrow(/checkpointInterval must be a duration of at least 100 ms/);
  expect(make({ maxBytes: 0 })).toThrow(/maxBytes must be a number above 0/);
  expect(make({ retention: { raw: -1 } })).toThrow(/retention.raw must be/);
  expect(make({ timeZone: 'Mars/Olympus' })).toThrow(/Mars\/Olympus/);
  const [short, long] = [{ minute: 29 * HOUR }, { minute: 30 * HOUR }];
  for (const timeZone of ['Asia/Kathmandu', 'Asia/Kolkata', 'Australia/Lord_Howe']) {
    expect(make({ timeZone, retention: short })).toThrow(/retention.minute must be at least 30h .* made from minutes/);
    expect(make({ timeZone, retention: long })).not.toThrow();
  }
  expect(make({ timeZone: 'Asia/Seoul', retention: short })).not.toThrow();
  expect(make({ retention: { hour: 29 * HOUR } })).toThrow(/retention.hour must be at least 30h .* made from hours/);
});

test('a day is whole where its minutes are kept as short as may be', async () => {
  const retention = { raw: HOUR, minute: 30 * HOUR };
  const { collector, run } = await collecting({ timeZone: 'Asia/Kathmandu', retention });
  await run(4 * DAY);
  const { items } = collector.getRollups('shop', { tier: 'day', from: START + DAY, to: START + 2 * DAY });
  expect(items.map(({ metrics }) => metrics.cpu?.observed)).toEqual([DAY, DAY]);
  await collector.stop();
}, 60_000);

test('a series that is sampled seldom has the same gaps in its samples as in its rollups', async () => {
  const { collector, clock, give } = await collecting();
  for (let sample = 0; sample < 60; sample += 1) {
    // Nothing for a quarter of an hour, twice; once across the begin of an hour.
    if (![20, 21, 35, 36].includes(sample)) give('shop', sample);
    await clock.advance(5 * MINUTE);
  }
  const range = { from: START, to: START + 4 * HOUR, metrics: ['cpu'] };
  const { items } = collector.getRollups('shop', { ...range, tier: 'hour' });
  for (const [tier, maxPoints] of [
    ['raw', 10_000],
    ['minute', 240],
  ] as const) {
    const history = collector.getHistory('shop', { ...range, maxPoints });
    expect(history.tier).toBe(tier);
    const { at, step, series } = history;
    const seen = (from: number) =>
      at.filter((instant, index) => instant - (instant % HOUR) === from && series.cpu?.max[index] !== null).length;
    // The end of the last hour is covered by a sample that was not asked for.
    for (const { from, metrics } of items.slice(0, -1)) {
      // The point after a gap has a sample, however short the time that it covers.
      expect(Math.abs(seen(from) * step - (metrics.cpu?.observed ?? 0))).toBeLessThanOrEqual(step);
    }
  }
  await collector.stop();
});
