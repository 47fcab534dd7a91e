import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import { EventBus } from '../../src/events/bus.ts';
import type { TidewatchEvent } from '../../src/model/events.ts';
import { Tracker } from '../../src/tracker/tracker.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';

const prefix = freshPrefix();
const events: TidewatchEvent[] = [];
let tracker: Tracker;
let close: () => Promise<void>;

async function docker(...args: string[]): Promise<string> {
  return (await sharedDocker().docker(...args)).trim();
}

const id = (name: string) => `container:${prefix}-${name}`;
const state = (name: string) => tracker.getWorkspaceState(id(name));

/** Makes a container of this test, which runs a shell script that ends at once on TERM unless told otherwise. */
function run(name: string, script: string, ...options: string[]): Promise<string> {
  const base = ['run', '-d', '--network=none', '--name', `${prefix}-${name}`, ...options];
  return docker(...base, 'busybox:local', 'sh', '-c', script);
}

const SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

function steps(name: string): string[] {
  return events.flatMap((event) =>
    event.type === 'container_update' && event.workspaceId === id(name)
      ? [`${event.data.oldState}→${event.data.newState}`]
      : [],
  );
}

/** The reasons told with the changes of status. */
function causes(name: string): string[] {
  return events.flatMap((event) =>
    event.type === 'status_changed' && event.workspaceId === id(name) ? [event.data.reason] : [],
  );
}

async function becomes(name: string, expected: object): Promise<void> {
  await eventually(() => expect(state(name)).toMatchObject(expected));
}

describeDocker('what Docker does is told as it was', () => {
  beforeAll(async () => {
    const engine = createDockerEngine({ host: sharedDocker().host });
    const bus = new EventBus();
    bus.on('*', (event) => void events.push(event));
    tracker = new Tracker({ engine, bus });
    await tracker.start();
    close = async () => {
      await tracker.stop();
      await engine.close();
    };
  });

  afterAll(async () => {
    await close();
    const ids = await docker('ps', '-aq', '--filter', `name=${prefix}`);
    if (ids !== '') await docker('rm', '-f', ...ids.split(/\s+/));
  });

  it('run, then exit 3', async () => {
    await run('exit', 'sleep 0.3; exit 3');
    await becomes('exit', { phase: 'crashed', status: 'inactive', reason: { code: 'exited_with_error' } });
    expect(state('exit')?.containers[0]).toMatchObject({ exitCode: 3, state: 'exited' });
    expect(steps('exit')).toEqual(['null→created', 'created→running', 'running→exited']);
  });

  it('exit 0 of a container by itself', async () => {
    await run('done', 'sleep 0.3');
    await becomes('done', { phase: 'completed', status: 'inactive' });
  });

  it('stop that TERM does not end', async () => {
    await run('stop', "trap '' TERM; while :; do sleep 0.1; done");
    await becomes('stop', { phase: 'running', status: 'active' });
    await docker('stop', '-t', '1', `${prefix}-stop`);
    await becomes('stop', { phase: 'stopped', reason: { code: 'stopped_by_request' } });
    expect(state('stop')?.containers[0]?.exitCode).toBe(137);
    expect(causes('stop').at(-1)).toBe('stopped_by_request');
  });

  it('restart on request is not a crash', async () => {
    await run('restart', SLEEP);
    await becomes('restart', { phase: 'running' });
    await docker('restart', '-t', '2', `${prefix}-restart`);
    await eventually(() =>
      expect(steps('restart')).toEqual(['null→created', 'created→running', 'running→exited', 'exited→running']),
    );
    await becomes('restart', { phase: 'running', status: 'active' });
  });

  it('kill is asked for; HUP is no exit', async () => {
    await run('kill', `trap '' HUP; ${SLEEP}`);
    await becomes('kill', { phase: 'running' });
    await docker('kill', '-s', 'HUP', `${prefix}-kill`);
    await eventually(() => expect(state('kill')?.evidence.at(-1)?.what).toBe('kill signal=1'));
    expect(state('kill')).toMatchObject({ phase: 'running', status: 'active' });
    await docker('kill', `${prefix}-kill`);
    await becomes('kill', { phase: 'stopped', reason: { code: 'killed_by_request' } });
    expect(causes('kill').at(-1)).toBe('killed_by_request');
  });

  it('rm -f of a running container, and --rm', async () => {
    await run('rmf', SLEEP);
    await docker('rm', '-f', `${prefix}-rmf`);
    await becomes('rmf', { phase: 'missing', status: 'inactive', containers: [] });
    expect(steps('rmf')).toEqual(['null→created', 'created→running', 'running→exited', 'exited→removed']);
    await run('rm', 'sleep 0.2', '--rm');
    await becomes('rm', { phase: 'missing', status: 'inactive' });
  });

  it('a restart policy that never succeeds', async () => {
    await run('loop', 'sleep 0.1; exit 1', '--restart=always');
    await becomes('loop', { phase: 'crash-looping', status: 'active', reason: { code: 'crash_loop' } });
    await docker('stop', '-t', '1', `${prefix}-loop`);
    await becomes('loop', { status: 'inactive' });
  });

  it('out of memory of the main process', async () => {
    await run('oom', 'while [ ! -e /go ]; do sleep 0.1; done; exec tail /dev/zero', '--memory=12m');
    await becomes('oom', { phase: 'running' });
    // Docker watches for it only some time after the start.
    await docker('exec', `${prefix}-oom`, 'sh', '-c', 'sleep 0.5; touch /go');
    await becomes('oom', { phase: 'out-of-memory', status: 'inactive', reason: { code: 'out_of_memory' } });
  });

  it('a start that fails', async () => {
    await docker('create', '--network=none', '--name', `${prefix}-bad`, 'busybox:local', '/no/such/program');
    await docker('start', `${prefix}-bad`).catch(() => '');
    await becomes('bad', { phase: 'crashed', reason: { code: 'start_failed' } });
  });

  it('pause and unpause', async () => {
    await run('pause', SLEEP);
    await docker('pause', `${prefix}-pause`);
    await becomes('pause', { phase: 'paused', status: 'inactive' });
    await docker('unpause', `${prefix}-pause`);
    await becomes('pause', { phase: 'running', status: 'active' });
  });

  it('health from starting to healthy to unhealthy and back', async () => {
    const check = [
      '--health-cmd=test -f /ok',
      '--health-interval=0.3s',
      '--health-retries=1',
      '--health-start-period=0s',
    ];
    await run('health', `sleep 1; touch /ok; ${SLEEP}`, ...check);
    await becomes('health', { phase: 'running', status: 'active', containers: [{ health: 'healthy' }] });
    await docker('exec', `${prefix}-health`, 'rm', '/ok');
    await becomes('health', { phase: 'unhealthy', status: 'active' });
    await docker('exec', `${prefix}-health`, 'touch', '/ok');
    await becomes('health', { phase: 'running' });
  });

  it('recreate under the same name is the same workspace; rename is another', async () => {
    const first = await run('again', SLEEP);
    await docker('rm', '-f', `${prefix}-again`);
    const second = await run('again', SLEEP);
    expect(second).not.toBe(first);
    await becomes('again', { status: 'active', containerId: second });
    await docker('rename', `${prefix}-again`, `${prefix}-renamed`);
    await becomes('renamed', { status: 'active', containerId: second });
    await becomes('again', { phase: 'missing' });
  });

  it('several containers, one workspace: a finished init container turns nothing red', async () => {
    const label = `tidewatch.workspace=${prefix}-shop`;
    await run('init', 'sleep 0.1', '--label', label);
    await run('web', SLEEP, '--label', label);
    const shop = () => tracker.getWorkspaceState(`${prefix}-shop`);
    await eventually(() =>
      expect(
        shop()
          ?.containers.map((container) => container.state)
          .toSorted(),
      ).toEqual(['exited', 'running']),
    );
    await eventually(() => expect(shop()).toMatchObject({ status: 'active', phase: 'running' }));
  });

  it('tells every workspace one unbroken chain', () => {
    const last = new Map<string, string>();
    for (const event of events) {
      if (event.type !== 'status_changed' || event.workspaceId === null) continue;
      expect(event.data.oldStatus).toBe(last.get(event.workspaceId) ?? null);
      last.set(event.workspaceId, event.data.newStatus);
    }
    expect(last.size).toBeGreaterThan(10);
  });
});
