import { expect, test } from 'vitest';
import type { AuditPage, AuditQuery } from '../client/client.ts';
import { type AuditEntry, type AuditRange, readAudit } from './audit-reading.ts';

const entries = Array.from({ length: 2_500 }, (_, index) => ({ seq: index + 1 }) as AuditEntry);

/** A daemon with 2,500 entries; notes what it is asked. */
async function read(range: AuditRange) {
  const asked: AuditQuery[] = [];
  const audit = async (query: AuditQuery = {}): Promise<AuditPage> => {
    asked.push(query);
    const { before = Number.POSITIVE_INFINITY, limit = 100 } = query;
    const items = entries.filter(({ seq }) => seq < before).slice(-limit);
    const first = items[0]?.seq ?? 1;
    return { items: [...items].reverse(), nextBefore: items.length === limit && first > 1 ? first : null };
  };
  const found = (await readAudit({ audit }, range)).map(({ seq }) => seq);
  return { found, asked };
}

test('all, however many pages they take', async () => {
  const { found, asked } = await read({ count: Number.POSITIVE_INFINITY });
  expect(found).toEqual(entries.map(({ seq }) => seq));
  expect(asked).toEqual([{ limit: 1_000 }, { limit: 1_000, before: 1_501 }, { limit: 1_000, before: 501 }]);
});

test('the newest, and no more than asked', async () => {
  const { found, asked } = await read({ count: 1_200, before: 2_001 });
  expect([found[0], found.at(-1), found.length]).toEqual([801, 2_000, 1_200]);
  expect(asked).toEqual([
    { limit: 1_000, before: 2_001 },
    { limit: 200, before: 1_001 },
  ]);
});

test('those after one that is known, from one page where that suffices', async () => {
  expect(await read({ after: 2_498, count: Number.POSITIVE_INFINITY })).toEqual({
    found: [2_499, 2_500],
    asked: [{ limit: 1_000 }],
  });
  expect((await read({ after: 2_500, count: Number.POSITIVE_INFINITY })).found).toEqual([]);
  expect((await read({ after: 900, count: Number.POSITIVE_INFINITY })).found).toHaveLength(1_600);
});
