import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createClient, type TidewatchClient } from '../../src/client/client.ts';
import type { Config } from '../../src/daemon/config/keys.ts';
import { configDefaults } from '../../src/daemon/config/load-config.ts';
import { createDaemon, type Daemon, type DaemonParts } from '../../src/daemon/daemon.ts';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';

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
  return { daemon, client: clientOf(daemon) };
}

function clientOf(daemon: Daemon): TidewatchClient {
  return createClient({ url: daemon.address(), token: readFileSync(join(dir, 'data/admin-token'), 'utf8').trim() });
}

async function untilReady(client: TidewatchClient): Promise<void> {
  await vi.waitFor(async () => expect((await client.ready()).missing).toEqual([]), eventually);
}

describe('a daemon', () => {
  test.each(['sqlite', 'memory:'] as const)(
    'with the store %s serves what runs on the engine, and its changes',
    async (store) => {
      const web = engine.run({
        name: 'web',
        labels: { 'tidewatch.workspace': 'shop' },
      });
      const { client } = await start({ store });
      await untilReady(client);
      expect((await client.workspaces.get('shop')).status).toBe('active');
      const events = client.stream({ after: 0, types: ['status_changed'], workspace: 'shop' });
      expect((await events.next()).value).toMatchObject({ data: { oldStatus: null, newStatus: 'active' } });
      engine.stop(web);
      expect((await events.next()).value).toMatchObject({ data: { oldStatus: 'active', newStatus: 'inactive' } });
      await events.return();
      expect((await client.stats()).store.kind).toBe(store);
    },
  );

  test('does not send a list again in which a running workspace has not changed', async () => {
    engine.run({ name: 'solo' });
    // Nothing is read between two requests, nor is anybody looking: what changes by time alone must not show.
    const { daemon, client } = await start({ 'monitor.source': 'engine', 'monitor.collectInterval': 3_600_000 });
    await vi.waitFor(async () => {
      expect((await client.workspaces.get('container:solo')).metrics?.cpuPercent).toBe(0);
    }, eventually);
    const token = readFileSync(join(dir, 'data/admin-token'), 'utf8').trim();
    const list = (etag: string) =>
      fetch(`${daemon.address()}/api/v1/workspaces`, {
        headers: { authorization: `Bearer ${token}`, 'if-none-match': etag },
      });
    // The engine may confirm the states between two requests; it does so seldom.
    await vi.waitFor(async () => {
      const first = await list('');
      const seen = ((await first.json()) as { items: { metrics: object | null }[] }).items[0]?.metrics;
      expect(seen).toMatchObject({ cpuPercent: 0 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect((await list(first.headers.get('etag') ?? '')).status).toBe(304);
    }, eventually);
  });

  test('keeps token, events and the archive over a restart', async () => {
    engine.run({ name: 'solo', labels: { 'tidewatch.workspace': 'solo' } });
    const first = await start();
    await untilReady(first.client);
    await first.client.workspaces.update('solo', { status: 'archived' });
    const before = await vi.waitFor(async () => {
      const page = await first.client.events({ workspace: 'solo', types: ['status_changed'] });
      expect(page.items.at(-1)).toMatchObject({ data: { newStatus: 'archived' } });
      return page;
    }, eventually);
    await first.daemon.stop();
    const second = await start();
    await untilReady(second.client);
    expect((await second.client.workspaces.get('solo')).status).toBe('archived');
    const after = await second.client.events({ workspace: 'solo', types: ['status_changed'] });
    expect(after.items.slice(0, before.items.length)).toEqual(before.items);
  });

  test('knows a workspace by an id in any script, however it is typed, and over a restart', async () => {
    const id = '한글작업';
    const typed = id.normalize('NFD');
    engine.run({ name: 'one', labels: { 'tidewatch.workspace': id } });
    engine.run({ name: 'two', labels: { 'tidewatch.workspace': typed } });
    const first = await start();
    await untilReady(first.client);
    expect(await first.client.workspaces.get(typed)).toMatchObject({ id, name: id, containers: [{}, {}] });
    const events = first.client.stream({ after: 0, types: ['status_changed'], workspace: typed });
    expect((await events.next()).value).toMatchObject({ workspaceId: id, data: { newStatus: 'active' } });
    await events.return();
    await first.client.workspaces.update(typed, { status: 'archived' });
    await first.daemon.stop();
    const second = await start();
    await untilReady(second.client);
    expect((await second.client.workspaces.list({ q: typed })).items).toMatchObject([{ id, status: 'archived' }]);
    expect((await second.client.events({ workspace: typed })).items.at(0)).toMatchObject({ workspaceId: id });
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
    const { client } = await start();
    await vi.waitFor(
      async () => expect((await client.ready()).checks.engine.detail).toContain('engine.sock'),
      eventually,
    );
    expect((await client.ready()).missing).toEqual(['engine', 'sync']);
    await expect(client.sync()).rejects.toMatchObject({ code: 'engine_unreachable' });
    engine = await FakeEngine.listen({ socketPath: join(dir, 'engine.sock') });
    engine.run({ name: 'late', labels: { 'tidewatch.workspace': 'late' } });
    await untilReady(client);
    expect((await client.workspaces.get('late')).status).toBe('active');
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
    await expect(make({ listen, allowPlainHttp: true }).start()).rejects.toMatchObject({
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
