import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth } from './width.ts';
import { field, wrap } from './wrap.ts';

test('lines are broken between words, and not where there is no terminal', () => {
  const text = 'one two three four five six seven eight';
  expect(wrap(text, 24)).toEqual(['one two three four five', 'six seven eight']);
  expect(wrap(text, undefined)).toEqual([text]);
  expect(wrap(text, 10)).toEqual([text]);
});

test('a value stands beside its name, on all of its lines', () => {
  expect(field('host', 'one two three four five six', { nameWidth: 6, width: 30 })).toEqual([
    'host  one two three four five',
    '      six',
  ]);
});

test('no line is longer than there is room, but for a single word; nothing is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z가-힣]{1,40}$/), { minLength: 1 }),
      fc.integer({ min: 24 }),
      (words, columns) => {
        const lines = wrap(words.join(' '), columns);
        expect(lines.join(' ')).toBe(words.join(' '));
        for (const line of lines) if (line.includes(' ')) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      },
    ),
  );
});
