import { toTidewatchError } from '../model/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Config } from './config/keys.ts';
import type { Daemon } from './daemon.ts';

/** What sends signals: the process. */
export interface SignalSource {
  on(signal: DaemonSignal, listener: () => void): unknown;
  off(signal: DaemonSignal, listener: () => void): unknown;
}

export type DaemonSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface SignalOptions {
  /** Reads the configuration again, on SIGHUP. Throws `config_invalid`. */
  readonly loadConfig: () => Config;
  readonly logger: Logger;
  readonly source?: SignalSource;
  /** Ends the process at once. */
  readonly exit?: (code: number) => void;
}

/** 128 + SIGINT, as a shell tells it. */
const INTERRUPTED = 130;

/**
 * Keeps a started daemon until SIGINT or SIGTERM, then stops it and resolves. SIGHUP reads the configuration again; a wrong
 * one is logged and the old one stays. A second SIGINT ends the process without waiting.
 */
export async function runUntilSignalled(daemon: Daemon, options: SignalOptions): Promise<void> {
  const { source = process, exit = (code) => process.exit(code), logger } = options;
  const listeners = new Map<DaemonSignal, () => void>();
  let isStopping = false;
  await new Promise<void>((resolve) => {
    const stop = (signal: DaemonSignal) => () => {
      if (isStopping && signal === 'SIGINT') return exit(INTERRUPTED);
      if (isStopping) return;
      isStopping = true;
      logger.info('stopping', { signal });
      daemon.stop().then(resolve, resolve);
    };
    listeners.set('SIGINT', stop('SIGINT'));
    listeners.set('SIGTERM', stop('SIGTERM'));
    listeners.set('SIGHUP', () => reload(daemon, options));
    for (const [signal, listener] of listeners) source.on(signal, listener);
  });
  for (const [signal, listener] of listeners) source.off(signal, listener);
}

function reload(daemon: Daemon, { loadConfig, logger }: SignalOptions): void {
  try {
    daemon.reload(loadConfig());
  } catch (thrown) {
    const error = toTidewatchError(thrown, 'config_invalid');
    logger.error('the configuration was not read again; the old one stays', { error });
  }
}
