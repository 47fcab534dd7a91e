import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createArrayScanner } from './array-scanner.ts';

const ROOMY = 1_000_000;

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

function scan(chunks: readonly Buffer[], maxElementBytes = ROOMY): (string | null)[] {
  const scanner = createArrayScanner(maxElementBytes);
  const elements = chunks.flatMap((chunk) => scanner.push(chunk).map((element) => element?.toString('utf8') ?? null));
  scanner.end();
  return elements;
}

describe('array scanner', () => {
  it('gives the elements of any array, however it is cut and however it is spaced', () => {
    const arrays = fc.array(fc.jsonValue());
    const space = fc.constantFrom(undefined, 1, '\t');
    fc.assert(
      fc.property(arrays, fc.array(fc.nat()), space, (array, places, indent) => {
        const bytes = Buffer.from(`${JSON.stringify(array, null, indent)}\n`);
        const found = scan(cut(bytes, places)).map((text) => JSON.parse(text ?? 'nothing'));
        expect(JSON.stringify(found)).toBe(JSON.stringify(array));
      }),
    );
  });

  it('takes brackets, commas, quotes and characters of several bytes in strings as they are', () => {
    const array = ['],[{', '\\"', '안녕 🌊', { 'a,]"': '\\\\' }];
    const bytes = Buffer.from(JSON.stringify(array));
    const single = [...bytes].map((byte) => Buffer.from([byte]));
    expect(scan(single).map((text) => JSON.parse(text ?? ''))).toEqual(array);
  });

  it('keeps an element that ends where a piece ends', () => {
    expect(scan(['[{"a":1}', ',8', ']'].map((text) => Buffer.from(text)))).toEqual(['{"a":1}', '8']);
  });

  it('drops an element beyond the bound and goes on after it', () => {
    const bytes = Buffer.from(JSON.stringify(['a', 'x'.repeat(100), 'b']));
    expect(scan([bytes], 50)).toEqual(['"a"', null, '"b"']);
    expect(scan([bytes.subarray(0, 60), bytes.subarray(60)], 50)).toEqual(['"a"', null, '"b"']);
  });

  it('takes null for an empty list, as Go writes a list that was never made', () => {
    expect(scan([Buffer.from(' nu'), Buffer.from('ll\n')])).toEqual([]);
  });

  it('refuses an array that was cut off anywhere', () => {
    const text = JSON.stringify([{ a: [1, 'b]'] }, { c: null }]);
    for (let end = 0; end < text.length; end += 1) {
      expect(() => scan([Buffer.from(text.slice(0, end))]), text.slice(0, end)).toThrow(SyntaxError);
    }
  });

  it.each(['<html>', '{"message":"no"}', '[1}', '[1,]', '[,1]', '[1,,2]', '[] []', '[]]', 'nullnull', '7'])(
    'refuses %s',
    (text) => {
      expect(() => scan([Buffer.from(text)])).toThrow(SyntaxError);
    },
  );

  it('throws nothing but SyntaxError on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        try {
          scan(chunks.map((chunk) => Buffer.from(chunk)));
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
    );
  });
});
