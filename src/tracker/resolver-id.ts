import { createHash } from 'node:crypto';
import { isWorkspaceId, WORKSPACE_ID_MAX } from '../model/workspace-id.ts';

/** Hex digits of the hash that keeps shortened or cleaned ids apart: 48 bits, a collision at about 2^24 ids. */
const HASH_DIGITS = 12;

/** An id from an untrusted value: as it is when it is safe, else cleaned and followed by a hash of the whole. */
export function workspaceIdOf(prefix: string, value: string): string {
  const whole = prefix === '' ? value : `${prefix}:${value}`;
  if (isWorkspaceId(whole)) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, HASH_DIGITS);
  const room = WORKSPACE_ID_MAX - HASH_DIGITS - 1;
  const clean = whole
    .slice(0, 4 * room)
    .replace(/[^A-Za-z0-9._:@]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return clean === '' ? `w-${hash}` : `${clean.slice(-room).replace(/^[^A-Za-z0-9]+/, '') || 'w'}-${hash}`;
}

/** The last component of a path of any system; the whole when there is none. */
export function lastComponent(path: string): string {
  const parts = path.split(/[\\/]+/).filter((part) => part !== '');
  return parts.at(-1) ?? path;
}

/** One spelling for paths that mean the same folder: `c:\Work\Shop\` and `C:/Work/Shop`. */
export function normalisePath(path: string): string {
  const slashed = /^[A-Za-z]:[\\/]/.test(path) || path.startsWith('\\\\') ? path.replaceAll('\\', '/') : path;
  const drive = slashed.replace(/^[a-z]:/, (letter) => letter.toUpperCase());
  return drive.length > 1 ? drive.replace(/\/+$/, '') : drive;
}
