import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { createPinoLogger } from './pino-logger.ts';

function logger(format: 'text' | 'json', level: 'debug' | 'info' = 'info') {
  const lines: string[] = [];
  const log = createPinoLogger({ level, format, clock: new FakeClock(), write: (line) => lines.push(line) });
  return { log, lines };
}

describe('text', () => {
  test('is one line for people', () => {
    const { log, lines } = logger('text');
    log.warn('it happened', { id: 'shop', count: 3, what: 'two words', none: null });
    log.info('plain');
    expect(lines).toEqual([
      '2026-01-01T00:00:00.000Z WARN  it happened  id=shop count=3 what="two words" none=null\n',
      '2026-01-01T00:00:00.000Z INFO  plain\n',
    ]);
  });

  test('whatever comes from outside cannot move the cursor, turn the text round or begin a line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, value) => {
        const { log, lines } = logger('text');
        log.info(message, { value });
        expect(lines).toHaveLength(1);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(lines[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

test('JSON is one object a line with the level by name', () => {
  const { log, lines } = logger('json');
  log.error('x\ny', { id: 1 });
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'error',
    time: '2026-01-01T00:00:00.000Z',
    id: 1,
    message: 'x\ny',
  });
});

test('lines below the level are left out, and the level can change', () => {
  const { log, lines } = logger('text');
  log.debug('no');
  log.setLevel('debug');
  log.debug('yes');
  log.setLevel('error');
  log.warn('no');
  expect(lines.map((line) => line.trim().split(' ').at(-1))).toEqual(['yes']);
});

test('an error on purpose has code and message, a defect also its stack, odd values no harm', () => {
  const { log, lines } = logger('json');
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  log.error('a', { error: new TidewatchError('listen_failed', 'in use') });
  log.error('b', { error: new TypeError('oops') });
  log.error('c', { error: 'text', loop, big: 10n, nothing: undefined });
  const [a, b] = lines.map((line) => JSON.parse(line));
  expect(a.error).toEqual({ code: 'listen_failed', message: 'in use' });
  expect(b.error.stack).toContain('pino-logger.test');
  expect(lines).toHaveLength(3);
});
