import { type StubApi, stubApi, TOKEN } from '../api/stub-api.contract.ts';
import { systemClock } from '../runtime/clock.ts';
import { foregroundClock } from '../runtime/foreground-clock.ts';
import { formatListenAddress } from '../runtime/listen-address.ts';
import { type CliIo, interruption, type Output } from './io.ts';
import { runCli } from './program.ts';

/** What a run of the command line left behind. */
export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliSetting {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** A terminal of this size. */
  readonly tty?: { readonly columns: number; readonly rows: number };
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
}

/** A command line that runs; its output can be read meanwhile. */
export interface RunningCli {
  readonly ended: Promise<CliRun>;
  out(): string;
  err(): string;
  press(key: string): void;
  resize(): void;
  /** As Ctrl-C. */
  stop(): void;
}

/** An empty world: no daemon at the default address, no engine, no files. */
const NOWHERE = {
  HOME: '/nonexistent',
  DOCKER_HOST: 'unix:///nonexistent/docker.sock',
  TIDEWATCH_URL: 'http://127.0.0.1:1',
};

export function startCli(args: readonly string[], setting: CliSetting = {}): RunningCli {
  const ended = new AbortController();
  const [out, err] = [new TestOutput(setting.tty ?? null), new TestOutput(setting.tty ?? null)];
  const keys = new Set<(key: string) => void>();
  const io: CliIo = {
    stdout: out,
    stderr: err,
    env: { ...NOWHERE, ...setting.env },
    cwd: setting.cwd ?? '/nonexistent',
    home: '/nonexistent',
    fetch: setting.fetch ?? fetch,
    clock: { ...systemClock, ...foregroundClock },
    signal: AbortSignal.any([ended.signal, ...(setting.signal ? [setting.signal] : [])]),
    onKey(callback) {
      keys.add(callback);
      return () => keys.delete(callback);
    },
    onHangUp: () => () => {},
  };
  return {
    ended: runCli(args, io).then((code) => ({ code, out: out.text, err: err.text })),
    out: () => out.text,
    err: () => err.text,
    press: (key) => {
      for (const callback of [...keys]) callback(key);
    },
    resize: () => out.resize(),
    stop: () => ended.abort(interruption('SIGINT')),
  };
}

export function cli(args: readonly string[], setting?: CliSetting): Promise<CliRun> {
  return startCli(args, setting).ended;
}

/** The real API over a stub tracker, with the settings by which the command line reaches it. */
export interface StubDaemon extends StubApi {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

export async function stubDaemon(options: Parameters<typeof stubApi>[0] = {}): Promise<StubDaemon> {
  const stub = await stubApi(options);
  await stub.api.listen();
  const url = `http://${formatListenAddress(stub.api.address())}`;
  return { ...stub, url, env: { TIDEWATCH_URL: url, TIDEWATCH_TOKEN: TOKEN } };
}

class TestOutput implements Output {
  text = '';
  readonly #size: { columns: number; rows: number } | null;
  readonly #resizers = new Set<() => void>();

  constructor(size: { columns: number; rows: number } | null) {
    this.#size = size;
  }

  get isTty(): boolean {
    return this.#size !== null;
  }

  write(text: string): void {
    this.text += text;
  }

  size(): { columns: number; rows: number } | null {
    return this.#size;
  }

  onResize(callback: () => void): () => void {
    this.#resizers.add(callback);
    return () => this.#resizers.delete(callback);
  }

  resize(): void {
    for (const callback of this.#resizers) callback();
  }
}
