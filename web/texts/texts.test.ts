import { describe, expect, it } from 'vitest';
import { textsFor } from './choose-texts.ts';
import { en } from './english.ts';
import { ko } from './korean.ts';

/** All texts by their path, functions called with something. */
function flat(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value('1', '2', '3'))]];
  return Object.entries(value as object).flatMap(([name, inner]) => flat(inner, `${path}/${name}`));
}

/** The same in both languages: what has no words of its own. */
const SAME = new Set(['/thresholdMetrics/cpu', '/lang', '/changed', '/cpu', '/signs/cpu']);

describe('the texts', () => {
  it('are all there in both languages', () => {
    expect(flat(ko).map(([path]) => path)).toEqual(flat(en).map(([path]) => path));
    for (const [path, text] of [...flat(en), ...flat(ko)]) expect(text.trim(), path).not.toBe('');
  });

  it('are Korean in Korean and not in English', () => {
    for (const [path, text] of flat(ko)) if (!SAME.has(path)) expect(text, path).toMatch(/\p{Script=Hangul}/u);
    for (const [path, text] of flat(en)) expect(text, path).not.toMatch(/\p{Script=Hangul}/u);
  });

  it('are chosen by the browser’s language', () => {
    expect([textsFor('ko'), textsFor('ko-KR'), textsFor('en-GB'), textsFor('kok')].map(({ lang }) => lang)).toEqual([
      'ko',
      'ko',
      'en',
      'en',
    ]);
  });
});
