import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createClient, type TidewatchClient } from '../../src/client/client.ts';
import { endProcess } from '../env/processes.ts';
import { eventually } from './eventually.ts';

/** The built command line. */
export const MAIN = resolve('dist/cli/main.js');

/** A command that hangs ends here, and its test fails with what it said. */
const LIMIT_MS = 60_000;

/** The surroundings of a run. Nothing of the user's own (contexts, configuration, daemon) plays a part. */
export interface RunSetting {
  /** Home and working folder. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Command that runs ours, as `['setpriv', '--reuid=65534', …]`. */
  readonly through?: readonly string[];
}

/** What a run left behind. */
export interface FinishedRun {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command line to its end. */
export function runTidewatch(args: readonly string[], setting: RunSetting): Promise<FinishedRun> {
  const { child, ended } = spawnTidewatch(args, setting);
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  return ended.finally(() => clearTimeout(limit));
}

/** The built daemon in a process of its own. */
export interface ServingTidewatch extends AsyncDisposable {
  readonly pid: number;
  readonly client: TidewatchClient;
  readonly dataDir: string;
  /** The line it began with: where it listens, and how the engine stood then. */
  readonly introduction: { readonly address: string; readonly engine: IntroducedEngine };
  /** Its log so far. */
  log(): string;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<FinishedRun>;
}

/** What the daemon is started with. */
type ServeSetting = RunSetting & { readonly dataDir?: string; readonly args?: readonly string[] };

/** Starts `tidewatch serve` and kills it after so many ms, wherever it is then. */
export function killStarting(setting: ServeSetting, afterMs: number): Promise<FinishedRun> {
  const { child, ended } = spawnServe(setting);
  const limit = setTimeout(() => child.kill('SIGKILL'), afterMs);
  return ended.finally(() => clearTimeout(limit));
}

/** Starts `tidewatch serve` on a free port; resolves when it answers, rejects with what it said when it does not start. */
export async function serveTidewatch(
  setting: ServeSetting & { readonly withinMs?: number },
): Promise<ServingTidewatch> {
  const { child, said, ended, dataDir } = spawnServe(setting);
  const introduction = await eventually(
    () => {
      const { exitCode, signalCode } = child;
      if (said.out.includes('\n')) return JSON.parse(said.out) as ServingTidewatch['introduction'];
      if (exitCode !== null || signalCode !== null) return new Error(`serve ended with ${exitCode}: ${said.err}`);
      throw new Error(`serve does not answer: ${said.err}`);
    },
    { within: setting.withinMs ?? LIMIT_MS },
  );
  if (introduction instanceof Error) throw introduction;
  const token = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim();
  const pid = child.pid ?? 0;
  return {
    pid,
    client: createClient({ url: introduction.address, token }),
    dataDir,
    introduction,
    log: () => said.err,
    end(signal) {
      child.kill(signal);
      return ended;
    },
    async [Symbol.asyncDispose]() {
      await endProcess(pid, 'SIGTERM', 20_000);
    },
  };
}

interface IntroducedEngine {
  readonly state: string;
  readonly error: string | null;
}

interface StartedRun {
  readonly child: ChildProcess;
  readonly said: { out: string; err: string };
  readonly ended: Promise<FinishedRun>;
}

function spawnServe(setting: ServeSetting): StartedRun & { dataDir: string } {
  const dataDir = setting.dataDir ?? join(setting.folder, 'data');
  const places = ['--listen', '127.0.0.1:0', '--data-dir', dataDir, '--log-format', 'json'];
  return { ...spawnTidewatch(['serve', '--json', ...places, ...(setting.args ?? [])], setting), dataDir };
}

function spawnTidewatch(args: readonly string[], { folder, env, through = [] }: RunSetting): StartedRun {
  const [command = process.execPath, ...rest] = [...through, process.execPath, MAIN, ...args];
  const child = spawn(command, rest, {
    cwd: folder,
    env: { ...surroundings(folder), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const ended = new Promise<FinishedRun>((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal, ...said }));
  });
  return { child, said, ended };
}

/** What a process of ours sees of the world: nothing of the user's own. */
export function surroundings(folder: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(DOCKER|TIDEWATCH|XDG|NODE)_/.test(name));
  // Nobody serves at port 9 of the loopback, which is closed everywhere: commands look at the engine themselves.
  return { ...Object.fromEntries(kept), HOME: folder, TIDEWATCH_URL: 'http://127.0.0.1:9', NO_COLOR: '1', LC_ALL: 'C' };
}
