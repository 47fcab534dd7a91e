import fc from 'fast-check';
import { expect, test } from 'vitest';
import { silentLogger } from '../runtime/logger.ts';
import { BlockArchive } from './block-archive.ts';
import { memorySeriesStore } from './memory-series-store.ts';
import { rollUpSamples } from './rollup/roll-up.ts';
import { packRollups } from './rollup/rollup-block.ts';
import { HOURS } from './rollup/windows.ts';
import type { Block, BlockRange } from './series-store.ts';
import { StoredPoints } from './stored-points.ts';
import { watchStore } from './watched-store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The hours of a day, of which two metrics have the value and twice the value. */
function dayBlock(workspaceId: string, day: number, value: number): Block {
  const range = { from: day * DAY, to: (day + 1) * DAY };
  const at = Float64Array.from({ length: 24 }, (_, hour) => range.from + hour * HOUR);
  const values = [at.map(() => value), at.map(() => 2 * value)];
  const rows = rollUpSamples({ count: 24, at, values }, { windows: HOURS, range, stepsPerUnit: [1, 1] });
  return { workspaceId, tier: 'hour', ...range, count: 24, data: packRollups(rows) };
}

function remembering(mostRows?: number) {
  let reads = 0;
  const kept = memorySeriesStore();
  const store = watchStore(kept, (id) => points.forget(id));
  const counting = {
    ...store,
    getBlocks(range: BlockRange) {
      reads += 1;
      return store.getBlocks(range);
    },
  };
  const points = new StoredPoints(new BlockArchive({ store: counting, logger: () => silentLogger }), mostRows);
  const fresh = () => new StoredPoints(new BlockArchive({ store: kept, logger: () => silentLogger }));
  const ask = (workspaceId: string, to: number, metrics: readonly number[] = [0]) =>
    [points, fresh()].map((each) => each.read({ workspaceId, tier: 'hour', from: 0, to: to * DAY }, metrics));
  return { store, points, ask, reads: () => reads };
}

test('what was asked for is not read again, and each metric once', () => {
  const { store, ask, reads } = remembering();
  store.putBlocks([dayBlock('a', 0, 7), dayBlock('b', 0, 8)]);
  ask('a', 1);
  ask('a', 1);
  ask('b', 1);
  expect(reads()).toBe(2);
  const [[second, first] = []] = ask('a', 1, [1, 0]);
  expect([first?.column.max[0], second?.column.max[0]]).toEqual([7, 14]);
  ask('a', 1, [0, 1]);
  expect(reads()).toBe(3);
});

const step = fc.oneof(
  fc.tuple(fc.constant('put' as const), fc.constantFrom('a', 'b', 'c'), fc.nat(3), fc.nat(100)),
  fc.tuple(fc.constant('delete' as const), fc.constant(''), fc.nat(3), fc.integer({ min: 1, max: 3 })),
  fc.tuple(
    fc.constant('purge' as const),
    fc.constantFrom('a', 'b', 'c'),
    fc.constant(0),
    fc.integer({ min: 1, max: 3 }),
  ),
  fc.tuple(fc.constant('ask' as const), fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 4 }), fc.nat(1)),
);

test('answers are those of the store, whatever was written, deleted and purged between them', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(30, 150, undefined), (steps, most) => {
      const { store, points, ask } = remembering(most);
      for (const [what, id, day, number] of steps) {
        if (what === 'put') store.putBlocks([dayBlock(id, day, number)]);
        else if (what === 'delete') store.deleteBlocks('hour', day * DAY, number);
        else if (what === 'purge') store.purge(id, number);
        else {
          const [remembered, read] = ask(id, day, [number, 0]);
          expect(remembered).toEqual(read);
        }
        expect(points.rows).toBeLessThanOrEqual(most ?? Number.POSITIVE_INFINITY);
      }
    }),
  );
});

test('a write that fails makes nothing certain', () => {
  const told: (string | undefined)[] = [];
  const broken = {
    ...memorySeriesStore(),
    putBlocks() {
      throw new Error('no');
    },
  };
  const store = watchStore(broken, (id) => told.push(id));
  expect(() => store.putBlocks([dayBlock('a', 0, 1)])).toThrow('no');
  expect(told).toEqual(['a']);
});

test('those asked for longest ago are given up first', () => {
  const { store, ask, reads } = remembering(60);
  store.putBlocks(['a', 'b', 'c'].map((id) => dayBlock(id, 0, 1)));
  for (const id of ['a', 'b', 'a', 'c']) ask(id, 1);
  expect(reads()).toBe(3);
  ask('a', 1);
  expect(reads()).toBe(3);
  ask('b', 1);
  expect(reads()).toBe(4);
});
