import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeText } from './safe-text.ts';
import { displayWidth, pad, truncate } from './width.ts';

describe('width', () => {
  it('counts two columns for Korean, Chinese, Japanese and emoji', () => {
    expect(displayWidth('abc')).toBe(3);
    expect(displayWidth('작업')).toBe(4);
    expect(displayWidth('日本')).toBe(4);
    expect(displayWidth('👩‍💻')).toBe(2);
    expect(displayWidth('é')).toBe(1);
  });

  it.each([
    ['👨‍👩‍👧', 2],
    ['🚀👨‍👩‍👧', 4],
    ['❤️', 2],
    ['❤', 1],
    ['1️⃣', 2],
    ['🇰🇷', 2],
    ['👍🏽', 2],
    ['☝🏽', 2],
    ['❤‍🔥', 2],
    ['작업'.normalize('NFD'), 4],
    ['می\u200cخواهم', 7],
    // One cluster to a person, but a terminal gives each letter its column.
    ['क्ष', 2],
    ['กำ', 2],
    ['हिन्दी', 5],
    // What belongs to an emoji does not make one of a letter.
    ['a\ufe0f', 1],
    ['a🏽', 3],
    ['a\u200d', 1],
    ['\u200d', 0],
  ])('counts %s as a terminal does: %i', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });

  it('pads by columns, not by characters', () => {
    expect(pad('작업', 6)).toBe('작업  ');
    expect(pad('7', 3, 'right')).toBe('  7');
  });

  it('cuts before a wide character that does not fit', () => {
    expect(truncate('작업공간', 5)).toBe('작업…');
    expect(truncate('작업공간', 4)).toBe('작…');
    expect(truncate('abc', 3)).toBe('abc');
  });

  it('never cuts to more columns than asked, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat(40), (text, columns) => {
        expect(displayWidth(truncate(safeText(text), columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});
