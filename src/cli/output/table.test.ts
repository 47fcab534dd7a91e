import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choosePaint } from './paint.ts';
import { renderTable } from './table.ts';
import { displayWidth } from './width.ts';

const columns = [
  { header: 'NAME', min: 6 },
  { header: 'N', align: 'right' as const },
  { header: 'REASON', min: 8 },
];
const rowOf = (...texts: string[]) => texts.map((text) => ({ text }));

describe('renderTable', () => {
  it('aligns columns by display width', () => {
    expect(renderTable(columns, [rowOf('작업', '1', 'running'), rowOf('web', '12', 'stopped')])).toEqual([
      'NAME   N  REASON',
      '작업   1  running',
      'web   12  stopped',
    ]);
  });

  it('cuts the widest columns to the width of the terminal', () => {
    const lines = renderTable(columns, [rowOf('x'.repeat(50), '1', 'y'.repeat(80))], { width: 40 });
    expect(lines.every((line) => displayWidth(line) <= 40)).toBe(true);
    expect(lines[1]).toContain('…');
  });

  it('leaves out the last columns where even the narrowest ones do not fit', () => {
    const row = rowOf('x'.repeat(50), '1', 'y'.repeat(80));
    expect(renderTable(columns, [row], { width: 12 })).toEqual(['NAME       N', 'xxxxxxxx…  1']);
    expect(renderTable(columns, [row], { width: 3 })).toEqual(['NA…', 'xx…']);
  });

  it('lets no name move the cursor, break the line or colour the screen', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { minLength: 3, maxLength: 3 }), (texts) => {
        const lines = renderTable(columns, [rowOf(...texts)], { width: 60 });
        expect(lines).toHaveLength(2);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not be there
        expect(lines.join('')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
      }),
    );
  });

  it('pads painted cells as if they were not painted', () => {
    const paint = choosePaint({ isTty: true, color: true, env: {} });
    const [, line] = renderTable(columns, [[{ text: 'ab', ink: 'good' }, { text: '1' }, { text: 'z' }]], { paint });
    expect(line).toBe('\x1b[32mab\x1b[0m    1  z');
  });
});

describe('choosePaint', () => {
  it.each([
    { isTty: false, color: true, env: {} },
    { isTty: true, color: false, env: {} },
    { isTty: true, color: true, env: { NO_COLOR: '1' } },
    { isTty: true, color: true, env: { TERM: 'dumb' } },
  ])('prints no colour with %o', (choice) => {
    expect(choosePaint(choice)('bad', 'x')).toBe('x');
  });
});
