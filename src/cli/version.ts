import { readFileSync } from 'node:fs';

/** Version of this installation: two folders up, built or from the sources. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '?';
  return String(version);
}
