import { expect, inject, it } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { buildObstacle, commandObstacle, firstObstacle } from '../env/obstacles.ts';
import { describeUnless, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { type StartedTracker, startTracker } from '../support/start-tracker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';
import { type SocketProxyRules, startSocketProxy } from './socket-proxy.ts';

const obstacle = await firstObstacle([
  inject('docker').obstacle,
  buildObstacle(),
  commandObstacle('haproxy', 'haproxy'),
]);

const SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

async function proxied(rules: SocketProxyRules) {
  const folder = await temporaryFolder();
  return { folder, proxy: await startSocketProxy(folder, { engine: sharedDocker().socketPath, rules }) };
}

function steps({ eventsOf }: StartedTracker, workspace: string): string[] {
  return eventsOf(workspace).flatMap((event) =>
    event.type === 'container_update' ? [`${event.data.oldState}→${event.data.newState}`] : [],
  );
}

describeUnless(obstacle, 'an engine behind a socket proxy that lets few GET requests through', () => {
  it('is tracked fully', async () => {
    const { docker } = sharedDocker();
    const { proxy } = await proxied({ allow: ['containers', 'events'] });
    await using _ends = proxy;
    await using started = await startTracker(proxy.host);
    const name = freshPrefix();
    const becomes = (expected: object) =>
      eventually(() => expect(started.tracker.getWorkspaceState(`container:${name}`)).toMatchObject(expected));
    await docker('run', '-d', '--network=none', '--name', name, IMAGE, 'sh', '-c', SLEEP);
    await becomes({ phase: 'running', status: 'active' });
    await docker('pause', name);
    await becomes({ phase: 'paused' });
    await docker('unpause', name);
    await docker('stop', name);
    await becomes({ phase: 'stopped', reason: { code: 'stopped_by_request' }, containers: [{ exitCode: 0 }] });
    await started.tracker.forceSync(`container:${name}`);
    await docker('rm', name);
    await becomes({ phase: 'missing' });
    expect(started.events.filter(({ type }) => type === 'error')).toEqual([]);
  });

  it.each([
    { denied: 'containers', allow: ['events'], path: 'GET /containers/json', remedy: 'CONTAINERS=1' },
    { denied: 'events', allow: ['containers'], path: 'GET /events', remedy: 'EVENTS=1' },
  ] as const)('that denies the $denied: one line names the path and what it needs', async ({ allow, path, remedy }) => {
    const { folder, proxy } = await proxied({ allow });
    await using _ends = proxy;
    const { code, out, err } = await runTidewatch(['ls', '--host', proxy.host], { folder });
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toContain(`${proxy.host} refuses ${path} (403)`);
    expect(err).toContain(remedy);
    expect(err).not.toContain('<');
    expect({ code, out }).toEqual({ code: 5, out: '' });
  });

  it('that denies what is needed keeps no daemon from serving; it connects when the proxy lets it', async () => {
    const { folder, proxy } = await proxied({ allow: ['events'] });
    await using _ends = proxy;
    await using serving = await serveTidewatch({ folder, args: ['--engine-host', proxy.host] });
    await eventually(async () => {
      const { missing, checks } = await serving.client.ready();
      expect(missing).toContain('sync');
      expect(checks.engine.detail).toContain('refuses GET /containers/json (403)');
    });
    await proxy.change({ allow: ['containers', 'events'] });
    await eventually(async () => expect((await serving.client.ready()).missing).toEqual([]), { within: 50_000 });
  });

  it('that cuts idle streams again and again makes no transition be missed or invented', async () => {
    const { docker } = sharedDocker();
    const { proxy } = await proxied({ allow: ['containers', 'events'], idleMs: 400 });
    await using _ends = proxy;
    await using started = await startTracker(proxy.host);
    const name = freshPrefix();
    const id = `container:${name}`;
    await docker('create', '--network=none', '--name', name, IMAGE, 'sh', '-c', SLEEP);
    const expected = ['null→created'];
    const reconnects = () => started.tracker.getStats().reconnects;
    for (let round = 0; round < 6; round += 1) {
      const before = reconnects();
      await docker('start', name);
      expected.push(round === 0 ? 'created→running' : 'exited→running');
      // Some of these fall into the moments without a stream.
      await docker('kill', name);
      expected.push('running→exited');
      await eventually(() => expect(reconnects()).toBeGreaterThan(before));
    }
    await eventually(() => expect(steps(started, id)).toEqual(expected));
    expect(started.tracker.getWorkspaceState(id)).toMatchObject({ reason: { code: 'killed_by_request' } });
    await docker('rm', name);
  });
});
