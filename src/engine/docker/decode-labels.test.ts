import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLabels, intern } from './decode-labels.ts';

describe('labels', () => {
  it('are the text values of an object', () => {
    expect(decodeLabels({ a: 'b', n: 7, o: {}, l: [], z: null, t: true, '': 'empty key', e: '' })).toEqual({
      a: 'b',
      '': 'empty key',
      e: '',
    });
  });

  it.each([null, undefined, 7, 'a=b', ['a'], {}])('of %o are none', (value) => {
    expect(Object.keys(decodeLabels(value))).toEqual([]);
  });

  it('leave out what the engine mixed in', () => {
    expect(decodeLabels({ image: 'x', name: 'y', a: 'b' }, ['image', 'name'])).toEqual({ a: 'b' });
  });

  it('inherit nothing, and a key like one of its names is a key like any other', () => {
    const labels = decodeLabels(JSON.parse('{"__proto__":"p","constructor":"c","toString":"t"}'));
    expect('valueOf' in labels).toBe(false);
    expect(Object.entries(labels)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['toString', 't'],
    ]);
    expect('valueOf' in decodeLabels(null)).toBe(false);
  });

  it('are bounded in size and number, and what is kept is the beginning', () => {
    const huge = { ['k'.repeat(2_000)]: 'long key', long: 'x'.repeat(200_000) };
    expect(decodeLabels(huge)).toEqual({ long: 'x'.repeat(64 * 1_024) });
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, 'v']));
    expect(Object.keys(decodeLabels(many))).toHaveLength(1_024);
  });

  it('keep whole characters where a long value is cut', () => {
    const cut = decodeLabels({ long: `x${'🌊'.repeat(60_000)}` }).long ?? '';
    expect(cut).toBe(Buffer.from(cut).toString());
    expect(cut.startsWith(`x${'🌊'.repeat(32_767)}`)).toBe(true);
  });

  it('are kept as they are, whatever they hold', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), (labels) => {
        const parsed = JSON.parse(JSON.stringify(labels)) as Record<string, string>;
        expect({ ...decodeLabels(parsed) }).toEqual(parsed);
      }),
    );
  });
});

it('the same text stays the same however many others came in between', () => {
  expect(intern('again')).toBe('again');
  for (let n = 0; n < 50_000; n += 1) expect(intern(`text ${n}`)).toBe(`text ${n}`);
  expect(intern('again')).toBe('again');
});
