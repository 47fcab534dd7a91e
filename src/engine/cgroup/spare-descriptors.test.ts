import { closeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mostDescriptors, openWithin } from './spare-descriptors.ts';

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${soft.padEnd(20)} 524288               files     \n`;

test('half of few descriptors, and all but 512 of many, may be used by files that stay open', () => {
  expect(mostDescriptors(limits('128'))).toBe(64);
  expect(mostDescriptors(limits('1024'))).toBe(512);
  expect(mostDescriptors(limits('4096'))).toBe(3584);
});

test('without a limit, or without one that is told, all may be used', () => {
  expect(mostDescriptors(limits('unlimited'))).toBe(Number.POSITIVE_INFINITY);
  expect(mostDescriptors('')).toBe(Number.POSITIVE_INFINITY);
});

test('a file beyond them is closed again and refused as when there are none left', () => {
  const next = openWithin(Number.POSITIVE_INFINITY, '/dev/null');
  closeSync(next);
  expect(() => openWithin(next, '/dev/null')).toThrow(expect.objectContaining({ code: 'EMFILE' }));
  const again = openWithin(next + 1, '/dev/null');
  closeSync(again);
  expect(again).toBe(next);
});
