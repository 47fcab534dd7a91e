import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import { METRICS } from '../model/metric-catalogue.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { BlockArchive } from './block-archive.ts';
import { HOUR_MS } from './block-span.ts';
import { Compactor } from './compactor.ts';
import { joinSamples, type SampleColumns } from './head/sample-columns.ts';
import { HourSealer } from './hour-sealer.ts';
import { memorySeriesStore } from './memory-series-store.ts';
import { RETENTION_DEFAULTS, type Retention } from './retention.ts';
import { noRows, replaceRows } from './rollup/join-rows.ts';
import { dayWindows } from './rollup/windows.ts';
import { TIERS, type Tier } from './series-store.ts';

/** A Thursday on which the widths of all tiers but the day's begin. */
const START = 0;
const ALWAYS = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
const FOR_EVER: Retention = { ...RETENTION_DEFAULTS, raw: Number.POSITIVE_INFINITY, minute: Number.POSITIVE_INFINITY };
const CPU = [0];

/** Samples of an hour, of CPU alone. */
type Hour = ReadonlyMap<number, number>;

function compacting(retention = FOR_EVER, store = memorySeriesStore()) {
  const clock = new FakeClock(START);
  const archive = new BlockArchive({ store, logger: () => silentLogger });
  const sealer = new HourSealer({ archive, days: dayWindows('Asia/Kathmandu') });
  const seal = (workspaceId: string, hour: number, samples: Hour) => {
    const fresh = columnsOf(new Map([...samples].map(([at, value]) => [START + hour * HOUR_MS + at, value])));
    const within = { workspaceId, hour: START + hour * HOUR_MS, heldFrom: Number.POSITIVE_INFINITY };
    store.putBlocks(sealer.blocksOf({ ...within, fresh: ({ from, to }) => joinSamples([fresh], from, to) }));
  };
  const compactor = new Compactor({ store, archive, clock, retention });
  /** All merges that can be made so many hours after the start. */
  const compactAt = async (hour: number) => {
    clock.step(START + hour * HOUR_MS - clock.now());
    const done = compactor.compact(new AbortController().signal).then(() => true);
    while (!(await Promise.race([done, clock.advance(1_000)])));
    await done;
  };
  const spansOf = (tier: Tier, workspaceId = 'shop') =>
    store
      .getSpans({ workspaceId, tier, ...ALWAYS })
      .map(({ from, to, count }) => [(from - START) / HOUR_MS, (to - from) / HOUR_MS, count]);
  /** All that is kept, however it is cut. */
  const readAll = (workspaceId = 'shop') => {
    const { at, values } = joinSamples(archive.samples({ workspaceId, ...ALWAYS }, CPU), -1e15, 1e15);
    const rollups = (['minute', 'hour', 'day'] as const).map((tier) => {
      const rows = replaceRows([noRows(1), ...archive.rollups({ workspaceId, tier, ...ALWAYS }, CPU)]);
      return {
        starts: rows.starts,
        figures: rows.metrics.map((column) => ({ ...column, sketches: column.sketches() })),
      };
    });
    return { at, values, rollups };
  };
  return { store, archive, seal, compactAt, spansOf, readAll };
}

function columnsOf(samples: Hour): SampleColumns {
  const at = Float64Array.from([...samples.keys()].toSorted((a, b) => a - b));
  const values = METRICS.map((_, metric) =>
    at.map((instant) => (metric === 0 ? (samples.get(instant) as number) : Number.NaN)),
  );
  return { count: at.length, at, values };
}

/** A sample every so many seconds. */
const every = (seconds: number): Hour =>
  new Map(Array.from({ length: 3_600 / seconds }, (_, index) => [index * seconds * 1_000, (index * 37) % 100]));

function functionless(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => (ArrayBuffer.isView(inner) ? [...(inner as Float64Array)] : inner)),
  );
}

test('hours that have been over for a while become one block, with the same in it', async () => {
  const { seal, compactAt, spansOf, readAll, store } = compacting();
  for (let hour = 0; hour < 18; hour += 1) seal('shop', hour, every(10));
  const [before, bytes] = [functionless(readAll()), store.getStats().tiers.raw.bytes];
  await compactAt(18.9);
  expect(spansOf('raw').map(([from, width]) => [from, width])).toEqual([
    [0, 8],
    ...Array.from({ length: 10 }, (_, index) => [8 + index, 1]),
  ]);
  await compactAt(19);
  for (const tier of ['raw', 'minute'] as const) {
    expect(spansOf(tier).map(([from, width]) => [from, width])).toEqual([
      [0, 8],
      [8, 8],
      [16, 1],
      [17, 1],
    ]);
  }
  expect(functionless(readAll())).toEqual(before);
  expect(store.getStats().tiers.raw.bytes).toBeLessThan(bytes);
});

test('what is sampled seldom grows to wider blocks, as long as it can still be deleted in time', async () => {
  const wide = compacting();
  const narrow = compacting(RETENTION_DEFAULTS);
  const short = compacting({ ...RETENTION_DEFAULTS, raw: 12 * HOUR_MS });
  for (const { seal, compactAt } of [wide, narrow, short]) {
    for (let hour = 0; hour < 520; hour += 5) seal('shop', hour, every(300));
    await compactAt(600);
  }
  const widths = ({ spansOf }: typeof wide) => Math.max(...spansOf('raw').map(([, width]) => width as number));
  expect([widths(wide), widths(narrow), widths(short)]).toEqual(
    [511, 64, 1].map((most) => expect.toSatisfy((width: number) => width <= most && width > most / 2)),
  );
});

test('nothing grows beyond what one block may hold', async () => {
  const { seal, compactAt, spansOf } = compacting();
  for (let hour = 0; hour < 9; hour += 1) seal('shop', hour, every(4));
  await compactAt(60);
  expect(spansOf('raw')).toHaveLength(9);
  expect(spansOf('minute').map(([, width]) => width)).toEqual([8, 1]);
});

test('a sample that comes for an hour within a wide block finds its place there, and in all rollups', async () => {
  const late: Hour = new Map([[1_234_567, 99_999]]);
  const [wide, narrow] = [compacting(), compacting()];
  for (const { seal } of [wide, narrow]) for (let hour = 0; hour < 9; hour += 1) seal('shop', hour, every(60));
  await wide.compactAt(100);
  wide.seal('shop', 3, late);
  narrow.seal('shop', 3, new Map([...every(60), ...late]));
  expect(functionless(wide.readAll())).toEqual(functionless(narrow.readAll()));
  expect(wide.spansOf('raw').map(([, width]) => width)).toEqual([9]);
});

test('a damaged block stays where it is, and others are put together', async () => {
  const { seal, store, compactAt, spansOf } = compacting();
  for (let hour = 0; hour < 16; hour += 1) seal('shop', hour, every(60));
  const [block] = store.getBlocks({ workspaceId: 'shop', tier: 'raw', from: START + HOUR_MS, to: START + HOUR_MS + 1 });
  if (block === undefined) throw new Error('there is no block');
  block.data[30] = (block.data[30] as number) ^ 1;
  store.putBlocks([block]);
  await compactAt(30);
  expect(spansOf('raw').map(([, width]) => width)).toEqual([...Array.from({ length: 8 }, () => 1), 8]);
});

test('what is deleted while others are put together does not come back', async () => {
  const { seal, store, compactAt, spansOf } = compacting();
  for (let hour = 0; hour < 16; hour += 1) seal('shop', hour, every(60));
  const done = compactAt(30);
  // One merge was made, and the next waits.
  await Promise.resolve();
  while (store.purge('shop', 100) > 0);
  await done;
  expect(TIERS.flatMap((tier) => spansOf(tier))).toEqual([]);
});

test('while the store cannot be written all stays as it is', async () => {
  const kept = memorySeriesStore();
  let isFull = false;
  const store = {
    ...kept,
    putBlocks: (...args: Parameters<typeof kept.putBlocks>) => {
      if (isFull) throw new TidewatchError('store_unwritable', 'no space left');
      kept.putBlocks(...args);
    },
  };
  const { seal, compactAt, spansOf } = compacting(FOR_EVER, store);
  for (let hour = 0; hour < 8; hour += 1) seal('shop', hour, every(60));
  isFull = true;
  await expect(compactAt(12)).rejects.toThrow('no space left');
  expect(spansOf('raw')).toHaveLength(8);
  isFull = false;
  await compactAt(12);
  expect(spansOf('raw')).toHaveLength(1);
});

test('whatever was sampled when, and whenever blocks are put together, nothing changes but how it is cut', async () => {
  const instant = fc.integer({ min: 0, max: HOUR_MS - 1 });
  const hourOfSamples = fc.record({
    hour: fc.integer({ min: 0, max: 90 }),
    samples: fc.array(fc.tuple(instant, fc.integer({ min: -5, max: 1_000 })), { minLength: 1, maxLength: 6 }),
  });
  const step = fc.oneof(
    { weight: 5, arbitrary: hourOfSamples },
    fc.record({ compactAt: fc.integer({ min: 0, max: 200 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const [merged, plain] = [compacting(), compacting()];
      for (const action of steps) {
        if ('compactAt' in action) await merged.compactAt(action.compactAt);
        else for (const { seal } of [merged, plain]) seal('shop', action.hour, new Map(action.samples));
      }
      await merged.compactAt(200);
      expect(functionless(merged.readAll())).toEqual(functionless(plain.readAll()));
      for (const tier of TIERS) {
        const ends = merged
          .spansOf(tier)
          .map(([from, width]) => [from as number, (from as number) + (width as number)]);
        expect(ends.every(([from], index) => index === 0 || (from as number) >= (ends[index - 1]?.[1] as number))).toBe(
          true,
        );
      }
    }),
    { numRuns: 60 },
  );
});
