import { expect, test } from 'vitest';
import { parseInstant } from './instant.ts';

const NOW = Date.UTC(2026, 10, 25, 9);

test.each([
  ['now', NOW],
  ['now-24h', NOW - 86_400_000],
  ['now-1h30m', NOW - 5_400_000],
  ['2026-11-25T08:00:00Z', NOW - 3_600_000],
  ['2026-11-25T17:00:00.5+09:00', NOW - 3_600_000 + 500],
  ['2026-11-25', NOW - 9 * 3_600_000],
  ['1795596000000', 1_795_596_000_000],
])('%s is an instant', (text, at) => {
  expect(parseInstant(text, NOW)).toBe(at);
});

test.each([
  '',
  'yesterday',
  'now+1h',
  'now-',
  'now-1',
  '2026',
  '1795596000',
  '2026-11-25T08:00:00',
  '2026-13-01',
  '12:00',
])('%j is none', (text) => {
  expect(parseInstant(text, NOW)).toBeUndefined();
});
