import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { TidewatchError } from '../../model/errors.ts';
import type { ListenAddress } from '../../runtime/listen-address.ts';

/** Refuses requests that a foreign web page makes in a person's browser. */
export interface RequestOrigin {
  /**
   * Throws `forbidden`. `Host` must be a name of this server, against DNS rebinding: a foreign name that resolves to
   * this machine. `Origin` of a changing request, or one for a WebSocket, must be the server's own.
   */
  check(method: string, headers: IncomingHttpHeaders): void;
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** `allowedHosts`: names of a reverse proxy. */
export function createRequestOrigin(address: ListenAddress, allowedHosts: readonly string[]): RequestOrigin {
  // No browser speaks through a unix socket, and clients there put anything into Host.
  if (address.kind === 'unix') return { check() {} };
  const proxies = new Set(allowedHosts.map((name) => name.toLowerCase()));
  const names = new Set(['localhost', address.host.toLowerCase(), ...proxies]);
  const servesAll = address.host === '0.0.0.0' || address.host === '::';

  function isOwn(host: string): boolean {
    if (names.has(host)) return true;
    // A number cannot be rebound: only names resolve to something else tomorrow.
    return isLoopback(host) || (servesAll && isIP(host) !== 0);
  }

  /** The last that was right: clients send the same each time. */
  let right = '';

  function checkHost(host: string): void {
    if (host === right && host !== '') return;
    const name = hostNameOf(host);
    if (name === undefined || !isOwn(name)) {
      throw new TidewatchError(
        'forbidden',
        `Host ${quote(host)} is no name of this server. Use its listen address, or add the name to allowedHosts`,
      );
    }
    right = host;
  }

  return {
    check(method, { host, origin, upgrade, 'sec-fetch-site': site }) {
      checkHost(host ?? '');
      // A page may read what a foreign WebSocket sends: that is not kept from it as answers to its requests are.
      if (READING.has(method) && upgrade === undefined) return;
      const from = origin === undefined ? undefined : originHostOf(origin);
      const isOwnPage =
        origin === undefined || from === host?.toLowerCase() || proxies.has(hostNameOf(from ?? '') ?? '');
      // Of the same site is what another port of this machine serves: a workspace, perhaps.
      if (!isOwnPage || site === 'cross-site' || site === 'same-site') {
        throw new TidewatchError('forbidden', `a page of ${quote(origin)} may not change or follow anything here`);
      }
    },
  };
}

/** The name or number without the port, in lower case; `undefined` when it is neither. */
function hostNameOf(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}

function originHostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function quote(text = ''): string {
  return text === '' ? 'nothing' : JSON.stringify(text.slice(0, 100));
}
