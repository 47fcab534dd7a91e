import { type ErrorCode, TidewatchError } from '../../model/errors.ts';

// Primary result codes of SQLite (sqlite.org/rescode.html).
const BUSY = 5;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const NOTADB = 26;

const WHY: ReadonlyMap<number, string> = new Map([
  [BUSY, 'another program holds it locked'],
  [READONLY, 'it is read-only'],
  [CORRUPT, 'it is damaged; at the next start Tidewatch sets it aside and begins a new one'],
  [FULL, 'the disk is full'],
]);

/** SQLite's primary result code of what was thrown; 0 when it is no error of SQLite. */
function resultCodeOf(thrown: unknown): number {
  if (typeof thrown !== 'object' || thrown === null || !('errcode' in thrown)) return 0;
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : 0;
}

/** The file is there but is not a whole database. */
export function isDamage(thrown: unknown): boolean {
  const code = resultCodeOf(thrown);
  return code === CORRUPT || code === NOTADB;
}

export function isBusy(thrown: unknown): boolean {
  return resultCodeOf(thrown) === BUSY;
}

export function isFull(thrown: unknown): boolean {
  return resultCodeOf(thrown) === FULL;
}

/** What a failed write of the file means to people. */
export function unwritable(file: string, thrown: unknown): TidewatchError {
  return describe('store_unwritable', `the store ${file} cannot be written`, thrown);
}

/** What a failed read of the file means to people. */
export function unreadable(file: string, thrown: unknown): TidewatchError {
  const code = isDamage(thrown) ? 'store_damaged' : 'store_unwritable';
  return describe(code, `the store ${file} cannot be read`, thrown);
}

function describe(code: ErrorCode, what: string, thrown: unknown): TidewatchError {
  if (thrown instanceof TidewatchError) return thrown;
  const told = thrown instanceof Error ? thrown.message : String(thrown);
  const why = WHY.get(resultCodeOf(thrown));
  return new TidewatchError(code, `${what}: ${why === undefined ? told : `${why} (${told})`}`, { cause: thrown });
}
