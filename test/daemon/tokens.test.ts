import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createClient, type TidewatchClient } from '../../src/client/client.ts';
import { configDefaults } from '../../src/daemon/config/load-config.ts';
import { createDaemon, type Daemon } from '../../src/daemon/daemon.ts';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';

const eventually = { timeout: 20_000, interval: 10 };

let dir = '';
let engine: FakeEngine;
const daemons: Daemon[] = [];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidewatch-tokens-'));
  engine = await FakeEngine.listen({ socketPath: join(dir, 'engine.sock') });
});
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.stop();
  await engine.close();
  rmSync(dir, { recursive: true, force: true });
});

async function start() {
  const daemon = createDaemon(
    {
      ...configDefaults({ env: {}, home: dir }),
      listen: '127.0.0.1:0',
      dataDir: join(dir, 'data'),
      'engine.host': `unix://${join(dir, 'engine.sock')}`,
    },
    { webRoot: null },
  );
  daemons.push(daemon);
  await daemon.start();
  const as = (token: string) => createClient({ url: daemon.address(), token });
  const admin = as(readFileSync(join(dir, 'data/admin-token'), 'utf8').trim());
  await vi.waitFor(async () => expect((await admin.ready()).missing).toEqual([]), eventually);
  return { daemon, admin, as };
}

async function seen(client: TidewatchClient): Promise<string[]> {
  return (await client.workspaces.list()).items.map(({ id }) => id);
}

test('tokens, their limits, revocations and the audit log survive a restart', async () => {
  engine.run({ name: 'a', labels: { 'tidewatch.workspace': 'shop', team: 'a' } });
  const other = engine.run({ name: 'b', labels: { 'tidewatch.workspace': 'secret', team: 'b' } });
  const first = await start();
  const limited = await first.admin.tokens.create({ name: 'team-a', role: 'viewer', labels: ['team=a'] });
  const gone = await first.admin.tokens.create({ name: 'gone', role: 'admin' });
  await first.admin.tokens.revoke(gone.id);
  expect(await seen(first.as(limited.secret))).toEqual(['shop']);
  await first.daemon.stop();

  const second = await start();
  const client = second.as(limited.secret);
  expect(await seen(client)).toEqual(['shop']);
  await expect(second.as(gone.secret).workspaces.list()).rejects.toMatchObject({ code: 'unauthorized' });
  const { items } = await second.admin.audit();
  expect(items.map(({ action, tokenName, outcome }) => [action, tokenName, outcome])).toEqual([
    ['revokeToken', 'admin', 'done'],
    ['createToken', 'admin', 'done'],
    ['createToken', 'admin', 'done'],
  ]);

  // What happens to others is not told; the end of the stream shows that it came to the end.
  engine.stop(other);
  await vi.waitFor(
    async () => expect((await second.admin.workspaces.get('secret')).status).toBe('inactive'),
    eventually,
  );
  await second.admin.workspaces.update('shop', { status: 'archived' });
  const told: (string | null)[] = [];
  for await (const event of client.stream({ after: 0 })) {
    told.push(event.workspaceId);
    if (event.type === 'status_changed' && event.data.newStatus === 'archived') break;
  }
  expect(new Set(told)).toEqual(new Set(['shop']));
});

test('a stream of a token that is revoked ends, and says why', async () => {
  const { admin, as } = await start();
  const { id, secret } = await admin.tokens.create({ name: 'ci', role: 'viewer' });
  const refused = expect(as(secret).stream().next()).rejects.toMatchObject({ code: 'unauthorized' });
  await vi.waitFor(async () => expect((await admin.stats()).api.streams).toBe(1), eventually);
  await admin.tokens.revoke(id);
  await refused;
});
