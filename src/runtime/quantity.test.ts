import { expect, test } from 'vitest';
import { formatBytes, formatLevel, parseBytes, roundLevel } from './quantity.ts';

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

test.each([
  [95.238, 'percent', '95.24 %', 95.24],
  [1_234_567.8, 'bytes/s', '1.2 MiB/s', 1_234_568],
  [12, 'count', '12', 12],
  [0.3333, 'ratio', '0.33', 0.33],
] as const)('%d in %s is %s, rounded %d', (...[value, unit, text, rounded]) => {
  expect([formatLevel(value, unit), roundLevel(value, unit)]).toEqual([text, rounded]);
});
