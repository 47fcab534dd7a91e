import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { CONFIG_KEY_NAMES, CONFIG_KEYS, type ConfigKey, flagNameOf } from '../../daemon/config/keys.ts';
import { type ConfigSources, loadConfig } from '../../daemon/config/load-config.ts';
import { createDaemon, type Daemon } from '../../daemon/daemon.ts';
import { createPinoLogger } from '../../daemon/pino-logger.ts';
import { runUntilSignalled, type SignalSource } from '../../daemon/signals.ts';
import { TidewatchError } from '../../model/errors.ts';
import type { Run } from '../command.ts';
import { type CliIo, endedBy } from '../io.ts';
import { safeText } from '../output/safe-text.ts';
import { refuseOptions, type Seat } from '../seat.ts';
import { packageVersion } from '../version.ts';

/** As commander parses them: `engineTlsVerify`. */
type ServeOptions = Readonly<Record<string, string | undefined>>;

const CONFIG_OPTIONS = CONFIG_KEY_NAMES.map((key) => ({
  key,
  option: new Option(`${flagNameOf(key)} <value>`, CONFIG_KEYS[key].comment),
}));

/** `tidewatch serve`: the daemon. */
export function addServe(program: Command, run: Run): void {
  const serving = program
    .command('serve')
    .summary('start the daemon: API, live page, registry, history')
    .description('Start the daemon. It serves API and page, and connects when an engine appears. SIGHUP reloads.')
    .option('--config <file>', 'configuration file (TIDEWATCH_CONFIG; default ./tidewatch.yaml, then the XDG folder)')
    .addHelpText(
      'after',
      `
Examples:
  tidewatch serve
  tidewatch serve --listen 127.0.0.1:8080 --data-dir ./state
  tidewatch serve --engine-host ssh://root@build-7 --log-format json`,
    );
  for (const { option } of CONFIG_OPTIONS) serving.addOption(option);
  serving.action(run((seat, _args, options: ServeOptions) => serve(seat, options)));
}

async function serve(seat: Seat, options: ServeOptions): Promise<void> {
  const { io } = seat;
  const why = 'it is the daemon; --listen says where it serves';
  refuseOptions('serve', seat.options, { url: why, token: why, ca: why });
  const { env, cwd, home } = io;
  const sources: ConfigSources = { file: options.config, flags: flagsOf(seat, options), env, cwd, home };
  const { config, file } = loadConfig(sources);
  const { 'log.level': level, 'log.format': format } = config;
  const logger = createPinoLogger({ level, format, write: (line) => io.stderr.write(line) });
  const daemon = createDaemon(config, { logger });
  await startUnlessEnded(daemon, io);
  await introduce(seat, daemon, { dataDir: config.dataDir, file });
  await runUntilSignalled(daemon, { loadConfig: () => loadConfig(sources).config, logger, source: signalsOf(io) });
}

function flagsOf({ options }: Seat, given: ServeOptions): Partial<Record<ConfigKey, string>> {
  const flags: Partial<Record<ConfigKey, string>> = {};
  for (const { key, option } of CONFIG_OPTIONS) {
    const value = given[option.attributeName()];
    if (value !== undefined) flags[key] = value;
  }
  for (const [key, short] of [
    ['engine.host', options.host],
    ['engine.context', options.context],
  ] as const) {
    if (short === undefined) continue;
    if (flags[key] !== undefined) throw new TidewatchError('usage', `${flagNameOf(key)} is given twice, once in short`);
    flags[key] = short;
  }
  return flags;
}

/** What a person needs next: the address, a way in, and how the engine stands. */
async function introduce(seat: Seat, daemon: Daemon, from: { dataDir: string; file: string | null }): Promise<void> {
  const engine = await firstOutcome(daemon, seat.io);
  const tokenFile = join(from.dataDir, 'admin-token');
  const address = daemon.address();
  const loginUrl = daemon.loginUrl();
  if (seat.options.json) return seat.printJson({ address, loginUrl, tokenFile, configFile: from.file, engine });
  const { paint } = seat;
  const line = (name: string, text: string) => seat.print(`  ${name.padEnd(8)}${safeText(text)}`);
  seat.print(paint('strong', safeText(`Tidewatch ${packageVersion()} serves ${address}`)));
  if (loginUrl !== null) line('log in', `${loginUrl}  (works once, for ten minutes)`);
  line('token', tokenFile);
  if (from.file !== null) line('config', from.file);
  const where = `${engine.endpoint.url} (${engine.endpoint.foundBy})`;
  if (engine.state === 'connected') line('engine', `connected to ${where}`);
  else line('engine', `waiting for ${where}: ${engine.error ?? 'no answer yet'}`);
}

/** An engine that is there has answered by then; one that is not is waited for while serving. */
const INTRODUCTION_MS = 3_000;

async function firstOutcome(daemon: Daemon, { clock, signal }: CliIo) {
  const until = clock.monotonic() + INTRODUCTION_MS;
  for (;;) {
    const { engine } = daemon.getTrackerStats();
    const isOut = engine.state === 'connected' || engine.error !== null;
    if (isOut || signal.aborted || clock.monotonic() >= until) return engine;
    await clock.sleep(20, signal);
  }
}

/** A start that a signal should end has so long to finish; then the process ends without it. */
const GRACE_MS = 2_000;

/** Starts the daemon. Rejects when a signal came and the start still hangs, as on a file system that does not answer. */
export async function startUnlessEnded(daemon: Pick<Daemon, 'start'>, io: Pick<CliIo, 'signal' | 'clock'>) {
  const { signal, clock } = io;
  const started = new AbortController();
  const begun = daemon.start().finally(() => started.abort());
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else AbortSignal.any([signal, started.signal]).addEventListener('abort', () => resolve());
  });
  const late = ended.then(() => clock.sleep(GRACE_MS, started.signal));
  await Promise.race([begun, late]);
  if (!started.signal.aborted) throw new TidewatchError('shutting_down', 'ended before the start was done');
  await begun;
}

/** The command line's own signals in the shape the daemon wants. A second Ctrl-C is handled before they reach it. */
function signalsOf({ signal, onHangUp }: CliIo): SignalSource {
  const stops = new Map<() => void, () => void>();
  return {
    on(name, listener) {
      if (name === 'SIGHUP') return stops.set(listener, onHangUp(listener));
      const heard = () => {
        if (endedBy(signal) === name) listener();
      };
      if (signal.aborted) queueMicrotask(heard);
      else signal.addEventListener('abort', heard);
      return stops.set(listener, () => signal.removeEventListener('abort', heard));
    },
    off(_name, listener) {
      stops.get(listener)?.();
    },
  };
}
