import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { makeFolder } from '../../src/runtime/make-folder.ts';
import { DAEMON_PID_FILE, DATA_FOLDER } from './places.ts';

const MAIN = 'dist/cli/main.js';
const FIRST_PORT = 7420;
/** Where the command line looks for a daemon by itself. */
export const DEFAULT_URL = `http://127.0.0.1:${FIRST_PORT}`;

/** What a list of the API tells of a workspace, as far as the demo looks at it. */
export interface ListedWorkspace {
  readonly id: string;
  readonly name: string;
  readonly phase: string;
}

/** The demo's Tidewatch daemon. */
export interface DemoDaemon {
  readonly url: string;
  readonly child: ChildProcess;
  workspaces(): Promise<readonly ListedWorkspace[]>;
  /** Runs a command of the command line against it; gives what it printed. */
  tidewatch(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the built daemon on the first free port from the usual one on. Its output is the demo's. */
export async function startDaemon(engineHost: string | null): Promise<DemoDaemon> {
  const port = await freePort(FIRST_PORT);
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    TIDEWATCH_LISTEN: `127.0.0.1:${port}`,
    TIDEWATCH_DATA_DIR: DATA_FOLDER,
    TIDEWATCH_URL: url,
    // What the daemon prints for people is enough here; that all is well needs no second line.
    TIDEWATCH_LOG_LEVEL: process.env.TIDEWATCH_LOG_LEVEL || 'warn',
    ...(engineHost === null ? {} : { TIDEWATCH_ENGINE_HOST: engineHost }),
  };
  makeFolder(DATA_FOLDER);
  // Detached: Ctrl-C reaches the demo, which then ends the daemon before the engine.
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await writeFile(DAEMON_PID_FILE, String(child.pid));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    url,
    child,
    workspaces: () => listWorkspaces(url),
    tidewatch: (...args) => runCommand(args, env),
    async stop() {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(killer);
    },
  };
}

async function listWorkspaces(url: string): Promise<readonly ListedWorkspace[]> {
  const token = (await readFile(join(DATA_FOLDER, 'admin-token'), 'utf8')).trim();
  const response = await fetch(`${url}/api/v1/workspaces?limit=100`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`the list of workspaces answered ${response.status}`);
  return ((await response.json()) as { items: ListedWorkspace[] }).items;
}

function runCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [MAIN, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`tidewatch ${args.join(' ')}: ${stderr.trim() || error.message}`));
      else resolve(stdout.trimEnd());
    });
  });
}

async function freePort(from: number): Promise<number> {
  for (let port = from; port < from + 100; port += 1) if (await isFree(port)) return port;
  throw new Error(`no free port between ${from} and ${from + 99}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
