import { Command, CommanderError, type Help, type Option } from 'commander';
import type { CommandBody, Run } from './command.ts';
import { addArchive } from './commands/archive.ts';
import { addAudit } from './commands/audit.ts';
import { addBackup } from './commands/backup.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvents } from './commands/events.ts';
import { addHistory } from './commands/history.ts';
import { addLs } from './commands/ls.ts';
import { addMcp } from './commands/mcp.ts';
import { addServe } from './commands/serve.ts';
import { addShow } from './commands/show.ts';
import { addSummary } from './commands/summary.ts';
import { addSync } from './commands/sync.ts';
import { addToken } from './commands/token.ts';
import { addTop } from './commands/top.ts';
import { addWatch } from './commands/watch.ts';
import { addWebhooks } from './commands/webhooks.ts';
import { describeFailure } from './failure.ts';
import type { CliIo } from './io.ts';
import { safeText } from './output/safe-text.ts';
import { createSeat, type GlobalOptions } from './seat.ts';
import { packageVersion } from './version.ts';

/** Wrong usage, as in contract and error table. */
const USAGE = 2;

/** As shells count an end by SIGINT. */
const INTERRUPTED = 130;

/** Runs one command line. Gives the exit code; never rejects. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  let exitCode = 0;
  const run: Run = <O>(body: CommandBody<O>) =>
    async function (this: Command, ...given: unknown[]) {
      const texts = given.slice(0, -2).map((argument) => argument as string);
      const seat = createSeat(io, program.opts<GlobalOptions>());
      const code = await body(seat, texts, this.opts() as O);
      exitCode = typeof code === 'number' ? code : 0;
    };
  const program: Command = createProgram(io, run);
  try {
    if (args.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : USAGE;
    if (io.signal.aborted) return INTERRUPTED;
    const failure = describeFailure(thrown);
    for (const line of failure.lines) io.stderr.write(`${line}\n`);
    return failure.exitCode;
  }
}

function createProgram(io: CliIo, run: Run): Command {
  const program: Command = new Command('tidewatch')
    .description('The true status of every workspace that runs in Docker.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--json', 'print JSON: one document, or one object a line for streams')
    .option('--url <url>', 'the daemon, or unix:/path (TIDEWATCH_URL; default http://127.0.0.1:7420)')
    .option('--token <token>', 'its token (TIDEWATCH_TOKEN; a daemon on this machine: read from its dataDir)')
    .option('--ca <file>', 'the authority that signed its certificate, PEM (TIDEWATCH_CA; default those of Node)')
    .option('--host <host>', 'look at this engine, as in DOCKER_HOST, and ask no daemon')
    .option('--context <name>', 'look at the engine of this Docker context, and ask no daemon')
    .option('--no-color', 'print no colours (NO_COLOR)')
    .helpCommand('help [command]', 'print the help of a command')
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', EXAMPLES);
  // Settings are inherited by commands made after them.
  program
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.size()?.columns ?? 100,
      getErrHelpWidth: () => io.stderr.size()?.columns ?? 100,
      outputError: (text, write) => write(usageLine(text, program.name())),
    });
  for (const add of COMMANDS) add(program, run);
  for (const command of program.commands) {
    const names = `${program.name()} ${command.name()}`;
    const outputError = (text: string, write: (line: string) => void) => write(usageLine(text, names));
    command.configureOutput({ ...command.configureOutput(), outputError });
  }
  return program;
}

const COMMANDS = [
  ...[addServe, addLs, addShow, addWatch, addTop, addSummary, addHistory],
  ...[addSync, addArchive, addEvents, addDoctor, addBackup, addToken, addAudit, addWebhooks, addMcp],
];

const EXAMPLES = `
Examples:
  tidewatch serve                 start the daemon and print the page's address
  tidewatch ls                    all workspaces
  tidewatch show shop             everything known of one
  tidewatch watch                 the same list, live
  tidewatch top                   who uses most
  tidewatch doctor                what is wrong with my set-up?

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such workspace, 4 daemon or engine unreachable, 5 not allowed.`;

/** Commands that look at an engine by themselves. */
const SEES_ENGINE = new Set(['ls', 'show', 'watch', 'top', 'summary', 'doctor', 'serve']);

/** Commands that need no daemon. */
const ASKS_NOBODY = new Set(['serve', 'backup', 'restore']);

/** Options that say how the daemon is asked. */
const ASKS_DAEMON = new Set(['--url', '--token', '--ca']);

/** Options of the program that mean something for this command. */
function visibleGlobalOptions(this: Help, command: Command): Option[] {
  const program = command.parent;
  if (program === null) return [];
  return program.options.filter(({ long }) => {
    if (long === '--version') return false;
    if (long === '--host' || long === '--context') return SEES_ENGINE.has(command.name());
    return !ASKS_NOBODY.has(command.name()) || !ASKS_DAEMON.has(long ?? '');
  });
}

/** Commander writes `error: unknown option '--jsn'\n(Did you mean --json?)`; errors here are one line. */
function usageLine(text: string, command: string): string {
  const said = text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  return `tidewatch: ${safeText(said)}. See: ${command} --help\n`;
}
