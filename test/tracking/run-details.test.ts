import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { type StartedTracker, startTracker } from '../support/start-tracker.ts';

const prefix = freshPrefix();
const SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.1; done";
let started: StartedTracker;

async function docker(...args: string[]): Promise<string> {
  return (await sharedDocker().docker(...args)).trim();
}

const called = (name: string) => `${prefix}-${name}`;
const state = (name: string) => started.tracker.getWorkspaceState(`container:${called(name)}`);

function run(name: string, script: string, ...options: string[]): Promise<string> {
  const base = ['run', '-d', '--network=none', '--name', called(name), ...options];
  return docker(...base, 'busybox:local', 'sh', '-c', script);
}

async function becomes(name: string, expected: object): Promise<void> {
  await eventually(() => expect(state(name)).toMatchObject(expected));
}

/** The states told of a container, in order. */
function states(name: string): string[] {
  return started
    .eventsOf(`container:${called(name)}`)
    .flatMap((event) => (event.type === 'container_update' ? [event.data.newState] : []));
}

describeDocker('details of a run', () => {
  beforeAll(async () => {
    started = await startTracker(sharedDocker().host);
  });

  afterAll(async () => {
    await started.stop();
    const ids = await docker('ps', '-aq', '--filter', `name=${prefix}`);
    if (ids !== '') await docker('rm', '-f', ...ids.split(/\s+/));
  });

  it('a child out of memory: it runs on and says so; its later end is what it is', async () => {
    await run('child', `while [ ! -e /go ]; do sleep 0.1; done; tail /dev/zero; ${SLEEP}`, '--memory=12m');
    await becomes('child', { phase: 'running' });
    // Docker watches for it only some time after the start.
    await docker('exec', called('child'), 'sh', '-c', 'sleep 0.5; touch /go');
    await becomes('child', { phase: 'running', status: 'active', reason: { code: 'child_out_of_memory' } });
    await docker('stop', '-t', '5', called('child'));
    await becomes('child', { phase: 'stopped', reason: { code: 'stopped_by_request' } });
    expect(state('child')?.containers[0]).toMatchObject({ exitCode: 0, oomKilled: true });
  });

  it('pause and unpause back to back, twenty times: it runs in the end, and nothing is invented', async () => {
    await run('quick', SLEEP);
    for (let round = 0; round < 20; round += 1) {
      await docker('pause', called('quick'));
      await docker('unpause', called('quick'));
    }
    // Whatever came late is behind this.
    await docker('stop', '-t', '5', called('quick'));
    await becomes('quick', { status: 'inactive', phase: 'stopped' });
    const told = states('quick');
    expect(told.slice(0, 2)).toEqual(['created', 'running']);
    expect(told.at(-1)).toBe('exited');
    expect(told.filter((one) => one === 'paused').length).toBeLessThanOrEqual(20);
    const pairs = told.slice(2, -1);
    expect(pairs).toEqual(pairs.map((_, index) => (index % 2 === 0 ? 'paused' : 'running')));
  });

  it('exec, health probes, attach and top are no steps', async () => {
    await run('noise', SLEEP, '--health-cmd=true', '--health-interval=0.2s');
    await becomes('noise', { containers: [{ health: 'healthy' }] });
    const { since } = state('noise') ?? {};
    for (let round = 0; round < 5; round += 1) await docker('exec', called('noise'), 'true');
    await docker('top', called('noise'));
    await docker('rename', called('noise'), called('quiet'));
    await becomes('quiet', { phase: 'running', status: 'active' });
    expect(states('noise')).toEqual(['created', 'running']);
    expect(Date.parse(state('quiet')?.since ?? '')).toBeGreaterThanOrEqual(Date.parse(since ?? ''));
  });

  it('a changed limit is no step, and a changed restart policy is known', async () => {
    await run('update', 'while [ ! -e /end ]; do sleep 0.1; done; exit 4', '--memory=32m');
    await docker('update', '--memory=64m', '--memory-swap=64m', called('update'));
    await docker('update', '--restart=always', called('update'));
    expect(states('update')).toEqual(['created', 'running']);
    await docker('exec', called('update'), 'touch', '/end');
    await eventually(() => expect(states('update')).toContain('restarting'));
    await becomes('update', { status: 'active', phase: 'crash-looping' });
  });

  it('a policy that gives up: crashed, after as many restarts as it allows', async () => {
    await run('tries', 'exit 5', '--restart=on-failure:2');
    await becomes('tries', { status: 'inactive', phase: 'crashed', reason: { code: 'exited_with_error' } });
    await becomes('tries', { containers: [{ exitCode: 5, restartCount: 2, state: 'exited' }] });
  });
});
