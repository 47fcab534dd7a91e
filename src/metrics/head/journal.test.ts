import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PendingSamples, readJournal, withoutWorkspace } from './journal.ts';

const AT = Date.UTC(2026, 0, 1);

function all(data: Uint8Array, metrics = 2): unknown[] {
  const rows: unknown[] = [];
  readJournal({ data }, metrics, (id, at, values) => rows.push([id, at, ...values]));
  return rows;
}

test('samples of several workspaces come back in the order in which they came', () => {
  const pending = new PendingSamples(2);
  const rows = [
    ['shop', AT, 1.25, Number.NaN],
    ['편집기', AT + 10, 0, 4096],
    ['shop', AT - 5, 2, 8192],
  ] as const;
  for (const [id, at, ...values] of rows) pending.add(id, at, Float64Array.from(values));
  const entry = pending.pack();
  expect([entry.from, entry.to]).toEqual([AT - 5, AT + 10]);
  expect(all(entry.data)).toEqual(rows);
  expect(pending.count).toBe(3);
  pending.clear();
  pending.add('other', AT, Float64Array.of(1, 2));
  expect(all(pending.pack().data)).toEqual([['other', AT, 1, 2]]);
});

test('a metric that was added since is not known in an older entry', () => {
  const pending = new PendingSamples(1);
  pending.add('a', AT, Float64Array.of(7));
  expect(all(pending.pack().data, 3)).toEqual([['a', AT, 7, Number.NaN, Number.NaN]]);
});

test('many more than were made room for', () => {
  const pending = new PendingSamples(1);
  for (let row = 0; row < 3_000; row += 1) pending.add(`w${row % 100}`, AT + row, Float64Array.of(row));
  const rows = all(pending.pack().data, 1);
  expect(rows).toHaveLength(3_000);
  expect(rows[2_999]).toEqual(['w99', AT + 2_999, 2_999]);
});

test('an entry that was cut or changed is told, never read as something else', () => {
  const pending = new PendingSamples(2);
  for (let row = 0; row < 20; row += 1) pending.add(`w${row % 3}`, AT + row, Float64Array.of(row / 4, row));
  const { data } = pending.pack();
  const whole = all(data);
  fc.assert(
    fc.property(fc.nat(data.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (place, flip, isCut) => {
      const other = isCut ? data.slice(0, place) : data.slice();
      if (!isCut) other[place] = (other[place] as number) ^ flip;
      expect(() => all(other)).toThrow(/chunk of stored figures is damaged|has format/);
    }),
  );
  expect(all(data)).toEqual(whole);
});

test('an entry without a workspace has all samples of the others, in their order', () => {
  const rows = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(1_000), fc.nat(9)), { minLength: 1 });
  fc.assert(
    fc.property(rows, (samples) => {
      const pending = new PendingSamples(1);
      for (const [id, at, value] of samples) pending.add(id, AT + at, Float64Array.of(value));
      const entry = pending.pack();
      const others = samples.filter(([id]) => id !== 'a').map(([id, at, value]) => [id, AT + at, value]);
      const rest = withoutWorkspace(entry, 'a', 1);
      if (others.length === samples.length) expect(rest).toBe(entry);
      else if (rest === null) expect(others).toEqual([]);
      else expect(all(rest.data, 1)).toEqual(others);
    }),
  );
});

test('every value comes back as it was, whatever it is and whatever was before', () => {
  const value = fc.oneof(
    fc.constantFrom(Number.NaN, 0, 2 ** 48, -(2 ** 48), 2 ** 53, Number.MAX_VALUE, Number.POSITIVE_INFINITY, 0.1),
    fc.integer({ min: -1_000_000, max: 1_000_000 }).map((hundredths) => hundredths / 100),
    fc.double(),
  );
  const instant = fc.integer({ min: 0, max: 2 ** 43 });
  const row = fc.tuple(fc.constantFrom('a', 'b', 'c'), instant, value, value, value);
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), (rows) => {
      const pending = new PendingSamples(3);
      for (const [id, at, ...values] of rows) pending.add(id, at, Float64Array.from(values));
      expect(all(pending.pack().data, 3)).toEqual(
        rows.map(([id, at, ...values]) => [id, at, ...values.map((v) => v + 0)]),
      );
    }),
  );
});
