import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from './line-splitter.ts';

function split(chunks: readonly Buffer[], maxLineBytes = 1_000_000): (string | null)[] {
  const splitter = createLineSplitter(maxLineBytes);
  const lines = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
  return lines.map((line) => line?.toString('utf8') ?? null);
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

describe('line splitter', () => {
  it('gives the same lines however the stream is cut', () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !['\n', '\r', '\x1e'].some((mark) => text.includes(mark)));
    fc.assert(
      fc.property(fc.array(line), fc.integer({ min: 1, max: 20 }), (lines, size) => {
        expect(split(pieces(Buffer.from(lines.map((text) => `${text}\n`).join('')), size))).toEqual(lines);
      }),
    );
  });

  it('passes over empty lines and strips carriage returns and record separators', () => {
    expect(split([Buffer.from('\n\r\n\x1ea\r\n\x1e\n'), Buffer.from('\x1eb\n')])).toEqual(['a', 'b']);
  });

  it('gives what came after the last line feed at the end', () => {
    expect(split([Buffer.from('a\nb')])).toEqual(['a', 'b']);
  });

  it('skips a line beyond the bound to the next line feed and goes on', () => {
    const bytes = Buffer.from(`a\n${'x'.repeat(100)}\nb\n`);
    for (const size of [1, 7, 1000]) expect(split(pieces(bytes, size), 10)).toEqual(['a', null, 'b']);
  });

  it('tells a line beyond the bound that the stream ended in', () => {
    expect(split([Buffer.from('x'.repeat(100))], 10)).toEqual([null]);
  });
});
