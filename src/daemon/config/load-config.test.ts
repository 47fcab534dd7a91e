import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TidewatchError } from '../../model/errors.ts';
import { CONFIG_KEY_NAMES } from './keys.ts';
import { type ConfigSources, configDefaults, loadConfig } from './load-config.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tidewatch-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(yaml: string | null, sources: ConfigSources = {}) {
  if (yaml !== null) writeFileSync(join(cwd, 'tidewatch.yaml'), yaml);
  return loadConfig({ env: {}, cwd, home: cwd, ...sources });
}

function problemsOf(yaml: string | null, sources: ConfigSources = {}): string[] {
  try {
    load(yaml, sources);
  } catch (error) {
    expect(error).toBeInstanceOf(TidewatchError);
    expect((error as TidewatchError).code).toBe('config_invalid');
    return (error as TidewatchError).message.split('\n');
  }
  return [];
}

describe('sources', () => {
  test('without any source the defaults hold', () => {
    const { config, file } = load(null);
    expect(file).toBeNull();
    expect(config).toEqual(configDefaults({ env: {}, home: cwd }));
    expect(config).toMatchObject({ listen: '127.0.0.1:7420', 'tracker.syncInterval': 30_000, store: 'sqlite' });
    expect(config.dataDir).toBe(join(cwd, '.local/state/tidewatch'));
    expect(Object.keys(config).sort()).toEqual([...CONFIG_KEY_NAMES].sort());
  });

  test.each(['', '# nothing but a comment\n', '---\n', 'null\n', 'engine:\n', 'engine: {}\n'])(
    'a file that says nothing (%j) is fine',
    (yaml) => {
      expect(load(yaml).config).toEqual(configDefaults({ env: {}, home: cwd }));
    },
  );

  test('flags win over variables, variables over the file, the file over defaults', () => {
    const yaml = 'listen: 127.0.0.1:1\ntracker: { maxRetries: 1, syncInterval: 1s }\nlog.level: warn\n';
    const env = { TIDEWATCH_LISTEN: '127.0.0.1:2', TIDEWATCH_TRACKER_MAX_RETRIES: '2' };
    const { config } = load(yaml, { env, flags: { '--listen': '127.0.0.1:3' } });
    expect(config).toMatchObject({
      listen: '127.0.0.1:3',
      'tracker.maxRetries': 2,
      'tracker.syncInterval': 1000,
      'log.level': 'warn',
    });
  });

  test('an empty variable counts as not set', () => {
    expect(load(null, { env: { TIDEWATCH_LISTEN: '' } }).config.listen).toBe('127.0.0.1:7420');
  });

  test('TIDEWATCH_CONFIG names the file, and a flag wins over it', () => {
    writeFileSync(join(cwd, 'a.yaml'), 'listen: 127.0.0.1:1');
    writeFileSync(join(cwd, 'b.yaml'), 'listen: 127.0.0.1:2');
    expect(load(null, { env: { TIDEWATCH_CONFIG: 'a.yaml' } }).config.listen).toBe('127.0.0.1:1');
    expect(load(null, { env: { TIDEWATCH_CONFIG: 'a.yaml' }, file: 'b.yaml' }).config.listen).toBe('127.0.0.1:2');
  });

  test.each([
    ['off', 'off'],
    ['"6h"', 21_600_000],
    ['false', 'off'],
  ])('a duration that may be off: %s', (given, value) => {
    expect(load(`monitor: { diskSizeInterval: ${given} }`).config['monitor.diskSizeInterval']).toBe(value);
  });

  test.each(['30s', '8d', 'never'])('a duration that may be off is not %s', (given) => {
    expect(problemsOf(`monitor: { diskSizeInterval: ${given} }`)).toEqual([
      `tidewatch.yaml:1:30: monitor.diskSizeInterval: expected a duration from 1m to 7d, as in 15s, 1m30s, 2h or off; got "${given}"`,
    ]);
  });

  test('a number that may be off, and is no other word', () => {
    expect(load('api: { rateLimit: off }').config['api.rateLimit']).toBe('off');
    expect(load(null, { env: { TIDEWATCH_API_RATE_LIMIT: '20' } }).config['api.rateLimit']).toBe(20);
    expect(problemsOf('api: { rateLimit: 0 }')).toEqual([
      'tidewatch.yaml:1:19: api.rateLimit: expected a whole number from 1 to 1000000, or off; got 0',
    ]);
  });

  test('a threshold is no more than its figure can reach', () => {
    expect(load('monitor: { thresholds: { memory: 100, cpu: 250 } }').config['monitor.thresholds.cpu']).toBe(250);
    expect(problemsOf('monitor: { thresholds: { memory: 101 } }')).toEqual([
      'tidewatch.yaml:1:34: monitor.thresholds.memory: expected a percentage above 0, at most 100, as in 80, a section with raise, clear, for, or off; got 101',
    ]);
  });

  test('a threshold may have a level to clear and a duration, for every metric', () => {
    const yaml = `monitor:
  thresholds:
    cpu: { raise: 80, clear: 70, for: 1m }
    memory: { raise: 90 % }
    networkRx: 50MiB
    diskWrite: { raise: 1.5 MB/s, for: 0s }
    ioPressure: 0.5
    pids: off
`;
    expect(load(yaml).config).toMatchObject({
      'monitor.thresholds.cpu': { raise: 80, clear: 70, for: 60_000 },
      'monitor.thresholds.memory': { raise: 90 },
      'monitor.thresholds.networkRx': 50 * 2 ** 20,
      'monitor.thresholds.diskWrite': { raise: 1_500_000, for: 0 },
      'monitor.thresholds.ioPressure': 0.5,
      'monitor.thresholds.pids': 'off',
      'monitor.thresholds.cpuPressure': 'off',
    });
    const env = { TIDEWATCH_MONITOR_THRESHOLDS_NETWORK_TX: '1GB' };
    expect(load(null, { env }).config['monitor.thresholds.networkTx']).toBe(1e9);
  });

  test.each([
    ['cpu: { raise: 80, claer: 70 }', '1:51', 'cpu.claer: unknown key; did you mean clear?'],
    ['cpu: { clear: 70 }', '1:31', 'cpu.raise: expected a percentage above 0, as in 80; got nothing'],
    [
      'cpu: { raise: 80, clear: 90 }',
      '1:51',
      'cpu.clear: expected a percentage from 0 to the one of raise, 80; got 90',
    ],
    [
      'cpu: { raise: 80, for: 30 }',
      '1:49',
      'cpu.for: expected a duration from 0s to 24h, as in 15s, 1m30s or 2h; got 30',
    ],
    ['cpu: { raise: 80, raise: 90 }', '1:44', 'cpu.raise: given twice, first at tidewatch.yaml:1:33'],
    [
      'ioPressure: 50',
      '1:38',
      'ioPressure: expected a ratio above 0, at most 1, as in 0.5, a section with raise, clear, for, or off; got 50',
    ],
    [
      'networkRx: 5 %',
      '1:37',
      'networkRx: expected bytes a second above 0, as in 50MiB, a section with raise, clear, for, or off; got "5 %"',
    ],
  ])('a threshold is not %s', (given, place, problem) => {
    expect(problemsOf(`monitor: { thresholds: { ${given} } }`)).toEqual([
      `tidewatch.yaml:${place}: monitor.thresholds.${problem}`,
    ]);
  });

  test('a named file that is not there is an error', () => {
    expect(problemsOf(null, { file: 'missing.yaml' })).toEqual([
      expect.stringMatching(/^missing\.yaml: the configuration file cannot be read: ENOENT/),
    ]);
  });

  test('the file of the XDG folder is read when the working directory has none', () => {
    mkdirSync(join(cwd, 'xdg/tidewatch'), { recursive: true });
    writeFileSync(join(cwd, 'xdg/tidewatch/tidewatch.yaml'), 'log: { level: debug }');
    expect(load(null, { env: { XDG_CONFIG_HOME: join(cwd, 'xdg') } }).config['log.level']).toBe('debug');
  });

  test('relative paths are relative to the file that has them, else to the working directory', () => {
    mkdirSync(join(cwd, 'etc'));
    writeFileSync(join(cwd, 'etc/t.yaml'), 'dataDir: data\nengine: { tls: { ca: ~/ca.pem } }\n');
    const { config } = load(null, { file: 'etc/t.yaml' });
    expect(config.dataDir).toBe(join(cwd, 'etc/data'));
    expect(config['engine.tls.ca']).toBe(join(cwd, 'ca.pem'));
    expect(load(null, { env: { TIDEWATCH_DATA_DIR: 'data' } }).config.dataDir).toBe(join(cwd, 'data'));
  });

  test('anchors and aliases work', () => {
    const yaml = 'engine: { host: &h "tcp://10.0.0.1:2375" }\ntracker: { workspaceLabels: [*h] }\n';
    expect(load(yaml).config['tracker.workspaceLabels']).toEqual(['tcp://10.0.0.1:2375']);
  });
});

describe('values', () => {
  test.each([
    ['listen', '7420', '7420'],
    ['listen', '[::1]:80', '[::1]:80'],
    ['listen', 'unix:/run/tidewatch.sock', 'unix:/run/tidewatch.sock'],
    ['tracker.syncInterval', '1m30s', 90_000],
    ['tracker.maxRetries', '0', 0],
    ['tracker.workspaceLabels', 'a, b', ['a', 'b']],
    ['engine.tls.verify', 'false', false],
    ['store', 'memory:', 'memory:'],
    ['log.format', 'json', 'json'],
  ])('%s takes %j', (key, raw, value) => {
    expect(load(null, { flags: { [key]: raw } }).config).toHaveProperty([key], value);
  });

  test('a list may be written as a list', () => {
    expect(load('allowedHosts: [a.example, b.example]').config.allowedHosts).toEqual(['a.example', 'b.example']);
  });
});

describe('mistakes are told with file, line, key, what was expected and the nearest name', () => {
  test.each([
    [
      'tracker:\n  syncIntervall: 15s\n',
      'tidewatch.yaml:2:3: tracker.syncIntervall: unknown key; did you mean tracker.syncInterval?',
    ],
    ['lisen: 127.0.0.1:1\n', 'tidewatch.yaml:1:1: lisen: unknown key; did you mean listen?'],
    ['trackr: { maxRetries: 1 }\n', 'tidewatch.yaml:1:1: trackr: unknown key; did you mean tracker?'],
    ['syncInterval: 15s\n', 'tidewatch.yaml:1:1: syncInterval: unknown key; did you mean tracker.syncInterval?'],
    ['colour: green\n', 'tidewatch.yaml:1:1: colour: unknown key'],
    [
      'tracker:\n  syncInterval: 30\n',
      'tidewatch.yaml:2:17: tracker.syncInterval: expected a duration from 100ms to 24h, as in 15s, 1m30s or 2h; got 30',
    ],
    [
      'tracker: { syncInterval: -5s }\n',
      'tidewatch.yaml:1:26: tracker.syncInterval: expected a duration from 100ms to 24h, as in 15s, 1m30s or 2h; got "-5s"',
    ],
    [
      'tracker: { maxRetries: many }\n',
      'tidewatch.yaml:1:24: tracker.maxRetries: expected a whole number from 0 to 1000; got "many"',
    ],
    [
      'listen:\n',
      'tidewatch.yaml:1:8: listen: expected HOST:PORT, [IPv6]:PORT, PORT or unix:/path/of/socket; got nothing',
    ],
    [
      'listen: { port: 1 }\n',
      'tidewatch.yaml:1:9: listen: expected HOST:PORT, [IPv6]:PORT, PORT or unix:/path/of/socket; got a section',
    ],
    [
      'listen: 127.0.0.1:99999\n',
      'tidewatch.yaml:1:9: listen: expected HOST:PORT, [IPv6]:PORT, PORT or unix:/path/of/socket; got "127.0.0.1:99999"',
    ],
    ['engine: unix:///var/run/docker.sock\n', 'tidewatch.yaml:1:9: engine: expected a section with host, context, tls'],
    [
      'log: { level: debgu }\n',
      'tidewatch.yaml:1:15: log.level: expected one of: debug, info, warn, error; got "debgu"; did you mean debug?',
    ],
    [
      'store: postgres://db/x\n',
      'tidewatch.yaml:1:8: store: "postgres://db/x" is not available yet in this version; use one of: sqlite, memory:',
    ],
    [
      'alerts:\n  email: a@b\n',
      'tidewatch.yaml:1:1: alerts: not available yet in this version of Tidewatch; take it out',
    ],
    [
      'metrics: { retention: { raw: 7 } }\n',
      'tidewatch.yaml:1:30: metrics.retention.raw: expected a duration from 1h to 3650d, as in 15s, 1m30s, 2h or forever; got 7',
    ],
    [
      'metrics: { maxSize: 5 Megabytes }\n',
      'tidewatch.yaml:1:21: metrics.maxSize: expected a size from 1MiB to 1TiB, as in 512MiB or 2GiB; got "5 Megabytes"',
    ],
    [
      'metrics: { timeZone: Seoul }\n',
      'tidewatch.yaml:1:22: metrics.timeZone: expected the IANA name of a time zone, as in Asia/Seoul or UTC; got "Seoul"',
    ],
    ['listen: 7420\nlisten: 7421\n', 'tidewatch.yaml:2:1: listen: given twice, first at tidewatch.yaml:1:1'],
    [
      'log: { level: info }\nlog.level: warn\n',
      'tidewatch.yaml:2:1: log.level: given twice, first at tidewatch.yaml:1:8',
    ],
    [
      'engine: { tls: { cert: a.pem } }\n',
      'tidewatch.yaml:1:24: engine.tls: cert and key belong together; only one of them is given',
    ],
    ['tls.key: k.pem\n', 'tidewatch.yaml:1:10: tls: cert and key belong together; only one of them is given'],
    ['- listen\n', 'tidewatch.yaml:1:1: expected keys and values, as in "listen: 127.0.0.1:7420"'],
    ['? [a, b]\n: c\n', 'tidewatch.yaml:1:3: expected a key that is a name'],
    ['dataDir: "a\\u0007b"\n', 'tidewatch.yaml:1:10: dataDir: expected one line of text without control characters'],
  ])('%j', (yaml, problem) => {
    expect(problemsOf(yaml)).toEqual([problem]);
  });

  test('all mistakes are told at once, one line each', () => {
    const yaml = 'lisen: x\nlog: { level: loud }\ntracker:\n  maxRetries: -1\n';
    const problems = problemsOf(yaml, { env: { TIDEWATCH_LISTEN: 'nowhere' }, flags: { store: 'redis' } });
    expect(problems.map((line) => line.split(': ', 2).join(' '))).toEqual([
      'tidewatch.yaml:1:1 lisen',
      'tidewatch.yaml:2:15 log.level',
      'tidewatch.yaml:4:15 tracker.maxRetries',
      'TIDEWATCH_LISTEN listen',
      '--store store',
    ]);
  });

  test.each(['a: [1, 2\n', 'a: "b\n', 'listen: *nobody\n', 'a: b: c\n', '\ttab: 1\n', 'a: 1\n--- \nb: 2\n'])(
    'a YAML syntax error (%j) is told with its line',
    (yaml) => {
      const problems = problemsOf(yaml);
      expect(problems.length).toBeGreaterThan(0);
      for (const problem of problems) expect(problem).toMatch(/^tidewatch\.yaml:\d+:\d+: \S/);
    },
  );

  test.each([
    [
      '\ttab: 1\n',
      'tidewatch.yaml:1:1: not valid YAML: Tabs are not allowed as indentation: indent with spaces instead',
    ],
    [
      'log:\n  level: a: b\n',
      'tidewatch.yaml:2:10: not valid YAML: Nested mappings are not allowed in compact mappings: write one "key: value" a line, indent the keys of a section alike, and put a value that holds ": " in quotes',
    ],
    [
      'listen: @here\n',
      "tidewatch.yaml:1:9: not valid YAML: Plain value cannot start with reserved character @: put the value in quotes, as in '@name'",
    ],
    [
      'listen: !!port 7420\n',
      'tidewatch.yaml:1:9: not valid YAML: Unresolved tag: tag:yaml.org,2002:port: take the tag (!…) away, or put the value in quotes',
    ],
    [
      'listen: 127.0.0.1:1\n---\nlog: { level: debug }\n',
      'tidewatch.yaml:2:1: not valid YAML: Source contains multiple documents: keep one document: take the line --- and what belongs to the others away',
    ],
    [
      'listen: *nobody\n',
      'tidewatch.yaml:1:9: listen: there is no anchor nobody: set one before, or put a value that begins with * in quotes',
    ],
  ])('a YAML syntax error (%j) says what to do', (yaml, problem) => {
    expect(problemsOf(yaml)).toContain(problem);
  });

  test('an alias bomb is refused', () => {
    const levels = Array.from({ length: 9 }, (_, i) =>
      `  - &l${i} [${`*l${i - 1}, `.repeat(9)}]`.replaceAll('*l-1', 'x'),
    );
    expect(problemsOf(`tracker:\n workspaceLabels:\n${levels.join('\n')}\n`).length).toBe(1);
  });

  test('a file that is no text or too large is told, not read', () => {
    writeFileSync(join(cwd, 'binary.yaml'), Buffer.from([0, 255, 254, 1, 2]));
    expect(problemsOf(null, { file: 'binary.yaml' })[0]).toMatch(/^binary\.yaml/);
    writeFileSync(join(cwd, 'large.yaml'), Buffer.alloc(1_048_577, 32));
    expect(problemsOf(null, { file: 'large.yaml' })).toEqual([
      'large.yaml: larger than 1 MiB; not a configuration file',
    ]);
    expect(problemsOf(null, { file: '.' })[0]).toContain('cannot be read');
  });
});

describe('mistakes outside the file', () => {
  test.each([
    [{ TIDEWATCH_LISTN: 'x' }, 'TIDEWATCH_LISTN: unknown variable; did you mean TIDEWATCH_LISTEN?'],
    [
      { TIDEWATCH_ALERTS_EMAIL: 'a@b' },
      'TIDEWATCH_ALERTS_EMAIL: not available yet in this version of Tidewatch; take it out',
    ],
    [
      { TIDEWATCH_LOG_LEVEL: 'x' },
      'TIDEWATCH_LOG_LEVEL: log.level: expected one of: debug, info, warn, error; got "x"',
    ],
  ])('%j', (env, problem) => {
    expect(problemsOf(null, { env })).toEqual([problem]);
  });

  test('variables of the client, of tests and of Kubernetes services are not ours to judge', () => {
    const env = {
      TIDEWATCH_URL: 'http://x',
      TIDEWATCH_TOKEN: 't',
      TIDEWATCH_TEST_ENGINE: 'x',
      TIDEWATCH_SERVICE_HOST: '10.0.0.1',
      TIDEWATCH_PORT: 'tcp://10.0.0.1:7420',
      TIDEWATCH_PORT_7420_TCP_ADDR: '10.0.0.1',
      TIDEWATCH_WEB_SERVICE_PORT_HTTP: '80',
    };
    expect(problemsOf(null, { env })).toEqual([]);
  });

  test('an unknown flag is told with the nearest one', () => {
    expect(problemsOf(null, { flags: { '--data-dri': 'x' } })).toEqual([
      '--data-dri: unknown flag; did you mean --data-dir?',
    ]);
  });
});
