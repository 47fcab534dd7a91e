import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import type { EngineTarget, TlsMaterial } from './endpoint-host.ts';
import { beginCall, openResponse, readBody, readRefusal } from './engine-call.ts';
import { sshArguments } from './ssh-command.ts';
import { createTransport, type Transport } from './transport.ts';

const GENEROUS_MS = 20_000;
const pem = (name: string) => readFileSync(new URL(`testdata/tls/${name}`, import.meta.url), 'utf8');

let dir: string;
let cleanups: (() => void)[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tw-call-'));
  cleanups = [];
});

afterEach(() => {
  for (const cleanup of cleanups.reverse()) cleanup();
  rmSync(dir, { recursive: true });
});

async function listen(server: Server & { closeAllConnections?: () => void }, where: string | number): Promise<number> {
  await new Promise<void>((resolve) => {
    if (typeof where === 'string') server.listen(where, resolve);
    else server.listen(where, '127.0.0.1', resolve);
  });
  cleanups.push(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function transportTo(target: EngineTarget, env: NodeJS.ProcessEnv = process.env): Transport {
  const transport = createTransport(target, { env, connectMs: GENEROUS_MS });
  cleanups.push(() => transport.close());
  return transport;
}

async function get(
  transport: Transport,
  {
    limitMs = GENEROUS_MS,
    signal,
    maxBytes = 1_000,
  }: { limitMs?: number; signal?: AbortSignal; maxBytes?: number } = {},
): Promise<string> {
  const call = beginCall({ url: 'the engine', what: 'GET /', limitMs, clock: systemClock, signals: [signal] });
  try {
    const response = await openResponse(transport, '/', call);
    if (response.statusCode !== 200) throw (await readRefusal(response, call)).error;
    return await readBody(response, maxBytes, call);
  } catch (error) {
    throw call.explain(error);
  } finally {
    call.end();
  }
}

async function unixServer(handler: http.RequestListener): Promise<{ server: http.Server; target: EngineTarget }> {
  const path = join(dir, 's.sock');
  const server = http.createServer(handler);
  await listen(server, path);
  return { server, target: { kind: 'socket', path } };
}

describe('calls over a unix socket', () => {
  it('use one connection one after the other', async () => {
    const { server, target } = await unixServer((_request, response) => response.end('hello'));
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    const transport = transportTo(target);
    expect([await get(transport), await get(transport)]).toEqual(['hello', 'hello']);
    expect(sockets.size).toBe(1);
  });

  it('are repeated when the engine had closed the idle connection', async () => {
    const seen = new Map<Socket, number>();
    const { target } = await unixServer((request, response) => {
      const count = (seen.get(request.socket) ?? 0) + 1;
      seen.set(request.socket, count);
      if (count > 1) request.socket.destroy();
      else response.end('hello');
    });
    const transport = transportTo(target);
    expect([await get(transport), await get(transport)]).toEqual(['hello', 'hello']);
    expect(seen.size).toBe(2);
  });

  it('end with engine_timeout when nothing is answered, or only a part', async () => {
    for (const handler of [() => {}, (_request: unknown, response: http.ServerResponse) => response.write('he')]) {
      const { server, target } = await unixServer(handler);
      await expect(get(transportTo(target), { limitMs: 50 })).rejects.toMatchObject({ code: 'engine_timeout' });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('end with the caller’s reason when it aborts, before or while they run', async () => {
    const controller = new AbortController();
    const { target } = await unixServer(() => controller.abort('enough'));
    const transport = transportTo(target);
    await expect(get(transport, { signal: controller.signal })).rejects.toBe('enough');
    await expect(get(transport, { signal: controller.signal })).rejects.toBe('enough');
  });

  it('refuse a body beyond the bound', async () => {
    const { target } = await unixServer((_request, response) => response.end('x'.repeat(2_000)));
    await expect(get(transportTo(target))).rejects.toMatchObject({ code: 'engine_bad_answer' });
  });

  it('end with engine_unreachable when the answer is cut off', async () => {
    const { target } = await unixServer((_request, response) => {
      response.write('he', () => response.destroy());
    });
    await expect(get(transportTo(target))).rejects.toMatchObject({ code: 'engine_unreachable' });
  });

  it('class what the engine refuses', async () => {
    const { target } = await unixServer((_request, response) => response.writeHead(403).end('<html>'));
    await expect(get(transportTo(target))).rejects.toMatchObject({ code: 'engine_forbidden' });
  });

  it('end with engine_unreachable where there is no socket', async () => {
    const transport = transportTo({ kind: 'socket', path: join(dir, 'none.sock') });
    await expect(get(transport)).rejects.toMatchObject({ code: 'engine_unreachable' });
  });
});

describe('calls over TLS', () => {
  const client: TlsMaterial = {
    ca: pem('ca.pem'),
    cert: pem('client-cert.pem'),
    key: pem('client-key.pem'),
    verify: true,
  };

  async function tlsTarget(tls: TlsMaterial): Promise<EngineTarget> {
    const options = { key: pem('server-key.pem'), cert: pem('server-cert.pem'), ca: pem('ca.pem') };
    const server = https.createServer({ ...options, requestCert: true }, (_request, response) => response.end('hello'));
    const port = await listen(server, 0);
    return { kind: 'tcp', host: '127.0.0.1', port, prefix: '', tls };
  }

  it('work with authority, certificate and key', async () => {
    expect(await get(transportTo(await tlsTarget(client)))).toBe('hello');
  });

  it('end with engine_tls when the engine’s authority is not known', async () => {
    const target = await tlsTarget({ ...client, ca: null });
    await expect(get(transportTo(target))).rejects.toMatchObject({ code: 'engine_tls' });
  });

  it('work with any authority when the check is waived', async () => {
    expect(await get(transportTo(await tlsTarget({ ...client, ca: null, verify: false })))).toBe('hello');
  });

  it('end with engine_tls when the other side does not speak it', async () => {
    const port = await listen(http.createServer(), 0);
    const target: EngineTarget = { kind: 'tcp', host: '127.0.0.1', port, prefix: '', tls: client };
    await expect(get(transportTo(target))).rejects.toMatchObject({
      code: 'engine_tls',
      message: expect.stringContaining('does not speak TLS'),
    });
  });

  it('need certificate and key together', async () => {
    const target = await tlsTarget({ ...client, key: null });
    expect(() => transportTo(target)).toThrow('give both');
  });
});

it('a call goes below the path of a reverse proxy', async () => {
  const server = http.createServer((request, response) => response.end(request.url));
  const port = await listen(server, 0);
  const transport = transportTo({ kind: 'tcp', host: '127.0.0.1', port, prefix: '/docker', tls: null });
  expect(await get(transport)).toBe('/docker/');
});

describe('calls over ssh', () => {
  const target = { kind: 'ssh', host: 'far', user: 'ann', port: 22, remoteSocket: null } as const;

  /** A program named ssh, in front of the real one. */
  function fakeSsh(script: string): NodeJS.ProcessEnv {
    const path = join(dir, 'ssh');
    writeFileSync(path, `#!${process.execPath}\n${script}`);
    chmodSync(path, 0o755);
    return { ...process.env, PATH: `${dir}:${process.env.PATH}` };
  }

  it('go through docker system dial-stdio, one ssh for calls one after the other', async () => {
    let connections = 0;
    const { server, target: socket } = await unixServer((_request, response) => response.end('hello'));
    server.on('connection', () => {
      connections += 1;
    });
    const path = socket.kind === 'socket' ? socket.path : '';
    const env = fakeSsh(`const s = require('net').connect(${JSON.stringify(path)});
      process.stdin.pipe(s); s.pipe(process.stdout);`);
    const transport = transportTo(target, env);
    expect([await get(transport), await get(transport)]).toEqual(['hello', 'hello']);
    expect(connections).toBe(1);
  });

  it.each([
    ['ann@far: Permission denied (publickey).', 'engine_permission'],
    ['ssh: Could not resolve hostname far', 'engine_unreachable'],
    ['bash: docker: command not found', 'engine_unreachable'],
  ])('tell what ssh said: %s', async (said, code) => {
    const env = fakeSsh(`process.stderr.write(${JSON.stringify(`${said}\n`)}); process.exitCode = 255;`);
    const error = await get(transportTo(target, env)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining(said) });
  });

  it('tell that there is no ssh', async () => {
    const transport = transportTo(target, { PATH: dir });
    await expect(get(transport)).rejects.toMatchObject({ code: 'engine_unreachable' });
  });

  it('take nothing of the address for an option or for shell text', () => {
    const args = sshArguments({ ...target, remoteSocket: "/run/a b';reboot" }, 3);
    const command = args.slice(args.indexOf('--'));
    expect(command).toEqual(['--', 'far', 'docker', '--host', `'unix:///run/a b'\\'';reboot'`, 'system', 'dial-stdio']);
  });
});
