import { describe, expect, it } from 'vitest';
import { formatAge } from './age.ts';

describe('age', () => {
  it('writes a dash for an unknown or unreadable instant', () => {
    expect(formatAge(null, 0)).toBe('-');
    expect(formatAge('yesterday', 0)).toBe('-');
    expect(formatAge('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:05Z'))).toBe('5s');
  });
});
