import { describe, expect, it } from 'vitest';
import { formatAge, formatSpan } from './age.ts';

describe('age', () => {
  it.each([
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

  it('writes a dash for an unknown or unreadable instant', () => {
    expect(formatAge(null, 0)).toBe('-');
    expect(formatAge('yesterday', 0)).toBe('-');
    expect(formatAge('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:05Z'))).toBe('5s');
  });
});
