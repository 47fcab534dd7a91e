import { TidewatchError } from '../model/errors.ts';
import { formatListenAddress, isLoopbackHost, parseListenAddress } from '../runtime/listen-address.ts';
import type { Seat } from './seat.ts';

/** Where the daemon is looked for. */
export interface DaemonAddress {
  /** `http://…`, `https://…` or `unix:/path`. */
  readonly url: string;
  /** As a person would say it: `--url`, `TIDEWATCH_URL` or `the default`. */
  readonly from: string;
  /** On this machine: its token may be read from the disk, and its engine is this machine's. */
  readonly isLocal: boolean;
}

const DEFAULT_URL = 'http://127.0.0.1:7420';

/** The address given, or the default one. Throws `usage` on what is no address. */
export function daemonAddress({ options, io }: Pick<Seat, 'options' | 'io'>): DaemonAddress {
  const given = options.url ?? (io.env.TIDEWATCH_URL || undefined);
  const from = options.url !== undefined ? '--url' : given !== undefined ? 'TIDEWATCH_URL' : 'the default';
  const text = given ?? DEFAULT_URL;
  const socket = text.startsWith('unix:') ? parseListenAddress(text) : undefined;
  if (socket !== undefined) return { url: formatListenAddress(socket), from, isLocal: true };
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new TidewatchError(
      'usage',
      `${from}: "${text}" is no address of a daemon; write it as ${DEFAULT_URL} or unix:/path`,
    );
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new TidewatchError('usage', `${from}: a daemon's address holds no password; give the token with --token`);
  }
  return { url: parsed.href.replace(/\/+$/, ''), from, isLocal: isLoopbackHost(parsed.hostname) };
}
