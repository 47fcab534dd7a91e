import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ClientOptions } from '../client/client.ts';
import { TidewatchError } from '../model/errors.ts';
import type { DaemonAddress } from './daemon-address.ts';
import type { Seat } from './seat.ts';

/**
 * How a client reaches the daemon: by plain fetch, or, which fetch cannot, through a unix socket or with an authority of the user's
 * own (`--ca`, `TIDEWATCH_CA`). Throws `usage` when that cannot be read.
 */
export function daemonTransport(
  { options, io }: Pick<Seat, 'options' | 'io'>,
  { url }: DaemonAddress,
): Pick<ClientOptions, 'fetch' | 'ca'> {
  if (url.startsWith('unix:')) return {};
  const ca = options.ca ?? (io.env.TIDEWATCH_CA || undefined);
  if (ca === undefined || !url.startsWith('https:')) return { fetch: io.fetch };
  return { ca: readAuthority(resolve(io.cwd, ca), options.ca === undefined ? 'TIDEWATCH_CA' : '--ca') };
}

function readAuthority(file: string, from: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
    throw new Error('it holds no PEM certificate');
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw new TidewatchError('usage', `${from}: ${file} cannot be used (${code ?? message})`, { cause: error });
  }
}
