import { expect, test } from 'vitest';
import { formatSpan } from './duration.ts';

test.each([
  [-5_000, '0s'],
  [8_400, '8s'],
  [65_000, '1m5s'],
  [300_000, '5m'],
  [3_599_000, '59m'],
  [11_520_000, '3h12m'],
  [367_200_000, '4d6h'],
])('writes %d ms as %s', (span, text) => {
  expect(formatSpan(span)).toBe(text);
});
