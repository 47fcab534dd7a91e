import { TidewatchError } from '../../model/errors.ts';

/** PEM texts of an encrypted connection. */
export interface TlsMaterial {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** `false`: the engine's certificate is not checked (`SkipTLSVerify`). */
  readonly verify: boolean;
}

/** Where to connect to. */
export type EngineTarget =
  | { readonly kind: 'socket'; readonly path: string }
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      /** Path before the API's own, for an engine behind a reverse proxy; empty mostly. */
      readonly prefix: string;
      readonly tls: TlsMaterial | null;
    }
  | {
      readonly kind: 'ssh';
      readonly host: string;
      readonly user: string | null;
      readonly port: number | null;
      /** Socket on the remote machine; `null` for what its `docker` command uses. */
      readonly remoteSocket: string | null;
    };

export interface ParsedHost {
  readonly target: EngineTarget;
  /** As Docker writes it, without secrets. */
  readonly url: string;
}

// sun_path holds 108 bytes on Linux with its closing zero.
const MAX_SOCKET_PATH_BYTES = 107;
// Docker's ports without and with TLS.
const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/**
 * Reads an engine's address as Docker's client does. `source` names where it was written, for the error; `tls` is used
 * where the address allows it. Throws TidewatchError `engine_endpoint_invalid`.
 */
export function parseEngineHost(text: string, source: string, tls: TlsMaterial | null): ParsedHost {
  const refuse = (why: string) =>
    new TidewatchError(
      'engine_endpoint_invalid',
      `${source} is not an engine's address: ${why}. Write unix:///path, tcp://host:port, https://host:port, ssh://user@host or npipe:////./pipe/name.`,
    );
  const address = text.trim();
  if (address.startsWith('/')) return parseSocket(address, refuse);
  if (address.startsWith('\\\\')) return parsePipe(address.replaceAll('\\', '/'), refuse);
  const [, scheme, rest] = /^([a-z]+):\/\/(.*)$/s.exec(address) ?? [];
  if (scheme === undefined || rest === undefined) return parseTcp({ scheme: 'tcp', rest: address, tls }, refuse);
  switch (scheme) {
    case 'unix':
      return parseSocket(rest === '' ? '/var/run/docker.sock' : rest, refuse);
    case 'npipe':
      return parsePipe(rest, refuse);
    case 'ssh':
      return parseSsh(rest, refuse);
    case 'tcp':
    case 'http':
    case 'https':
      return parseTcp({ scheme, rest, tls }, refuse);
    default:
      throw refuse(`"${scheme}://" is not supported`);
  }
}

type Refuse = (why: string) => TidewatchError;

function parseSocket(path: string, refuse: Refuse): ParsedHost {
  if (!path.startsWith('/')) throw refuse('unix:// needs an absolute path, as in unix:///var/run/docker.sock');
  if (path.includes('\0')) throw refuse('the path holds a zero byte');
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw refuse(`the socket's path is longer than the ${MAX_SOCKET_PATH_BYTES} bytes the system takes`);
  }
  return { target: { kind: 'socket', path }, url: `unix://${path}` };
}

function parsePipe(path: string, refuse: Refuse): ParsedHost {
  const name = /^\/\/[^/]+\/pipe\/[^/]+$/.test(path) ? path : null;
  if (name === null) throw refuse('npipe:// needs a pipe, as in npipe:////./pipe/docker_engine');
  return { target: { kind: 'socket', path: name.replaceAll('/', '\\') }, url: `npipe://${name}` };
}

function parseTcp(
  { scheme, rest, tls }: { scheme: 'tcp' | 'http' | 'https'; rest: string; tls: TlsMaterial | null },
  refuse: Refuse,
): ParsedHost {
  // A made-up scheme: of http and https the URL parser drops the default port, which is not Docker's.
  const url = parseUrl(`tcp://${rest}`);
  if (url === null) throw refuse('host or port cannot be read');
  if (url.username !== '' || url.password !== '') throw refuse('it holds a user name or a password');
  if (url.search !== '' || url.hash !== '') throw refuse('nothing may follow the path');
  const material = scheme === 'https' ? (tls ?? SYSTEM_TLS) : scheme === 'tcp' ? tls : null;
  const host = url.hostname === '' ? 'localhost' : url.hostname;
  const port = url.port === '' ? defaultPort(scheme, material !== null) : Number(url.port);
  if (port === 0) throw refuse('port 0 cannot be connected to');
  const prefix = url.pathname.replace(/\/+$/, '');
  const written = scheme === 'tcp' ? 'tcp' : scheme;
  return {
    target: { kind: 'tcp', host: host.replace(/^\[(.*)\]$/, '$1'), port, prefix, tls: material },
    url: `${written}://${host}:${port}${prefix}`,
  };
}

const SYSTEM_TLS: TlsMaterial = { ca: null, cert: null, key: null, verify: true };

function defaultPort(scheme: 'tcp' | 'http' | 'https', encrypted: boolean): number {
  if (scheme === 'http') return 80;
  if (scheme === 'https') return 443;
  return encrypted ? TLS_PORT : PLAIN_PORT;
}

function parseSsh(rest: string, refuse: Refuse): ParsedHost {
  const url = parseUrl(`ssh://${rest}`);
  if (url === null || url.hostname === '') throw refuse('the ssh host cannot be read');
  if (url.password !== '') throw refuse('a password in ssh:// is not supported; use a key or an agent');
  if (url.search !== '' || url.hash !== '') throw refuse('nothing may follow the path');
  const user = decodePart(url.username);
  const host = decodePart(url.hostname.replace(/^\[(.*)\]$/, '$1'));
  const path = decodePart(url.pathname.replace(/\/+$/, ''));
  if (user === null || host === null || path === null) throw refuse('a %-escape cannot be read');
  // ssh takes what begins with a dash as an option: -oProxyCommand=… would run a program here.
  if (!/^[\w.][\w.@+\\-]*$|^$/.test(user)) throw refuse('the ssh user is not a user name');
  if (!/^[\w:.][\w:.%-]*$/.test(host)) throw refuse('the ssh host is not a host name');
  return {
    target: {
      kind: 'ssh',
      host,
      user: user === '' ? null : user,
      port: url.port === '' ? null : Number(url.port),
      remoteSocket: path === '' ? null : path,
    },
    url: `ssh://${user === '' ? '' : `${user}@`}${url.host}${path}`,
  };
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function decodePart(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
