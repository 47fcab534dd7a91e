import { expect, test } from 'vitest';
import { formatBytes } from './quantity.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [99.96 * 1024, '100 KiB'],
  [1023.6 * 1024, '1.0 MiB'],
  [1.2 * 1024 ** 3, '1.2 GiB'],
  [3 * 1024 ** 6, '3072 PiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
