import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';

/** A log-in link works this long. */
export const LOGIN_CODE_MS = 10 * 60_000;

/** Links that work at one time; the oldest gives way. */
const CODES_MAX = 16;

/** One-time codes for log-in links. */
export interface LoginCodes {
  create(): string;
  /** Says whether the code is good, and uses it up. */
  redeem(code: string): boolean;
}

export function createLoginCodes(clock: Clock): LoginCodes {
  // Kept as hashes, looked up by hash: how long a look-up takes tells nothing of a code.
  const ends = new Map<string, number>();
  return {
    create() {
      const code = randomBytes(24).toString('base64url');
      const [oldest] = ends.keys();
      if (oldest !== undefined && ends.size >= CODES_MAX) ends.delete(oldest);
      ends.set(hashOf(code), clock.monotonic() + LOGIN_CODE_MS);
      return code;
    },
    redeem(code) {
      const hash = hashOf(code);
      const end = ends.get(hash);
      ends.delete(hash);
      return end !== undefined && clock.monotonic() < end;
    },
  };
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('base64url');
}
