import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, type StubDaemon, stubDaemon } from '../run-cli.contract.ts';

let daemon: StubDaemon;
beforeAll(async () => {
  daemon = await stubDaemon();
  daemon.tracker.put('compose:shop', { name: 'shop' });
  daemon.tracker.put('compose:shelf', { name: 'shelf' });
  daemon.tracker.put('한글작업', { name: '카페'.normalize('NFD') });
  daemon.tracker.put('a1', { name: 'twin' });
  daemon.tracker.put('b2', { name: 'twin' });
});
afterAll(() => daemon.close());

describe('show', () => {
  it.each(['compose:shop', 'shop', 'compose:sho'])('finds a workspace by %s', async (wanted) => {
    const { code, out } = await cli(['show', wanted, '--json'], daemon);
    expect({ code, id: (JSON.parse(out) as { id: string }).id }).toEqual({ code: 0, id: 'compose:shop' });
  });

  it.each(['한글작업', '한글작', '카페'])('finds a workspace by %s, typed anywhere', async (wanted) => {
    for (const form of ['NFC', 'NFD']) {
      const { code, out } = await cli(['show', wanted.normalize(form), '--json'], daemon);
      expect({ code, id: (JSON.parse(out) as { id: string }).id }).toEqual({ code: 0, id: '한글작업' });
    }
  });

  it('finds a workspace by its container', async () => {
    const id = 'd'.repeat(64);
    const [container] = daemon.tracker.put('compose:shop').containers;
    if (container !== undefined) daemon.tracker.put('compose:shop', { containers: [{ ...container, id }] });
    for (const wanted of ['compose:shop-web-1', id.slice(0, 12), id]) {
      const { code, out, err } = await cli(['show', wanted, '--json'], daemon);
      expect({ code, err, id: code === 0 ? (JSON.parse(out) as { id: string }).id : null }).toEqual({
        code: 0,
        err: '',
        id: 'compose:shop',
      });
    }
  });

  it('prints fields, containers and evidence', async () => {
    const { out } = await cli(['show', 'shop'], daemon);
    expect(out).toMatch(/^id +compose:shop$/m);
    expect(out).toMatch(/^found by +compose: com\.docker\.compose\.project=compose:shop$/m);
    expect(out).toMatch(/^reason +running \[container_running\]$/m);
    expect(out).toMatch(/^compose:shop-web-1 +dddddddddddd +service +running/m);
    expect(out).toMatch(/list +running +cccccccccccc$/m);
  });

  it('tells when a workspace without figures was last worked in', async () => {
    const seen = { lastActivity: '2026-01-01T00:00:00.000Z', lastActivityKind: 'exec' };
    daemon.tracker.put('idle', { name: 'idle', ...seen });
    const { out } = await cli(['show', 'idle'], daemon);
    expect(out).toMatch(/^activity +2026-01-01T00:00:00\.000Z \(.* ago, exec\)$/m);
    expect((await cli(['show', 'shop'], daemon)).out).not.toMatch(/^activity/m);
  });

  it('lists the candidates when several fit', async () => {
    const { code, err } = await cli(['show', 'twin'], daemon);
    expect(code).toBe(2);
    expect(err).toContain('a1 (twin), b2 (twin)');
    expect((await cli(['show', 'compose:s'], daemon)).err).toContain('fits 2 workspaces');
  });

  it('does not call a workspace unknown while the engine is away', async () => {
    daemon.tracker.connected = false;
    const { code, err } = await cli(['show', 'fresh'], daemon);
    daemon.tracker.connected = true;
    expect(code).toBe(4);
    expect(err).toContain('nothing is known of "fresh": engine unix:///stub.sock lost for');
  });

  it('names the nearest when none fits', async () => {
    const { code, err } = await cli(['show', 'shpo'], daemon);
    expect(code).toBe(3);
    expect(err).toMatch(/^tidewatch: There is no workspace "shpo"\. Did you mean shop/);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});
