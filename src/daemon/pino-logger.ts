import pino from 'pino';
import { TidewatchError } from '../model/errors.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { toIso } from '../runtime/iso.ts';
import type { LogFields, Logger } from '../runtime/logger.ts';
import { formatLogLine } from './log-line.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface PinoLoggerOptions {
  readonly level: LogLevel;
  /** `text`: a line for people. `json`: one object a line. */
  readonly format: 'text' | 'json';
  /** Where lines go; standard error unless given. */
  readonly write?: (line: string) => void;
  readonly clock?: Clock;
}

/** A logger whose level can be changed while it runs. */
export interface LeveledLogger extends Logger {
  setLevel(level: LogLevel): void;
}

/** The daemon's log, by pino. */
export function createPinoLogger(options: PinoLoggerOptions): LeveledLogger {
  const { level, format, clock = systemClock, write = standardError() } = options;
  const log = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${toIso(clock.now())}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: errorFields },
    },
    { write: format === 'json' ? write : (line) => write(formatLogLine(line)) },
  );
  const at = (name: LogLevel) => (message: string, fields?: LogFields) => log[name](fields ?? {}, message);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    setLevel: (next) => {
      log.level = next;
    },
  };
}

/** Written at once, so that nothing is lost when the process dies; a reader that went away is no reason to end. */
function standardError(): (line: string) => void {
  const destination = pino.destination({ dest: 2, sync: true });
  destination.on('error', () => {});
  return (line) => void destination.write(line);
}

/** An error on purpose says all with its code and message; the stack is for defects. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof TidewatchError) return { code: error.code, message: error.message };
  return { message: error.message, stack: error.stack };
}
