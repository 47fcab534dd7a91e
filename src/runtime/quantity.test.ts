import { expect, test } from 'vitest';
import { formatBytes, parseBytes } from './quantity.ts';

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

test('sizes are read with or without their unit', () => {
  expect(['512MiB', '1.5 GiB', '2G', '800', '7 kb', '0B'].map(parseBytes)).toEqual([
    ...[512 * 2 ** 20, 1.5 * 2 ** 30, 2 * 2 ** 30, 800, 7 * 1024, 0],
  ]);
  expect(['', 'MiB', '1.MiB', '-1', '1e3', '5 megabytes', '999999999PiB'].map(parseBytes)).toEqual(
    new Array(7).fill(undefined),
  );
});
