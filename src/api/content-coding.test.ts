import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CODINGS, type Coding, chooseCoding, compress, createCompressor } from './content-coding.ts';

const LARGE = 1_000_000;
const SMALL = 100;
const DECODE: Readonly<Record<Coding, (bytes: Buffer) => Buffer>> = { br: brotliDecompressSync, gzip: gunzipSync };

describe('the coding of an answer', () => {
  test.each([
    [undefined, null],
    ['', null],
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['*;q=0', null],
    ['br;q=0, gzip;q=0', null],
    ['identity', null],
    ['identity, gzip;q=0.5', null],
    ['identity;q=0.5, gzip', 'gzip'],
    ['deflate', null],
    ['br;q=2', null],
    ['br;q=x', null],
    [';;,,q=,=', null],
    ['__proto__, constructor', null],
    [`${'x,'.repeat(10_000)}br`, null],
  ])('of Accept-Encoding %j, when large, is %j', (accept, coding) => {
    expect(chooseCoding(accept, LARGE)).toBe(coding);
  });

  test.each([
    ['br, gzip', null],
    ['br, gzip;q=0.9', null],
    ['br, identity;q=0', 'br'],
    ['gzip, *;q=0', 'gzip'],
    ['identity;q=0', null],
  ])('of Accept-Encoding %j, when small, is %j', (accept, coding) => {
    expect(chooseCoding(accept, SMALL)).toBe(coding);
  });

  test('is one that there is, or none, whatever is sent', () => {
    const part = fc.constantFrom('br', 'gzip', 'identity', '*', ';', 'q=', '0', '1', '.5', ',', ' ', 'x');
    const accept = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(accept, fc.nat(LARGE), (text, bytes) => {
        expect([null, ...CODINGS]).toContain(chooseCoding(text, bytes));
      }),
    );
  });
});

describe.each(CODINGS)('%s', (coding) => {
  test('gives back every byte, at once and as a stream', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 5_000 }), async (text) => {
        expect(DECODE[coding](await compress(text, coding)).toString()).toBe(text);
        const compressor = createCompressor(coding);
        compressor.end(text);
        expect(DECODE[coding](await buffer(compressor)).toString()).toBe(text);
      }),
      { numRuns: 20 },
    );
  });
});
