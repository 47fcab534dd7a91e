import { expect, test } from 'vitest';
import type { ConnectionSource, Connections } from '../engine/connections.ts';
import { monitored } from './monitored.contract.ts';

const MINUTE = 60_000;

/** Networks by the process in them; what was asked of them is counted. */
class FakeConnections implements ConnectionSource {
  readonly networks = new Map<number, Connections>();
  readonly asked = { count: 0, read: 0 };
  readonly known = new Set<number>();

  put(pid: number, inbound: readonly string[], outbound: readonly string[] = []): void {
    this.networks.set(pid, { inbound: inbound.map((remote) => ({ local: `me:${pid}`, remote })), outbound });
  }

  count(pid: number): number | null {
    this.asked.count += 1;
    const network = this.networks.get(pid);
    return network === undefined ? null : 1 + network.inbound.length + network.outbound.length;
  }

  read(_containerId: string, pid: number): Connections | null {
    this.asked.read += 1;
    this.known.add(pid);
    return this.networks.get(pid) ?? null;
  }
}

/** A monitored workspace of a web server (process 1) and its database (process 2). */
async function shop(network: 'own' | 'host' = 'own') {
  const connections = new FakeConnections();
  const pids: Record<string, number> = { web: 1, db: 2 };
  const parts = monitored({
    connections,
    target: async (containerId) => ({ containerId, pid: pids[containerId] ?? 0, network }),
  });
  const { monitor, tracker, source, clock } = parts;
  connections.put(1, []);
  connections.put(2, []);
  for (const id of ['web', 'db']) source.add(id);
  const run = (startedAt: string) =>
    tracker.set(
      'shop',
      ['web', 'db'].map((id) => ({ id, startedAt })),
    );
  run('2025-12-31T00:00:00Z');
  await monitor.start();
  await clock.advance(3 * MINUTE);
  const ago = () => {
    const at = monitor.getWorkspaceActivity('shop')?.lastActivity;
    return at == null ? null : Math.round((clock.now() - Date.parse(at)) / MINUTE);
  };
  return { ...parts, connections, pids, run, ago };
}

test('somebody who stays connected from outside is there, though nothing else shows it', async () => {
  const { connections, clock, ago, monitor } = await shop();
  connections.put(1, ['browser:1']);
  await clock.advance(60 * MINUTE);
  expect(ago()).toBeLessThanOrEqual(1);
  expect(monitor.getWorkspaceActivity('shop')?.evidence[0]).toMatchObject({
    kind: 'connections',
    what: 'connections at 1 open from outside, usual 0',
  });
  connections.put(1, []);
  await clock.advance(60 * MINUTE);
  expect(ago()).toBeGreaterThanOrEqual(58);
});

test('what the workspace’s own containers open to each other is none', async () => {
  const { connections, clock, ago } = await shop();
  connections.put(1, [], ['web:4711', 'web:4712']);
  connections.put(2, ['web:4711', 'web:4712']);
  await clock.advance(60 * MINUTE);
  expect(ago()).toBeNull();
});

test('a network that is the host’s, or cannot be read, says nothing', async () => {
  const host = await shop('host');
  host.connections.put(1, ['browser:1']);
  await host.clock.advance(10 * MINUTE);
  expect([host.ago(), host.connections.asked]).toEqual([null, { count: 0, read: 0 }]);
  const unreadable = await shop();
  unreadable.connections.networks.clear();
  await unreadable.clock.advance(10 * MINUTE);
  expect(unreadable.ago()).toBeNull();
});

test('nothing is read while something else shows activity, and little while nothing changes', async () => {
  const { connections, clock, monitor } = await shop();
  connections.put(1, ['browser:1']);
  await clock.advance(3 * MINUTE);
  const before = { ...connections.asked };
  await clock.advance(60 * MINUTE);
  expect(connections.asked.read).toBe(before.read);
  connections.put(1, ['browser:1', 'browser:2']);
  for (let minute = 0; minute < 60; minute += 1) {
    monitor.noteActivity('shop', 'cpu', clock.now());
    await clock.advance(MINUTE / 2);
    monitor.noteActivity('shop', 'cpu', clock.now());
    await clock.advance(MINUTE / 2);
  }
  expect(connections.asked.read).toBe(before.read);
});

test('what is open when a container begins another run is usual in that', async () => {
  const { connections, clock, pids, run, monitor } = await shop();
  pids.web = 3;
  connections.put(3, ['scraper:1']);
  run('2026-01-01T01:00:00Z');
  await clock.advance(12 * 60 * MINUTE);
  expect(monitor.getWorkspaceActivity('shop')?.evidence.map(({ kind }) => kind)).toEqual(['started']);
});

test('many that change at once are read in turns', async () => {
  const connections = new FakeConnections();
  const { monitor, tracker, source, clock } = monitored({
    connections,
    target: async (containerId) => ({ containerId, pid: Number(containerId), network: 'own' }),
  });
  for (let pid = 1; pid <= 100; pid += 1) {
    connections.put(pid, []);
    source.add(`${pid}`);
    tracker.run(`${pid}`, '2025-12-31T00:00:00Z');
  }
  await monitor.start();
  for (let round = 1; round <= 10; round += 1) {
    // Between any two of them it may go on: it gives way after each.
    for (let second = 0; second < 60; second += 1) await clock.advance(1_000);
    expect(connections.asked.read).toBeLessThanOrEqual(20 * round);
  }
  expect(connections.known.size).toBe(100);
  await monitor.stop();
});
