/**
 * What Tidewatch needs of a logger: message first, fields second, as `console` and winston take them as they are; for
 * pino see `daemon/pino-logger.ts`.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Named values of a log line. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Says nothing: the default of the library. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** The same logger, but what it throws or rejects with stays its own affair. */
export function guardedLogger(logger: Logger): Logger {
  const guard = (level: keyof Logger) => (message: string, fields?: LogFields) => {
    try {
      const told: unknown = logger[level](message, fields);
      if (told instanceof Promise) told.catch(() => {});
    } catch {
      // There is nowhere left to say it.
    }
  };
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') };
}
