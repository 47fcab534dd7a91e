import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../../model/errors.ts';
import type { Surroundings } from './docker-context.ts';
import { type EndpointOptions, resolveEndpoint } from './resolve-endpoint.ts';

interface World {
  env?: Record<string, string>;
  files?: Record<string, string>;
  platform?: NodeJS.Platform;
}

function surroundings({ env = {}, files = {}, platform = 'linux' }: World): Surroundings {
  return {
    env,
    home: '/home/ann',
    uid: 1000,
    platform,
    exists: (path) => Object.hasOwn(files, path),
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
      if (text === 'EACCES') throw new Error(`EACCES: permission denied, open '${path}'`);
      return text;
    },
  };
}

function resolve(options: EndpointOptions, world: World = {}) {
  return resolveEndpoint(options, surroundings(world));
}

function fault(options: EndpointOptions, world: World = {}): TidewatchError {
  try {
    resolve(options, world);
  } catch (error) {
    if (error instanceof TidewatchError) return error;
    throw error;
  }
  throw new Error('it resolved');
}

const DOCKER_DIR = '/home/ann/.docker';

/** Files of a context as `docker context create` writes them. */
function contextFiles(name: string, endpoint: object, { dir = DOCKER_DIR, tls = {} as Record<string, string> } = {}) {
  const id = createHash('sha256').update(name).digest('hex');
  const files: Record<string, string> = {
    [`${dir}/contexts/meta/${id}/meta.json`]: JSON.stringify({ Name: name, Endpoints: { docker: endpoint } }),
  };
  for (const [file, text] of Object.entries(tls)) files[`${dir}/contexts/tls/${id}/docker/${file}`] = text;
  return files;
}

describe('where the engine is', () => {
  const everything: World = {
    env: { DOCKER_HOST: 'tcp://from-env:1', DOCKER_CONTEXT: 'from-env' },
    files: {
      ...contextFiles('from-option', { Host: 'tcp://option-context:2' }),
      ...contextFiles('from-env', { Host: 'tcp://env-context:3' }),
      ...contextFiles('current', { Host: 'tcp://current-context:4' }),
      [`${DOCKER_DIR}/config.json`]: JSON.stringify({ currentContext: 'current' }),
      '/var/run/docker.sock': '',
    },
  };
  const without = (...names: string[]): World => ({
    ...everything,
    env: Object.fromEntries(Object.entries(everything.env ?? {}).filter(([name]) => !names.includes(name))),
  });

  it.each([
    { who: 'a host option', options: { host: 'tcp://option:5' }, url: 'tcp://option:5', foundBy: 'option' },
    {
      who: 'a context option',
      options: { context: 'from-option' },
      url: 'tcp://option-context:2',
      foundBy: 'context "from-option" (option)',
    },
    { who: 'DOCKER_HOST', url: 'tcp://from-env:1', foundBy: 'DOCKER_HOST' },
    {
      who: 'DOCKER_CONTEXT',
      unset: ['DOCKER_HOST'],
      url: 'tcp://env-context:3',
      foundBy: 'context "from-env" (DOCKER_CONTEXT)',
    },
    {
      who: 'the current context',
      unset: ['DOCKER_HOST', 'DOCKER_CONTEXT'],
      url: 'tcp://current-context:4',
      foundBy: 'context "current" (currentContext in config.json)',
    },
  ])('$who comes before all that follow it', ({ options = {}, unset = [], url, foundBy }) => {
    const resolved = resolve(options, without(...unset));
    expect(resolved.endpoint).toEqual({ url, foundBy });
    expect(resolved.byDefault).toBe(false);
  });

  it('refuses a host and a context together, as Docker does', () => {
    expect(fault({ host: 'tcp://a', context: 'b' }).code).toBe('engine_endpoint_invalid');
  });

  it('takes empty variables as unset', () => {
    const { endpoint } = resolve({}, { env: { DOCKER_HOST: '', DOCKER_CONTEXT: '' } });
    expect(endpoint).toEqual({ url: 'unix:///var/run/docker.sock', foundBy: 'default socket' });
  });

  it('follows DOCKER_HOST for the context "default"', () => {
    expect(resolve({ context: 'default' }, everything).endpoint.url).toBe('tcp://from-env:1');
    expect(resolve({}, { env: { DOCKER_CONTEXT: 'default' } }).endpoint.foundBy).toBe('default socket');
  });

  it.each([
    ['/var/run/docker.sock'],
    ['/home/ann/.docker/run/docker.sock'],
    ['/run/user/1000/docker.sock'],
    ['/run/user/1000/podman/podman.sock'],
    ['/run/podman/podman.sock'],
  ])('finds %s when no socket before it exists', (path) => {
    const { endpoint, byDefault, sockets } = resolve({}, { files: { [path]: '', '/run/podman/podman.sock': '' } });
    expect(endpoint).toEqual({ url: `unix://${path}`, foundBy: 'default socket' });
    expect(byDefault).toBe(true);
    expect(sockets).toContain('/var/run/docker.sock');
    expect(sockets).toHaveLength(5);
  });

  it('looks in XDG_RUNTIME_DIR where it is set', () => {
    const files = { '/xdg/podman/podman.sock': '' };
    expect(resolve({}, { env: { XDG_RUNTIME_DIR: '/xdg' }, files }).endpoint.url).toBe(
      'unix:///xdg/podman/podman.sock',
    );
  });

  it('uses the default pipe on Windows', () => {
    expect(resolve({}, { platform: 'win32' }).target).toEqual({ kind: 'socket', path: '\\\\.\\pipe\\docker_engine' });
  });
});

describe('contexts', () => {
  it('reads them from DOCKER_CONFIG, with their TLS files', () => {
    const tls = { 'ca.pem': 'CA', 'cert.pem': 'CERT', 'key.pem': 'KEY' };
    const files = contextFiles('far', { Host: 'tcp://far:2376' }, { dir: '/etc/d', tls });
    expect(resolve({ context: 'far' }, { env: { DOCKER_CONFIG: '/etc/d' }, files }).target).toMatchObject({
      port: 2376,
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY', verify: true },
    });
  });

  it('does not check the certificate with SkipTLSVerify', () => {
    const files = contextFiles('far', { Host: 'tcp://far', SkipTLSVerify: true });
    expect(resolve({ context: 'far' }, { files }).target).toMatchObject({ port: 2376, tls: { verify: false } });
  });

  it('names who asked for a context that is not there', () => {
    const error = fault({}, { env: { DOCKER_CONTEXT: 'gone' } });
    expect(error.code).toBe('engine_context_unknown');
    expect(error.message).toContain('"gone" (named by DOCKER_CONTEXT)');
  });

  it('cannot be led out of the store by a name', () => {
    expect(fault({ context: '../../../etc' }).code).toBe('engine_context_unknown');
  });

  it('tells a context that is not JSON', () => {
    const files = contextFiles('bad', {});
    for (const file of Object.keys(files)) files[file] = '{';
    expect(fault({ context: 'bad' }, { files }).code).toBe('engine_context_unknown');
  });

  it.each(['{', 'EACCES'])('passes over a config.json that cannot be read (%s) with a warning', (text) => {
    const resolved = resolve({}, { files: { [`${DOCKER_DIR}/config.json`]: text } });
    expect(resolved.endpoint.foundBy).toBe('default socket');
    expect(resolved.warning).toContain('config.json');
  });
});

describe('addresses', () => {
  it.each([
    ['unix:///run/x.sock', { kind: 'socket', path: '/run/x.sock' }],
    ['/run/x.sock', { kind: 'socket', path: '/run/x.sock' }],
    ['unix://', { kind: 'socket', path: '/var/run/docker.sock' }],
    ['npipe:////./pipe/docker_engine', { kind: 'socket', path: '\\\\.\\pipe\\docker_engine' }],
    ['\\\\.\\pipe\\docker_engine', { kind: 'socket', path: '\\\\.\\pipe\\docker_engine' }],
    ['tcp://host', { kind: 'tcp', host: 'host', port: 2375, prefix: '', tls: null }],
    ['tcp://host:80', { kind: 'tcp', host: 'host', port: 80, prefix: '', tls: null }],
    ['host:99', { kind: 'tcp', host: 'host', port: 99, prefix: '', tls: null }],
    ['tcp://[::1]:2375', { kind: 'tcp', host: '::1', port: 2375, prefix: '', tls: null }],
    ['http://host/docker/', { kind: 'tcp', host: 'host', port: 80, prefix: '/docker', tls: null }],
    ['ssh://host', { kind: 'ssh', host: 'host', user: null, port: null, remoteSocket: null }],
    ['ssh://ann@host:22/run/p.sock', { kind: 'ssh', host: 'host', user: 'ann', port: 22, remoteSocket: '/run/p.sock' }],
  ])('reads %s', (host, target) => {
    expect(resolve({ host }).target).toEqual(target);
  });

  it('encrypts https with the system’s authorities', () => {
    const { target } = resolve({ host: 'https://host' });
    expect(target).toMatchObject({ port: 443, tls: { ca: null, verify: true } });
  });

  it.each([
    'ftp://host',
    'fd://',
    'unix://var/run/docker.sock',
    `unix:///${'x'.repeat(107)}`,
    'npipe://x',
    'tcp://host:99999',
    'tcp://host:0',
    'tcp://ho st',
    'tcp://host?x=1',
    'ssh://',
    'ssh://-oProxyCommand=sh',
    'ssh://-oProxyCommand=sh@host',
    'ssh://%2DoProxyCommand=sh@host',
    'ssh://user%20x@host',
    'ssh://host?x',
  ])('refuses %s', (host) => {
    const error = fault({ host });
    expect(error.code).toBe('engine_endpoint_invalid');
    expect(error.message).toContain('The host option');
  });

  it.each(['tcp://ann:hunter2@host', 'ssh://ann:hunter2@host', 'https://ann:hunter2@host'])(
    'refuses a password without repeating it (%s)',
    (host) => {
      const error = fault({}, { env: { DOCKER_HOST: host } });
      expect(error.code).toBe('engine_endpoint_invalid');
      expect(error.message).toContain('DOCKER_HOST');
      expect(error.message).not.toContain('hunter2');
    },
  );

  it('resolves or tells an error with a code, whatever the address', () => {
    const schemes = fc.constantFrom('', 'unix://', 'tcp://', 'https://', 'ssh://', 'npipe://');
    fc.assert(
      fc.property(schemes, fc.string({ minLength: 1 }), (scheme, rest) => {
        try {
          resolve({ host: scheme + rest });
        } catch (error) {
          expect(error).toBeInstanceOf(TidewatchError);
        }
      }),
    );
  });
});

describe('TLS of DOCKER_HOST', () => {
  const env = { DOCKER_HOST: 'tcp://host', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' };

  it('reads the files of DOCKER_CERT_PATH and uses Docker’s port', () => {
    const files = { '/certs/ca.pem': 'CA', '/certs/cert.pem': 'CERT', '/certs/key.pem': 'KEY' };
    const { target, endpoint } = resolve({}, { env, files });
    expect(target).toMatchObject({ port: 2376, tls: { ca: 'CA', cert: 'CERT', key: 'KEY', verify: true } });
    expect(endpoint.url).toBe('tcp://host:2376');
  });

  it('names the authority that is missing', () => {
    const error = fault({}, { env });
    expect(error.code).toBe('engine_tls');
    expect(error.message).toContain('/certs/ca.pem');
  });

  it('takes option files as paths or as PEM text', () => {
    const tls = { ca: '/a.pem', cert: '-----BEGIN CERTIFICATE-----', verify: false };
    const { target } = resolve({ host: 'tcp://host', tls }, { files: { '/a.pem': 'CA' } });
    expect(target).toMatchObject({ tls: { ca: 'CA', cert: '-----BEGIN CERTIFICATE-----', key: null, verify: false } });
  });

  it('leaves a unix socket unencrypted', () => {
    expect(resolve({ host: '/run/x.sock', tls: { verify: false } }).target.kind).toBe('socket');
  });
});
