import { describe, expect, it } from 'vitest';
import { silentLogger } from '../runtime/logger.ts';
import { running, startScripted } from './scripted-tracker.contract.ts';
import { Tracker } from './tracker.ts';

describe('the options of a tracker', () => {
  it.each([
    [undefined, 'it is missing'],
    [{}, 'it is missing'],
    [{ engine: null }, 'it is missing'],
    [{ engine: 'unix:///var/run/docker.sock' }, 'what was given is none'],
  ])('%j has no engine, which is said', (options, said) => {
    const make = () => new Tracker(options as never);
    expect(make).toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(said) }));
  });

  it('what cannot log is no logger, and the one before stays', async () => {
    const { tracker } = await startScripted();
    const refused = expect.objectContaining({ code: 'config_invalid' });
    expect(() => tracker.setLogger(null as never)).toThrow(refused);
    expect(() => tracker.setLogger({ info() {} } as never)).toThrow(/missing: debug, warn, error/);
    await tracker.stop();
  });

  it('a logger that throws or rejects breaks nothing', async () => {
    const fail = () => {
      throw new Error('the log is full');
    };
    const logger = { ...silentLogger, info: fail, warn: fail, error: () => Promise.reject(new Error('gone')) };
    const { tracker } = await startScripted((engine) => engine.put('a1', running), { logger });
    tracker.onStateChange(fail);
    await tracker.archiveWorkspace('container:a1');
    await tracker.stop();
    expect(tracker.getStats()).toMatchObject({ engine: { state: 'stopped' }, callbackErrors: 1 });
  });
});
