import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FileBytes, word } from './file-bytes.ts';

function fileOf(text: string): FileBytes {
  const file = new FileBytes();
  file.begin(file.bytes.write(text, 'latin1'));
  return file;
}

describe('a number in a file', () => {
  test('is what Number makes of it', () => {
    const unsigned64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const smaller = fc.bigInt({ min: 0n, max: 2n ** 54n });
    fc.assert(
      fc.property(fc.oneof(unsigned64, smaller), fc.constantFrom(' x', '\n'), (value, end) => {
        expect(fileOf(`${value}${end}`).number()).toBe(Number(value));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['nothing', ''],
    ['an empty line', '\n'],
    ['a word', 'max\n'],
    ['a negative one', '-5\n'],
    ['a fraction', '1.5\n'],
    ['digits with a letter behind', '12a\n'],
    ['one that may have been cut', '123'],
    ['more digits than 64 bits have', '184467440737095516150\n'],
  ])('is none for %s', (_what, text) => {
    expect(fileOf(text).number()).toBeNaN();
  });
});

test('a word is taken only when all of it stands there', () => {
  const file = fileOf('oom_kill_disable 0\n');
  expect(file.take(word('oom_kill '))).toBe(false);
  expect(file.take(word('oom_kill_disable 0\n\n'))).toBe(false);
  expect(file.take(word('oom_kill'))).toBe(true);
  expect(file.at).toBe(8);
});

test('a file that fills the buffer, or has no newline at its end, is not whole', () => {
  const file = new FileBytes();
  file.bytes.fill(0x0a);
  file.begin(file.bytes.length);
  expect(file.isWhole).toBe(false);
  expect(fileOf('a 1\nb').isWhole).toBe(false);
  expect(fileOf('a 1\n').isWhole).toBe(true);
  expect(fileOf('').isWhole).toBe(true);
});
