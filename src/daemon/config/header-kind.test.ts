import { expect, test } from 'vitest';
import { headerMap } from './header-kind.ts';

const parse = (raw: unknown) => headerMap.parse(raw, { baseDir: '/', home: '/' });

test('headers are a section, or pairs in a variable', () => {
  const value = { authorization: 'Bearer a=b', 'x-scope': '1' };
  expect(parse(value)).toEqual({ value });
  expect(parse('authorization=Bearer a=b, x-scope=1')).toEqual({ value });
});

test.each([
  [['a']],
  ['no pair'],
  [{ 'a b': 'c' }],
  [{ a: 1 }],
  [{ a: 'hunter2\r\nx: y' }],
  [{ a: 'hunter2\u00e9' }],
  [{ a: '' }],
])('%j is refused without a word of it', (raw) => {
  const checked = parse(raw);
  expect('wrong' in checked && checked.wrong).toContain('expected names and values');
  expect(JSON.stringify(checked)).not.toContain('hunter2');
});
