import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatListenAddress, parseListenAddress } from '../../runtime/listen-address.ts';
import { nearestName } from '../../runtime/nearest-name.ts';
import type { ConfigKeySpec } from './config-key.ts';
import { renderConfigReference } from './config-reference.ts';
import { CONFIG_KEY_NAMES, CONFIG_KEYS, envNameOf, flagNameOf } from './keys.ts';
import { configDefaults } from './load-config.ts';
import { readYamlValues } from './yaml-values.ts';

const context = { baseDir: '/base', home: '/home/me' };

describe('reading YAML', () => {
  test('never throws, and every problem is one line that begins with the file', () => {
    const piece = fc.constantFrom(
      'listen',
      'engine',
      ':',
      ' ',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '"',
      '&a',
      '*a',
      '- ',
      '? ',
      'tls',
      '#',
      '|',
      '__proto__',
      '\0',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
        ),
        (yaml) => {
          const { problems } = readYamlValues(yaml, { name: 'f.yaml', dir: '/' });
          for (const problem of problems) expect(problem).toMatch(/^f\.yaml(:\d+:\d+)?: .+$/);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a section or a key called __proto__ pollutes nothing', () => {
    const { problems, values } = readYamlValues('__proto__: { listen: x }\nengine: { __proto__: { host: y } }\n', {
      name: 'f',
      dir: '/',
    });
    expect(problems).toHaveLength(2);
    expect(values).toEqual([]);
    expect(({} as Record<string, unknown>).listen).toBeUndefined();
  });
});

describe('every key', () => {
  test.each([...CONFIG_KEY_NAMES])('%s takes or refuses anything without throwing, in one line', (key) => {
    const { kind }: ConfigKeySpec<unknown> = CONFIG_KEYS[key];
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: false }), (raw) => {
        const outcome = kind.parse(raw, context);
        if ('wrong' in outcome) expect(outcome.wrong).toMatch(/^[^\n]+$/);
      }),
    );
  });

  test.each([...CONFIG_KEY_NAMES])('%s takes its own default', (key) => {
    const { kind, fallbackText }: ConfigKeySpec<unknown> = CONFIG_KEYS[key];
    const value = configDefaults({ env: {}, home: '/home/me' })[key];
    if (value === null || key === 'dataDir') return;
    const raw = Array.isArray(value) ? value : fallbackText;
    expect(kind.parse(raw, context)).toEqual({ value });
  });

  test('variables and flags are the key in other spelling', () => {
    expect(envNameOf('tracker.syncInterval')).toBe('TIDEWATCH_TRACKER_SYNC_INTERVAL');
    expect(envNameOf('dataDir')).toBe('TIDEWATCH_DATA_DIR');
    expect(flagNameOf('engine.tls.verify')).toBe('--engine-tls-verify');
    for (const name of [envNameOf, flagNameOf]) {
      expect(new Set(CONFIG_KEY_NAMES.map(name)).size).toBe(CONFIG_KEY_NAMES.length);
    }
  });

  test('the reference has every key with variable and flag', () => {
    const reference = renderConfigReference();
    for (const key of CONFIG_KEY_NAMES) {
      expect(reference).toContain(`## ${key}\n`);
      expect(reference).toContain(`\`${envNameOf(key)}\` | \`${flagNameOf(key)}\``);
    }
  });
});

describe('listen addresses', () => {
  test('what is formatted is read back', () => {
    const port = fc.integer({ min: 0, max: 65_535 });
    const host = fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((ip) => !ip.includes('%')),
      fc.domain(),
    );
    fc.assert(
      fc.property(host, port, (name, number) => {
        const address = { kind: 'tcp' as const, host: name, port: number };
        expect(parseListenAddress(formatListenAddress(address))).toEqual(address);
      }),
    );
  });

  test.each([
    '',
    ':',
    ':80',
    'a:b',
    'a:',
    '[::1]',
    '[zz]:1',
    'http://x:1',
    'unix:',
    'unix:relative',
    `unix:/${'x'.repeat(200)}`,
    '1.2.3.4:65536',
  ])('%j is refused', (text) => expect(parseListenAddress(text)).toBeUndefined());
});

test('the nearest name is near, or none is given', () => {
  const names = ['listen', 'tracker.syncInterval', 'tracker.maxRetries'];
  expect(nearestName('Listen', names)).toBe('listen');
  expect(nearestName('maxRetrys', names)).toBe('tracker.maxRetries');
  expect(nearestName('x', names)).toBeUndefined();
  fc.assert(fc.property(fc.string(), (wrong) => [...names, undefined].includes(nearestName(wrong, names))));
});
