import { TidewatchError } from '../../model/errors.ts';
import { fromIso } from '../../runtime/iso.ts';
import type { EngineInfo } from '../engine.ts';

/** Newest version whose answers are understood (Engine 29.7), and the oldest that has all that is used (Engine 17.06). */
const OURS_NEWEST = '1.55';
const OURS_OLDEST = '1.30';

/** What `/_ping` tells of the engine. `serverTime` falls back to `now` (epoch ms) without a `Date` header. */
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
    throw new TidewatchError(
      'engine_bad_answer',
      `What answers at ${url} is not a Docker Engine: it names no API version. Check engine.host.`,
    );
  }
  if (isOlder(theirs, OURS_OLDEST)) {
    throw new TidewatchError(
      'engine_api_version',
      `The engine at ${url} speaks API ${theirs}; Tidewatch needs ${OURS_OLDEST} or newer. Update the engine.`,
    );
  }
  return isOlder(theirs, OURS_NEWEST) ? theirs : OURS_NEWEST;
}

/** The version the engine asks for when it finds ours too old or too new (`Minimum supported API version is 1.44`). */
export function versionAskedFor(message: string): string | null {
  return /(?:minimum|maximum) supported API version is (\d+\.\d+)/i.exec(message)?.[1] ?? null;
}

function isOlder(a: string, b: string): boolean {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor < bMajor || (aMajor === bMajor && aMinor < bMinor);
}
