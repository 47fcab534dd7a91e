import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  dockerConfigDir,
  readCurrentContext,
  readDockerContext,
  readPem,
  type Surroundings,
} from './docker-context.ts';
import { faultOf } from './fault.contract.ts';

let home: string;
let surroundings: Surroundings;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tidewatch-context-'));
  surroundings = {
    ...{ env: {}, home, uid: 1000, platform: 'linux' as const, exists: existsSync },
    readFile: (path) => readFileSync(path, 'utf8'),
  };
});
afterEach(() => rm(home, { recursive: true, force: true }));

const hashOf = (name: string) => createHash('sha256').update(name).digest('hex');

async function write(path: string, text: string): Promise<string> {
  const file = join(home, '.docker', path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
  return file;
}

/** As `docker context create` does. */
const writeContext = (name: string, endpoints: unknown) =>
  write(`contexts/meta/${hashOf(name)}/meta.json`, JSON.stringify({ Name: name, Metadata: {}, Endpoints: endpoints }));

const writeTls = (name: string, file: string, text: string) =>
  write(`contexts/tls/${hashOf(name)}/docker/${file}`, text);

const read = (name: string) => readDockerContext(name, 'DOCKER_CONTEXT', surroundings);

describe('a context', () => {
  it('without TLS files is its host', async () => {
    await writeContext('far', { docker: { Host: 'ssh://ann@far', SkipTLSVerify: false } });
    expect(read('far')).toEqual({ host: 'ssh://ann@far', tls: null });
  });

  it('has the TLS files that are there', async () => {
    await writeContext('far', { docker: { Host: 'tcp://far:2376', SkipTLSVerify: false } });
    await writeTls('far', 'ca.pem', 'CA');
    expect(read('far').tls).toEqual({ ca: 'CA', cert: null, key: null, verify: true });
    await writeTls('far', 'cert.pem', 'CERT');
    await writeTls('far', 'key.pem', 'KEY');
    expect(read('far').tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY', verify: true });
  });

  it('is encrypted without any file when only its check is waived', async () => {
    await writeContext('far', { docker: { Host: 'tcp://far:2376', SkipTLSVerify: true } });
    expect(read('far').tls).toEqual({ ca: null, cert: null, key: null, verify: false });
  });

  it('is not unchecked by anything but true', async () => {
    await writeContext('far', { docker: { Host: 'tcp://far:2376', SkipTLSVerify: 'true' } });
    await writeTls('far', 'ca.pem', 'CA');
    expect(read('far').tls).toMatchObject({ verify: true });
  });

  it('without a host is the default socket', async () => {
    await writeContext('here', { docker: { SkipTLSVerify: false } });
    expect(read('here')).toEqual({ host: null, tls: null });
  });

  it('of another engine than Docker is told, not taken for the default socket', async () => {
    await writeContext('cluster', { kubernetes: { Host: 'https://cluster' } });
    const error = faultOf(() => read('cluster'));
    expect(error.code).toBe('engine_context_unknown');
    expect(error.message).toMatch(/"cluster" \(named by DOCKER_CONTEXT\).*no Docker endpoint/);
  });

  it.each(['', '{', 'null', '[]', '7', '{"Endpoints":null}', '{"Endpoints":{"docker":"tcp://far"}}'])(
    'whose file holds %s is told with its name and its file',
    async (text) => {
      const file = await write(`contexts/meta/${hashOf('bad')}/meta.json`, text);
      const error = faultOf(() => read('bad'));
      expect(error.code).toBe('engine_context_unknown');
      expect(error.message).toContain('"bad"');
      expect(error.message).toContain(file);
    },
  );

  it('that is not there is told with who named it and where it was looked for', () => {
    const error = faultOf(() => read('gone'));
    expect(error.code).toBe('engine_context_unknown');
    expect(error.message).toMatch(/"gone" \(named by DOCKER_CONTEXT\) in .*contexts.*docker context ls/);
  });

  it('whose TLS file is a folder is told with that file', async () => {
    await writeContext('far', { docker: { Host: 'tcp://far' } });
    await mkdir(join(home, '.docker/contexts/tls', hashOf('far'), 'docker/ca.pem'), { recursive: true });
    const error = faultOf(() => read('far'));
    expect(error.code).toBe('engine_tls');
    expect(error.message).toContain('ca.pem');
  });
});

describe('the current context', () => {
  it('is named in config.json', async () => {
    await write('config.json', JSON.stringify({ currentContext: 'far', auths: {} }));
    expect(readCurrentContext(surroundings)).toEqual({ name: 'far', warning: null });
  });

  it.each(['{}', '[]', 'null', '{"currentContext":7}', '{"currentContext":""}'])('is none with %s', async (text) => {
    await write('config.json', text);
    expect(readCurrentContext(surroundings)).toEqual({ name: '', warning: null });
  });

  it('is none without a file', () => {
    expect(readCurrentContext(surroundings)).toEqual({ name: '', warning: null });
  });

  it('is none with a file that is not JSON, and that is told', async () => {
    const file = await write('config.json', '{"currentContext":');
    expect(readCurrentContext(surroundings)).toMatchObject({ name: '', warning: expect.stringContaining(file) });
  });

  it('is looked for in DOCKER_CONFIG when that is set', async () => {
    const elsewhere = { ...surroundings, env: { DOCKER_CONFIG: join(home, 'else') } };
    expect(dockerConfigDir(elsewhere)).toBe(join(home, 'else'));
    expect(dockerConfigDir({ ...surroundings, env: { DOCKER_CONFIG: '' } })).toBe(join(home, '.docker'));
  });
});

it('a PEM file that cannot be read is told by its path', () => {
  const error = faultOf(() => readPem(join(home, 'none.pem'), surroundings));
  expect(error.code).toBe('engine_tls');
  expect(error.message).toContain('none.pem');
});
