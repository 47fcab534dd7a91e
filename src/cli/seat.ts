import { TidewatchError } from '../model/errors.ts';
import type { CliIo } from './io.ts';
import { choosePaint, type Paint } from './output/paint.ts';
import { safeText } from './output/safe-text.ts';

/** Options every command takes; which ones make sense for it, it checks with {@link Seat.refuse}. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly token?: string;
  readonly ca?: string;
  readonly host?: string;
  readonly context?: string;
  readonly color: boolean;
}

/** Where a command sits while it runs: the world, the options given for it, and how it speaks. */
export interface Seat {
  readonly io: CliIo;
  readonly options: GlobalOptions;
  readonly paint: Paint;
  /** Columns to which tables are cut; `undefined` where the output is no terminal. */
  readonly width: number | undefined;
  /** A line of the result. The caller has made it harmless. */
  print(line: string): void;
  /** One JSON document, or one object of a stream, on a line of its own. */
  printJson(value: unknown): void;
  /** A remark on standard error: one line, made harmless. */
  note(line: string): void;
}

export function createSeat(io: CliIo, options: GlobalOptions): Seat {
  const { stdout, stderr } = io;
  return {
    io,
    options,
    paint: choosePaint({ isTty: stdout.isTty, color: options.color, env: io.env }),
    width: stdout.isTty ? stdout.size()?.columns : undefined,
    print: (line) => stdout.write(`${line}\n`),
    printJson: (value) => stdout.write(`${JSON.stringify(value)}\n`),
    note: (line) => stderr.write(`tidewatch: ${safeText(line)}\n`),
  };
}

const SPELLING = { url: '--url', token: '--token', ca: '--ca', host: '--host', context: '--context' } as const;

/** Throws `usage` when an option was given that the command cannot follow: nothing said is ignored in silence. */
export function refuseOptions(
  command: string,
  options: GlobalOptions,
  refused: Readonly<Partial<Record<keyof typeof SPELLING, string>>>,
): void {
  for (const name of ['url', 'token', 'ca', 'host', 'context'] as const) {
    const why = refused[name];
    if (why !== undefined && options[name] !== undefined) {
      throw new TidewatchError('usage', `${command} takes no ${SPELLING[name]}: ${why}`);
    }
  }
}

const ASKS_THE_DAEMON = 'it asks the daemon, which has its own engine (engine.host); --url chooses the daemon';

/** For commands that only the daemon can do. */
export function refuseEngineOptions(command: string, options: GlobalOptions): void {
  refuseOptions(command, options, { host: ASKS_THE_DAEMON, context: ASKS_THE_DAEMON });
}
