import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real HTTP server on a unix socket in a folder of its own, which answers what a test wants. */
export interface ScriptedServer extends AsyncDisposable {
  readonly folder: string;
  readonly path: string;
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** Paths asked for, in order. */
  readonly asked: readonly string[];
  /** Connections that are open. */
  readonly open: ReadonlySet<Socket>;
  /** Stops listening and breaks all connections; the folder stays. */
  goDown(): Promise<void>;
  /** Listens at the same path again. */
  comeUp(): Promise<void>;
}

/** Starts the server; disposing of it removes its folder. */
export async function startScriptedServer(listener: http.RequestListener): Promise<ScriptedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewatch-scripted-'));
  const path = join(folder, 'engine.sock');
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    listener(request, response);
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const comeUp = () => new Promise<void>((resolve) => server.listen(path, resolve));
  const goDown = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await comeUp();
  return {
    ...{ folder, path, host: `unix://${path}`, asked, open, goDown, comeUp },
    async [Symbol.asyncDispose]() {
      await goDown();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Answers a ping as Docker does; gives whether it was one. */
export function answerPing(request: http.IncomingMessage, response: http.ServerResponse, apiVersion = '1.41'): boolean {
  if (request.url !== '/_ping') return false;
  response.setHeader('Api-Version', apiVersion);
  response.end('OK');
  return true;
}

/** A container's row of the list, as Docker writes it. */
export function listRow(n: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    Id: n.toString(16).padStart(64, '0'),
    Names: [`/container-${n}`],
    Image: 'busybox:local',
    State: 'running',
    Status: 'Up 3 seconds',
    Created: 1_795_402_832,
    Labels: { 'tidewatch.workspace': `작업 ${n} 🌊` },
    Mounts: [],
    ...more,
  };
}

/** An event's line, as Docker writes it. `timeNano` is text: it does not fit a number. */
export function eventLine(action: string, more: { id?: string; attributes?: object; timeNano?: string } = {}): string {
  const { id = 'a'.repeat(64), attributes = {}, timeNano = '1795402832561901592' } = more;
  const actor = JSON.stringify({ ID: id, Attributes: { image: 'busybox:local', name: 'web', ...attributes } });
  return (
    `{"status":${JSON.stringify(action)},"id":"${id}","from":"busybox:local","Type":"container",` +
    `"Action":${JSON.stringify(action)},"Actor":${actor},"scope":"local","time":${timeNano.slice(0, -9)},"timeNano":${timeNano}}`
  );
}
