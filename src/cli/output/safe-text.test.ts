import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeText } from './safe-text.ts';

describe('safeText', () => {
  it('leaves ordinary text of any script as it is', () => {
    for (const text of ['web-1', '작업 공간', 'café', '👩‍💻', 'a/b:c']) expect(safeText(text)).toBe(text);
  });

  it('spells out escapes, line breaks and direction overrides', () => {
    expect(safeText('\x1b[2Jx')).toBe('\\x1b[2Jx');
    expect(safeText('a\nb\r\tc')).toBe('a\\nb\\x0d\\tc');
    expect(safeText('\u202egnp.exe')).toBe('\\u{202e}gnp.exe');
    expect(safeText('\u009b31m')).toBe('\\x9b31m');
  });

  it('never lets a control, format or line-breaking character through, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(safeText(text)).not.toMatch(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
  });

  it('bounds what it prints', () => {
    expect(safeText('x'.repeat(1_000_000)).length).toBeLessThan(5_000);
  });
});
