import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EventSchema } from '../../src/api/contract/event-schemas.ts';
import { CLIENT_FRAMES } from '../../src/api/contract/live-frames.ts';
import type { RouteSpec } from '../../src/api/contract/route-spec.ts';
import { ROUTES } from '../../src/api/contract/routes.ts';
import { ProblemSchema } from '../../src/api/contract/status-schemas.ts';
import { CONFIG_KEYS } from '../../src/daemon/config/keys.ts';
import { loadConfig } from '../../src/daemon/config/load-config.ts';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { MAIN, type ServingTidewatch, serveTidewatch, surroundings } from '../support/tidewatch-process.ts';
import { codeBlocksOf, guideFiles } from './code-blocks.ts';

/** TypeScript has its own test (examples.test.ts); these show what comes out, or are for other programs. */
const NOT_OURS = new Set(['ts', 'console', 'promql', 'nginx', 'caddy']);
const OURS = new Set(['sh', 'json', 'yaml']);

const blocks = guideFiles().flatMap(codeBlocksOf);
const named = (language: string) =>
  blocks
    .filter((block) => block.language === language && block.notRun === null)
    .map((block) => ({ ...block, where: `${block.file}:${block.line}` }));

const newFolder = () => mkdtemp(join(tmpdir(), 'tidewatch-blocks-'));

/** Of what a route answers, or of something with a name. */
function schemaOf(name: string): TSchema {
  const route: RouteSpec | undefined = new Map<string, RouteSpec>(Object.entries(ROUTES)).get(name);
  const schema = route?.answer.schema ?? { Event: EventSchema, Problem: ProblemSchema, ...CLIENT_FRAMES }[name];
  if (schema === undefined) throw new Error(`there is no schema ${name}`);
  return schema;
}

describe('blocks of code in the documents', () => {
  it('are all of a language that is checked, or that is known not to be', () => {
    const strange = blocks.filter(({ language }) => !OURS.has(language) && !NOT_OURS.has(language));
    expect(strange.map(({ file, line, language }) => `${file}:${line}: ${language}`)).toEqual([]);
    const unclear = blocks.filter(({ mark, notRun, of }) => mark !== '' && !notRun && of === null);
    expect(unclear.map(({ file, line, mark }) => `${file}:${line}: ${mark}`)).toEqual([]);
  });

  it.each(named('json'))('in JSON are JSON, of the schema they name: $where', ({ code, of }) => {
    const value = JSON.parse(code);
    if (of !== null) expect([...Value.Errors(schemaOf(of), value)]).toEqual([]);
  });
});

describe('blocks of YAML', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await newFolder();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The first words of our keys. */
  const sections = new Set(Object.keys(CONFIG_KEYS).map((key) => key.split('.')[0] ?? ''));

  it.each(named('yaml'))('are YAML, and configuration where they look like it: $where', async ({ code, file }) => {
    const keys = Object.keys(parse(code) as object);
    if (!keys.every((key) => sections.has(key))) {
      expect(
        keys.filter((key) => sections.has(key)),
        `${file} mixes our keys with others`,
      ).toEqual([]);
      return;
    }
    const path = join(folder, 'tidewatch.yaml');
    await writeFile(path, code);
    await writeFile(join(folder, 'ci.secret'), 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n');
    expect(loadConfig({ env: {}, cwd: folder, home: folder, file: path }).file).toBe(path);
  });
});

const missing = await access(MAIN).then(
  () => null,
  () => 'dist/ is not built; run make build',
);

/** Places of a machine that a reader has, and a test must leave alone. */
const PLACES = ['/mnt/backup', '/etc/tidewatch', '/etc/prometheus'];

/** What goes on until it is ended is followed for a moment; refusals fail. */
const CURL = `#!/bin/bash
if [[ " $* " == *" -N "* ]]; then
  "$REAL_CURL" -sS --fail --max-time 2 "$@" || { code=$?; [[ $code == 28 ]] || exit "$code"; }
else
  exec "$REAL_CURL" -sS --fail "$@"
fi
`;

const TIDEWATCH = `#!/bin/bash
if [[ " $* " == *" --follow "* ]]; then
  timeout 3 ${process.execPath} ${MAIN} "$@" || { code=$?; [[ $code == 124 ]] || exit "$code"; }
else
  exec ${process.execPath} ${MAIN} "$@"
fi
`;

describeUnless(missing, 'commands in the documents', () => {
  const run = promisify(execFile);
  let folder: string;
  let engine: FakeEngine;
  let daemon: ServingTidewatch;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await newFolder();
    const home = folder;
    engine = await FakeEngine.listen();
    engine.run({ name: 'shop-web-1', labels: { 'com.docker.compose.project': 'shop' } });
    engine.run({ name: 'shop', labels: { 'tidewatch.workspace': 'shop' } });
    await writeFile(
      join(home, 'hooks.yaml'),
      'webhooks: { ci: { url: "http://127.0.0.1:9/", secret: 0123456789abcdefghijklmn } }\n',
    );
    daemon = await serveTidewatch({
      folder: home,
      dataDir: join(home, '.local/state/tidewatch'),
      args: ['--config', join(home, 'hooks.yaml')],
      env: { DOCKER_HOST: engine.host },
    });
    const { stdout } = await run('sh', ['-c', 'command -v curl']);
    const bin = join(home, 'bin');
    for (const place of [bin, ...PLACES.map((path) => home + path)]) await mkdir(place, { recursive: true });
    await writeFile(join(bin, 'curl'), CURL);
    await writeFile(join(bin, 'tidewatch'), TIDEWATCH);
    for (const name of ['curl', 'tidewatch']) await chmod(join(bin, name), 0o755);
    await symlink(resolve('dist'), join(home, 'dist'));
    const { address } = daemon.introduction;
    const token = (await run('cat', [join(daemon.dataDir, 'admin-token')])).stdout.trim();
    env = {
      ...surroundings(home),
      ...{ TIDEWATCH_URL: address, API: `${address}/api/v1`, TOKEN: token, REAL_CURL: stdout.trim() },
      PATH: `${bin}:${process.env.PATH ?? ''}`,
    };
  }, 120_000);
  afterAll(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await engine?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** With this daemon for the usual one, and places of this test for those of a machine. */
  function here(code: string): string {
    const script = code.replaceAll('http://127.0.0.1:7420', daemon.introduction.address);
    return PLACES.reduce((text, place) => text.replaceAll(place, folder + place), script);
  }

  it.each(named('sh'))(
    'work: $where',
    async ({ code }) => {
      const ended = run('bash', ['-euo', 'pipefail', '-c', here(code)], { cwd: folder, env, timeout: 110_000 });
      const failure = await ended.then(
        () => null,
        (error: { stdout: string; stderr: string }) => `${error.stdout}\n${error.stderr}`,
      );
      expect(failure).toBeNull();
    },
    120_000,
  );
});
