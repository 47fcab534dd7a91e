import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import {
  type BrotliOptions,
  brotliCompress,
  constants,
  createBrotliCompress,
  createGzip,
  gzip,
  type ZlibOptions,
} from 'node:zlib';

/** Content codings of answers, the best first. */
export const CODINGS = ['br', 'gzip'] as const;
export type Coding = (typeof CODINGS)[number];

/** Below, compressing takes longer than sending. */
const WORTH_BYTES = 4_096;

/** A tenth of the list of 1,000 workspaces in 1.3 ms; the better levels take four to seven times as long for a tenth of that less. */
const BROTLI: BrotliOptions = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 1,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
  },
};
const GZIP: ZlibOptions = { level: 1 };

const compressBrotli = promisify<string | Buffer, BrotliOptions, Buffer>(brotliCompress);
const compressGzip = promisify<string | Buffer, ZlibOptions, Buffer>(gzip);

/** Compresses outside the event loop. */
export function compress(body: string | Buffer, coding: Coding): Promise<Buffer> {
  return coding === 'br' ? compressBrotli(body, BROTLI) : compressGzip(body, GZIP);
}

/** Compresses what is written to it. */
export function createCompressor(coding: Coding): Transform {
  return coding === 'br' ? createBrotliCompress(BROTLI) : createGzip(GZIP);
}

/**
 * The coding a client wants for an answer of so many bytes (RFC 9110 §12.5.3); `null`: none. What is small stays as it is, unless
 * the client takes it in no other way. Who takes nothing that there is gets it as it is.
 */
export function chooseCoding(accept: string | undefined, bytes: number): Coding | null {
  if (accept === undefined || (bytes < WORTH_BYTES && !accept.includes('q'))) return null;
  const weights = readWeights(accept);
  const weightOf = (name: string) => weights.get(name) ?? weights.get('*');
  const plain = weightOf('identity') ?? 1;
  if (bytes < WORTH_BYTES && plain > 0) return null;
  let best: Coding | null = null;
  // Who names codings wants them rather than none, unless it says otherwise.
  let most = weights.has('identity') ? plain : 0;
  for (const coding of CODINGS) {
    const weight = weightOf(coding) ?? 0;
    if (weight > most || (weight === most && weight > 0 && best === null)) {
      best = coding;
      most = weight;
    }
  }
  return best;
}

/** More text than this names no more codings. */
const LONGEST = 500;

function readWeights(accept: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const part of accept.slice(0, LONGEST).toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const q = parameters.find((text) => text.startsWith('q='))?.slice(2) ?? '1';
    const weight = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0;
    if (name !== '') weights.set(name, weight);
  }
  // The older name of the same (RFC 9110 §8.4.1.3).
  const older = weights.get('x-gzip');
  if (older !== undefined && !weights.has('gzip')) weights.set('gzip', older);
  return weights;
}
