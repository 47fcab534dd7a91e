import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname } from 'node:path';
import { pause } from './processes.ts';

/** A server that was started: its process and where its output goes. */
export interface ServerProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly logFile: string;
}

/** What to start. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a server in a process group of its own, so that Ctrl-C reaches our teardown and not the server first. */
export function startServer({ command, args, logFile, env }: ServerCommand): ServerProcess {
  const log = openSync(logFile, 'a');
  // Debian keeps the daemons in sbin, which an ordinary PATH leaves out.
  const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
  const child = spawn(command, args, {
    detached: true,
    // Some servers write where they stand.
    cwd: dirname(logFile),
    stdio: ['ignore', log, log],
    env: { ...process.env, PATH: path, ...env },
  });
  closeSync(log);
  child.unref();
  child.on('error', () => {});
  return { pid: child.pid ?? 0, child, logFile };
}

/** Waits until `ready` says so; rejects with the end of the log when the server died or took too long. */
export async function untilReady(
  server: ServerProcess,
  ready: () => Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const until = performance.now() + withinMs;
  while (!(await ready())) {
    const { exitCode, signalCode } = server.child;
    if (exitCode !== null || signalCode !== null || server.pid === 0) {
      throw new Error(`${server.child.spawnfile} ended at once (${exitCode ?? signalCode}): ${await endOfLog(server)}`);
    }
    if (performance.now() > until) {
      throw new Error(`${server.child.spawnfile} was not ready in ${withinMs} ms: ${await endOfLog(server)}`);
    }
    await pause(20);
  }
}

/** Waits as {@link untilReady} does; what it gives ends the server. One that does not become ready is ended too. */
export async function readyServer(server: ServerProcess, ready: () => Promise<boolean>): Promise<AsyncDisposable> {
  const stop = () => stopServer(server);
  try {
    await untilReady(server, ready);
  } catch (error) {
    await stop();
    throw error;
  }
  return { [Symbol.asyncDispose]: stop };
}

async function stopServer({ child }: ServerProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}

async function endOfLog(server: ServerProcess): Promise<string> {
  const log = await readFile(server.logFile, 'utf8').catch(() => '');
  const lines = log.trim().split('\n');
  const failed = lines.filter((line) => /level=(error|fatal)|^failed|error/i.test(line));
  return (failed.at(-1) ?? lines.at(-1) ?? '').slice(0, 500);
}

/** True when an engine answers `GET /_ping` at the socket. */
export function answersPing(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/_ping', timeout: 3_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}
