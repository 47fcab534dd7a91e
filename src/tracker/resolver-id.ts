import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { isWorkspaceId, normalizeWorkspaceId, WORKSPACE_ID_MAX } from '../model/workspace-id.ts';

/** Hex digits of the hash that keeps changed values apart: 48 bits, a chance meeting at about 2^24 ids. */
const HASH_DIGITS = 12;

/** What an id ends with whose value had to be changed; a value that looks like it is changed, too, so that they never meet. */
const MARKED = /@[0-9a-f]{12}$/;

const SEPARATOR = ':';

/** What an id is made from. */
export interface IdParts {
  /** Before the value, so that two tools never meet; empty: the value is the id. */
  readonly prefix: string;
  /** The identity. Untrusted. */
  readonly value: string;
  /** What a person reads instead of the value, as a folder's name for its path; then the hash is always there. */
  readonly readable?: string;
}

/** What a cleaned value never holds; a dash is put in its place. */
const UNSAFE = /(?:[^\p{L}\p{M}\p{Nd}._]|\p{Default_Ignorable_Code_Point})+/gu;

/** An id from an untrusted value: the value in NFC when it is safe, else a cleaned one, `@` and a hash of the whole. */
export function workspaceIdOf({ prefix, value: raw, readable }: IdParts): string {
  const value = normalizeWorkspaceId(raw);
  const start = prefix === '' ? '' : prefix + SEPARATOR;
  if (readable === undefined) {
    const whole = start + value;
    if (isWorkspaceId(whole) && !MARKED.test(whole)) return whole;
  }
  // UTF-16 keeps apart what UTF-8 does not: halves of surrogate pairs.
  const hash = createHash('sha256').update(value, 'utf16le').digest('hex').slice(0, HASH_DIGITS);
  const room = WORKSPACE_ID_MAX - start.length - 1 - HASH_DIGITS;
  const visible = (readable ?? value)
    .slice(0, 4 * room)
    .normalize('NFC')
    .replace(UNSAFE, '-')
    .replace(/^[^\p{L}\p{Nd}]+/u, '');
  // By code point: half a pair is no character.
  const clean = Array.from(visible).slice(0, room).join('').replace(/-+$/, '');
  return `${start}${clean === '' ? 'w' : clean}@${hash}`;
}

/** The last component of a path of any system; the whole when there is none. */
export function lastComponent(path: string): string {
  return path.split(/[\\/]+/).findLast((part) => part !== '') ?? path;
}

/** One spelling for paths that mean the same folder: `c:\Work\.\Shop\` and `C:/Work/Shop`. */
export function normalisePath(path: string): string {
  const isDrive = /^[A-Za-z]:[\\/]/.test(path);
  const isShare = path.startsWith('\\\\');
  const slashed = isDrive || isShare ? path.replaceAll('\\', '/') : path;
  const whole = (isShare ? '/' : '') + posix.normalize(slashed);
  const drive = isDrive ? whole.charAt(0).toUpperCase() + whole.slice(1) : whole;
  return drive.length > 1 && drive.endsWith('/') ? drive.slice(0, -1) : drive;
}

/** What a path is compared by: drives of Windows do not tell upper from lower case. */
export function pathKey(path: string): string {
  const normal = normalisePath(path);
  return /^[A-Z]:/.test(normal) ? normal.toLowerCase() : normal;
}
