import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { TidewatchError } from '../../model/errors.ts';
import type { EngineTarget, TlsMaterial } from './endpoint-host.ts';
import { SshSocket } from './ssh-socket.ts';

/** Opens connections to one endpoint and keeps idle ones for the next call. */
export interface Transport {
  /** Options of `request` for a GET of the path. */
  get(path: string, signal: AbortSignal): http.ClientRequest;
  close(): void;
}

// Finds a peer that is gone without a word within about two minutes, on Linux's defaults.
const TCP_KEEPALIVE_MS = 15_000;
// Ping, list and four inspects.
const IDLE_CONNECTIONS = 6;
// Docker Desktop's proxy treats clients that do not call themselves so differently (docker/for-mac#7575).
const USER_AGENT = 'Docker-Client/1.0 (tidewatch)';

export interface TransportOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly connectMs: number;
}

/** Throws TidewatchError `engine_tls` when certificate or key cannot be used. */
export function createTransport(target: EngineTarget, options: TransportOptions): Transport {
  const agent = createAgent(target, options);
  const base: https.RequestOptions = { agent, ...addressOf(target) };
  const prefix = target.kind === 'tcp' ? target.prefix : '';
  const { request } = target.kind === 'tcp' && target.tls !== null ? https : http;
  // A socket has no host name; the header must not be empty.
  const host = target.kind === 'tcp' ? {} : { Host: 'docker' };
  return {
    get(path, signal) {
      const headers = { 'User-Agent': USER_AGENT, Accept: 'application/json', ...host };
      const call = request({ ...base, path: prefix + path, headers });
      // Not node's own `signal`: it destroys with an error, which ends the process when it happens while the last bytes
      // of an answer are read, for then nobody listens to the socket any more.
      signal.addEventListener('abort', () => call.destroy(), { once: true });
      call.on('socket', (socket) => socket.setKeepAlive(true, TCP_KEEPALIVE_MS));
      call.end();
      return call;
    },
    close: () => agent.destroy(),
  };
}

function addressOf(target: EngineTarget): https.RequestOptions {
  if (target.kind === 'socket') return { socketPath: target.path };
  if (target.kind === 'ssh') return {};
  return { host: target.host, port: target.port };
}

function createAgent(target: EngineTarget, { env, connectMs }: TransportOptions): http.Agent {
  const keep = { keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS };
  if (target.kind === 'ssh') {
    return new SshAgent(keep, () => new SshSocket(target, { connectSeconds: Math.ceil(connectMs / 1000), env }));
  }
  if (target.kind === 'tcp' && target.tls !== null) return new https.Agent({ ...keep, ...tlsOptions(target.tls) });
  return new http.Agent(keep);
}

class SshAgent extends http.Agent {
  readonly #open: () => SshSocket;
  constructor(options: http.AgentOptions, open: () => SshSocket) {
    super(options);
    this.#open = open;
  }
  override createConnection(): Duplex {
    return this.#open();
  }
}

function tlsOptions({ ca, cert, key, verify }: TlsMaterial): https.AgentOptions {
  if ((cert === null) !== (key === null)) {
    throw new TidewatchError(
      'engine_tls',
      'A client certificate needs its key and the key its certificate: give both.',
    );
  }
  return {
    ...(ca === null ? {} : { ca }),
    ...(cert === null || key === null ? {} : { cert, key }),
    rejectUnauthorized: verify,
  };
}
