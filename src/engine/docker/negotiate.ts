import { TidewatchError } from '../../model/errors.ts';
import { fromIso } from '../../runtime/iso.ts';
import type { EngineInfo } from '../engine.ts';

/** Newest version whose answers are understood (Engine 29.7), and the oldest that has all that is used (Engine 17.06). */
const OURS_NEWEST = '1.55';
const OURS_OLDEST = '1.30';

/** What `/_ping` at `url` tells of the engine. `serverTime` falls back to `now` (epoch ms) without a `Date` header. */
export function readPing(
  headers: Readonly<Record<string, unknown>>,
  { url, now }: { url: string; now: number },
): EngineInfo {
  const text = (name: string) => (typeof headers[name] === 'string' ? (headers[name] as string) : '');
  const isPodman = text('server').startsWith('Libpod') || text('libpod-api-version') !== '';
  return {
    dialect: isPodman ? 'podman' : 'docker',
    apiVersion: commonVersion(text('api-version'), url),
    serverTime: fromIso(text('date')) ?? now,
  };
}

/** The newest version both speak. Throws `engine_api_version`. */
function commonVersion(theirs: string, url: string): string {
  if (!/^\d{1,3}\.\d{1,4}$/.test(theirs)) {
    const why = 'it names no API version. Check the address, and any proxy before the engine';
    throw new TidewatchError('engine_bad_answer', `What answers at ${url} is not a Docker Engine: ${why}.`);
  }
  if (isOlder(theirs, OURS_OLDEST)) {
    const need = `Tidewatch needs ${OURS_OLDEST} or newer: update the engine`;
    throw new TidewatchError('engine_api_version', `The engine at ${url} speaks API ${theirs}; ${need}.`);
  }
  return isOlder(theirs, OURS_NEWEST) ? theirs : OURS_NEWEST;
}

/**
 * The version the engine asks for when it finds ours too old or too new (`Minimum supported API version is 1.44`).
 * Throws `engine_api_version` when it is none that Tidewatch speaks.
 */
export function versionAskedFor(message: string, url: string): string | null {
  const version = /(?:minimum|maximum) supported API version is (\d{1,3}\.\d{1,4})(?!\d)/i.exec(message)?.[1];
  if (version === undefined) return null;
  if (isOlder(OURS_NEWEST, version)) {
    const why = `wants API ${version} or newer; this Tidewatch speaks ${OURS_NEWEST} at most: update Tidewatch`;
    throw new TidewatchError('engine_api_version', `The engine at ${url} ${why}.`);
  }
  return commonVersion(version, url);
}

/** Whether version `a` is older than `b`, as 1.9 is older than 1.41. */
export function isOlder(a: string, b: string): boolean {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor < bMajor || (aMajor === bMajor && aMinor < bMinor);
}
