import { isIP } from 'node:net';

/** Where the server listens. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

// Linux holds 108 bytes for a socket's path, the last of them zero; macOS 104.
const SOCKET_PATH_MAX = 103;

/**
 * Reads `HOST:PORT`, `[IPv6]:PORT`, `PORT` (of 127.0.0.1) or `unix:/path`; `undefined` when it is none of them. Port 0
 * lets the system choose.
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    const fits = path.startsWith('/') && Buffer.byteLength(path) <= SOCKET_PATH_MAX && !path.includes('\0');
    return fits ? { kind: 'unix', path } : undefined;
  }
  const match = /^(?:(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9.-]{1,253})):)?(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, v6, name, digits] = match;
  const port = Number(digits);
  if (port > 65_535 || (v6 !== undefined && isIP(v6) !== 6)) return undefined;
  return { kind: 'tcp', host: v6 ?? name ?? '127.0.0.1', port };
}

/** The address as a person writes it; the inverse of {@link parseListenAddress}. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

/** A name or number of this machine that no other machine reaches. Other names may mean anything. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
