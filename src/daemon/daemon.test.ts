import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeEngine } from '../engine/fake/fake-engine.ts';
import type { TidewatchEvent } from '../model/events.ts';
import type { Config } from './config/keys.ts';
import { configDefaults } from './config/load-config.ts';
import { createDaemon, type Daemon, type DaemonParts } from './daemon.ts';

const eventually = { timeout: 20_000, interval: 10 };

let dir = '';
let engine: FakeEngine;
const daemons: Daemon[] = [];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidewatch-daemon-'));
  engine = await FakeEngine.listen({ socketPath: join(dir, 'engine.sock') });
});
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.stop();
  await engine.close();
  rmSync(dir, { recursive: true, force: true });
});

function configOf(fields: Partial<Config> = {}): Config {
  return {
    ...configDefaults({ env: {}, home: dir }),
    listen: '127.0.0.1:0',
    dataDir: join(dir, 'data'),
    'engine.host': `unix://${join(dir, 'engine.sock')}`,
    ...fields,
  };
}

function make(fields: Partial<Config> = {}, parts: DaemonParts = {}): Daemon {
  const daemon = createDaemon(configOf(fields), { webRoot: null, ...parts });
  daemons.push(daemon);
  return daemon;
}

async function start(fields: Partial<Config> = {}, parts: DaemonParts = {}) {
  const daemon = make(fields, parts);
  await daemon.start();
  return { daemon, api: daemon.address().startsWith('unix:') ? noApi : apiOf(daemon) };
}

const noApi: Api = () => Promise.reject(new Error('fetch knows no unix sockets'));

/** Fields of all answers that are looked at. */
interface ApiAnswer {
  readonly status: string;
  readonly missing: readonly string[];
  readonly checks: { readonly engine: { readonly detail: string | null } };
  readonly store: { readonly kind: string };
  readonly items: readonly TidewatchEvent[];
}

/** Asks the daemon's API as any program would. */
function apiOf(daemon: Daemon) {
  const token = readFileSync(join(dir, 'data/admin-token'), 'utf8').trim();
  return async (method: string, path: string, body?: object): Promise<ApiAnswer> => {
    const answer = await fetch(`${daemon.address()}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as ApiAnswer;
  };
}

type Api = ReturnType<typeof apiOf>;

async function untilReady(api: Api): Promise<void> {
  await vi.waitFor(async () => expect((await api('GET', '/readyz')).missing).toEqual([]), eventually);
}

/** Status changes of a workspace, once there are so many. */
async function changesOf(api: Api, id: string, count: number) {
  return vi.waitFor(async () => {
    const { items } = await api('GET', `/api/v1/workspaces/${id}/events?types=status_changed`);
    expect(items).toHaveLength(count);
    return items;
  }, eventually);
}

describe('a daemon', () => {
  test.each(['sqlite', 'memory:'] as const)(
    'with the store %s serves what runs on the engine, and its changes',
    async (store) => {
      const web = engine.run({
        name: 'web',
        labels: { 'tidewatch.workspace': 'shop' },
      });
      const { api } = await start({ store });
      await untilReady(api);
      expect((await api('GET', '/api/v1/workspaces/shop')).status).toBe('active');
      engine.stop(web);
      const [first, second] = await changesOf(api, 'shop', 2);
      expect(first?.data).toMatchObject({ oldStatus: null, newStatus: 'active' });
      expect(second?.data).toMatchObject({ oldStatus: 'active', newStatus: 'inactive' });
      expect((await api('GET', '/api/v1/stats')).store.kind).toBe(store);
    },
  );

  test('keeps token, events and the archive over a restart', async () => {
    engine.run({ name: 'solo', labels: { 'tidewatch.workspace': 'solo' } });
    const first = await start();
    await untilReady(first.api);
    await first.api('PATCH', '/api/v1/workspaces/solo', { status: 'archived' });
    const before = await changesOf(first.api, 'solo', 2);
    await first.daemon.stop();
    const second = await start();
    await untilReady(second.api);
    expect((await second.api('GET', '/api/v1/workspaces/solo')).status).toBe('archived');
    expect(await changesOf(second.api, 'solo', 2)).toEqual(before);
  });

  test('makes a data folder and a token for its user alone', async () => {
    await start();
    expect(statSync(join(dir, 'data')).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, 'data/admin-token')).mode & 0o777).toBe(0o600);
  });

  test('gives a log-in link that works once', async () => {
    const { daemon } = await start();
    const url = daemon.loginUrl() ?? '';
    expect(url.startsWith(`${daemon.address()}/login?code=`)).toBe(true);
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(303);
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(401);
  });

  test('without an engine stays up, says so, and connects when one appears', async () => {
    await engine.close();
    const { api } = await start();
    const detail = async () => (await api('GET', '/readyz')).checks.engine.detail;
    await vi.waitFor(async () => expect(await detail()).toContain('engine.sock'), eventually);
    expect((await api('GET', '/readyz')).missing).toEqual(['engine', 'sync']);
    expect(await api('POST', '/api/v1/sync')).toMatchObject({ code: 'engine_unreachable' });
    engine = await FakeEngine.listen({ socketPath: join(dir, 'engine.sock') });
    engine.run({ name: 'late', labels: { 'tidewatch.workspace': 'late' } });
    await untilReady(api);
    expect((await api('GET', '/api/v1/workspaces/late')).status).toBe('active');
  });

  test('serves on a unix socket, also over one that a killed process left', async () => {
    const path = join(dir, 'api.sock');
    const { daemon } = await start({ listen: `unix:${path}` });
    expect(daemon.address()).toBe(`unix:${path}`);
    expect(daemon.loginUrl()).toBeNull();
    expect(statSync(path).mode & 0o777).toBe(0o660);
    await daemon.stop();
    expect(existsSync(path)).toBe(false);
  });

  test('stops more than once, and before it was started, and does not start again', async () => {
    const { daemon } = await start();
    await Promise.all([daemon.stop(), daemon.stop()]);
    await daemon.stop();
    await expect(daemon.start()).rejects.toMatchObject({ code: 'shutting_down' });
    const unborn = make();
    await unborn.stop();
    expect(() => unborn.address()).toThrow('not started');
  });

  test('stopped while it starts leaves nothing behind', async () => {
    const daemon = make();
    const starting = daemon.start();
    await daemon.stop();
    await starting;
    await start();
  });
});

describe('a start that fails says why and leaves nothing behind', () => {
  test('the port is in use', async () => {
    const { daemon } = await start();
    const listen = daemon.address().replace('http://', '');
    const other = make({ listen, dataDir: join(dir, 'other') });
    await expect(other.start()).rejects.toMatchObject({
      code: 'listen_failed',
      message: expect.stringMatching(`${listen}: it is in use. .*listen`),
    });
    // The store and its lock were given back.
    await make({ dataDir: join(dir, 'other') }).start();
  });

  test.each([
    ['an address of another machine', '192.0.2.1:0', /does not have this address/],
    ['a name that does not exist', 'no-such-host.invalid:0', /no such host name|EAI_AGAIN/],
    ['a socket in a folder that does not exist', 'unix:/nonexistent/folder/api.sock', /folder/],
  ])('%s', async (_what, listen, message) => {
    await expect(make({ listen }).start()).rejects.toMatchObject({
      code: 'listen_failed',
      message: expect.stringMatching(message),
    });
    await start();
  });

  test('a socket that is in use, and a file in its place, are left alone', async () => {
    const path = join(dir, 'taken.sock');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await expect(make({ listen: `unix:${path}` }).start()).rejects.toMatchObject({ code: 'listen_failed' });
    await new Promise((resolve) => server.close(resolve));
    writeFileSync(path, 'mine');
    await expect(make({ listen: `unix:${path}` }).start()).rejects.toMatchObject({ code: 'listen_failed' });
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  test('another daemon uses the data folder', async () => {
    await start();
    await expect(make().start()).rejects.toMatchObject({ code: 'store_locked' });
  });

  test('the engine’s address cannot be understood', async () => {
    await expect(make({ 'engine.host': 'gopher://x' }).start()).rejects.toMatchObject({
      code: 'engine_endpoint_invalid',
    });
    await start();
  });

  test('the token file is broken', async () => {
    const { daemon } = await start();
    await daemon.stop();
    writeFileSync(join(dir, 'data/admin-token'), '');
    await expect(make().start()).rejects.toMatchObject({ code: 'config_invalid' });
  });

  test('the data folder is a file', async () => {
    writeFileSync(join(dir, 'data'), '');
    chmodSync(join(dir, 'data'), 0o600);
    await expect(make().start()).rejects.toMatchObject({ code: 'store_unwritable' });
  });
});

test('a reload applies what can change, and names what needs a restart', async () => {
  const levels: string[] = [];
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const { daemon } = await start({}, { logger: { ...silent, setLevel: (level) => void levels.push(level) } });
  const changed = configOf({
    'tracker.syncInterval': 5_000,
    'log.level': 'debug',
    store: 'memory:',
    allowedHosts: ['x'],
  });
  expect(daemon.reload(changed)).toEqual({
    applied: ['tracker.syncInterval', 'log.level'],
    needRestart: ['allowedHosts', 'store'],
  });
  expect(levels).toEqual(['debug']);
  expect(daemon.reload(changed)).toEqual({ applied: [], needRestart: ['allowedHosts', 'store'] });
});
