import { EventEmitter } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import { silentLogger } from '../runtime/logger.ts';
import { configDefaults } from './config/load-config.ts';
import type { Daemon } from './daemon.ts';
import { runUntilSignalled } from './signals.ts';

function setUp(loadConfig = () => configDefaults({ env: {}, home: '/' })) {
  const source = new EventEmitter();
  const exits: number[] = [];
  const errors: string[] = [];
  let finish = () => {};
  const stop = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  const reload = vi.fn(() => ({ applied: [], needRestart: [] }));
  const daemon = { stop, reload } as unknown as Daemon;
  const logger = { ...silentLogger, error: (message: string) => void errors.push(message) };
  const running = runUntilSignalled(daemon, { source, logger, loadConfig, exit: (code) => void exits.push(code) });
  return { source, exits, errors, stop, reload, running, finish: () => finish() };
}

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM'])('%s stops the daemon once, and nothing listens afterwards', async (signal) => {
    const { source, stop, running, finish, exits } = setUp();
    source.emit(signal);
    source.emit('SIGTERM');
    expect(stop).toHaveBeenCalledTimes(1);
    finish();
    await running;
    expect(source.eventNames()).toEqual([]);
    expect(exits).toEqual([]);
  });

  test('a second SIGINT ends the process at once', () => {
    const { source, exits } = setUp();
    source.emit('SIGTERM');
    source.emit('SIGINT');
    expect(exits).toEqual([130]);
  });

  test('SIGHUP reads the configuration again; a wrong one changes nothing and is told', () => {
    const good = setUp();
    good.source.emit('SIGHUP');
    expect(good.reload).toHaveBeenCalledTimes(1);
    const bad = setUp(() => {
      throw new TidewatchError('config_invalid', 'tidewatch.yaml:1:1: x: unknown key');
    });
    bad.source.emit('SIGHUP');
    expect(bad.reload).not.toHaveBeenCalled();
    expect(bad.stop).not.toHaveBeenCalled();
    expect(bad.errors).toHaveLength(1);
  });
});
