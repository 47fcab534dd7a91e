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

const LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly (keyof Logger)[];

/** The logger of somebody else, made harmless: see {@link guardedLogger}. `refuse` is told why it cannot log, and throws. */
export function checkedLogger(logger: Logger, refuse: (problem: string) => never): Logger {
  const given: Partial<Logger> | null | undefined = logger;
  const missing = LEVELS.filter((level) => typeof given?.[level] !== 'function');
  if (missing.length === 0) return guardedLogger(logger);
  return refuse(
    `a logger needs the functions ${LEVELS.join(', ')}; missing: ${missing.join(', ')}. To log nothing, give functions that do nothing`,
  );
}

/** The same logger, but what it throws or rejects with stays its own affair. */
function guardedLogger(logger: Logger): Logger {
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
