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

/** SQLite's own words: the driver for older Node tells no code when `all` fails. */
const SAID: ReadonlyMap<string, number> = new Map([
  ['database is locked', BUSY],
  ['attempt to write a readonly database', READONLY],
  ['database disk image is malformed', CORRUPT],
  ['database or disk is full', FULL],
  ['file is not a database', NOTADB],
]);

/** SQLite's primary result code of what was thrown; 0 when it is no error of SQLite. */
function resultCodeOf(thrown: unknown): number {
  if (!(thrown instanceof Error)) return 0;
  if ('errcode' in thrown && typeof thrown.errcode === 'number') return thrown.errcode & 0xff;
  return SAID.get(thrown.message) ?? 0;
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
