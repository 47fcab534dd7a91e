import { rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { endProcess } from '../env/processes.ts';
import { startServer, untilReady } from '../env/server-process.ts';
import { freePort } from '../support/free-port.ts';

/** What the proxy lets through and how long it stands an idle connection. */
export interface SocketProxyRules {
  /** Paths that may be read, as in `['containers', 'events']`; `_ping` and `version` always may. */
  readonly allow: readonly ('containers' | 'events')[];
  /** A connection on which nothing moved for so long is cut, ms (default ten minutes, as the original). */
  readonly idleMs?: number;
}

/** HAProxy before an engine's socket with the rules of Tecnativa's docker-socket-proxy: GET alone, of few paths. */
export interface SocketProxy extends AsyncDisposable {
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** Starts it anew with other rules, at the same address. */
  change(rules: SocketProxyRules): Promise<void>;
}

/** Starts the proxy in a folder; resolves when it takes connections. */
export async function startSocketProxy(
  folder: string,
  { engine, rules }: { engine: string; rules: SocketProxyRules },
): Promise<SocketProxy> {
  const port = await freePort();
  const file = join(folder, `proxy-${port}.cfg`);
  let pid = 0;
  const stop = () => endProcess(pid, 'SIGKILL', 10_000);
  const start = async (wanted: SocketProxyRules) => {
    await writeFile(file, configuration(wanted, { port, engine }));
    const server = startServer({ command: 'haproxy', args: ['-db', '-f', file], logFile: `${file}.log` });
    pid = server.pid;
    await untilReady(server, () => takesConnections(port));
  };
  await start(rules);
  return {
    host: `tcp://127.0.0.1:${port}`,
    async change(wanted) {
      await stop();
      await start(wanted);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(file, { force: true });
    },
  };
}

function configuration({ allow, idleMs = 600_000 }: SocketProxyRules, at: { port: number; engine: string }): string {
  const paths = ['_ping', 'version', ...allow].map(
    (name) => `  http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/${name} }`,
  );
  return [
    'defaults',
    '  mode http',
    '  timeout connect 5s',
    `  timeout client ${idleMs}ms`,
    `  timeout server ${idleMs}ms`,
    'frontend docker',
    `  bind 127.0.0.1:${at.port}`,
    '  http-request deny unless METH_GET',
    ...paths,
    '  http-request deny',
    '  default_backend engine',
    'backend engine',
    `  server engine unix@${at.engine}`,
    '',
  ].join('\n');
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
