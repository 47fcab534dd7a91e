import { afterAll, beforeAll, expect, it } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { podmanObstacle } from '../env/obstacles.ts';
import { type PodmanEngine, startPodman } from '../env/podman-engine.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { type StartedTracker, startTracker } from '../support/start-tracker.ts';

const SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

let podman: PodmanEngine;
let started: StartedTracker;

const docker = (...args: string[]) => podman.docker(...args);
const state = (name: string) => started.tracker.getWorkspaceState(`container:${name}`);

function run(name: string, script: string, ...options: string[]): Promise<string> {
  return docker('run', '-d', '--network=none', '--name', name, ...options, IMAGE, 'sh', '-c', script);
}

function becomes(name: string, expected: object): Promise<void> {
  return eventually(() => expect(state(name)).toMatchObject(expected), { within: 40_000 });
}

/** The steps told of a container; one that is looked at while it stops has one more, which none of these is about. */
function steps(name: string): string[] {
  return started
    .eventsOf(`container:${name}`)
    .flatMap((event) => (event.type === 'container_update' ? [event.data] : []))
    .filter(({ newState }) => newState !== 'stopping')
    .map(({ oldState, newState }) => `${oldState === 'stopping' ? 'running' : oldState}→${newState}`);
}

const BORN = ['null→created', 'created→running'];

/** Podman tells of a removal after it, of an end before it is done: the sequence is complete a moment later. */
const tells = (name: string, expected: readonly string[]) =>
  eventually(() => expect(steps(name)).toEqual(expected), { within: 40_000 });

describeUnless(await podmanObstacle(), 'what Podman does is told as it was', () => {
  beforeAll(async () => {
    podman = await startPodman();
    started = await startTracker(podman.host);
  });

  afterAll(async () => {
    await started.stop();
    await podman.stop();
  });

  it('is known to be Podman', () => {
    expect(started.tracker.getStats().engine).toMatchObject({ state: 'connected', info: { dialect: 'podman' } });
  });

  it('created, then run to exit 3', async () => {
    await docker('create', '--network=none', '--name=exit', IMAGE, 'sh', '-c', 'sleep 0.3; exit 3');
    await becomes('exit', { status: 'inactive', phase: 'starting', reason: { code: 'container_created' } });
    await docker('start', 'exit');
    await becomes('exit', { phase: 'crashed', reason: { code: 'exited_with_error' }, containers: [{ exitCode: 3 }] });
    await tells('exit', [...BORN, 'running→exited']);
  });

  it('exit 0, at once and by itself', async () => {
    await run('done', 'exit 0');
    await becomes('done', { phase: 'completed', status: 'inactive', containers: [{ exitCode: 0 }] });
    await tells('done', [...BORN, 'running→exited']);
  });

  it('stop, of which Podman tells the end alone', async () => {
    await run('stop', SLEEP);
    await becomes('stop', { phase: 'running', status: 'active' });
    await docker('stop', '-t', '5', 'stop');
    await becomes('stop', { status: 'inactive', containers: [{ state: 'exited', exitCode: 0 }] });
    await tells('stop', [...BORN, 'running→exited']);
  });

  it('kill is asked for though Podman tells no signal; HUP is no exit', async () => {
    await run('kill', `trap '' HUP; ${SLEEP}`);
    await becomes('kill', { phase: 'running' });
    await docker('kill', '-s', 'HUP', 'kill');
    await eventually(() => expect(state('kill')?.evidence.at(-1)?.what).toMatch(/^kill/));
    expect(state('kill')).toMatchObject({ phase: 'running', status: 'active' });
    await docker('kill', 'kill');
    await becomes('kill', { phase: 'stopped', reason: { code: 'killed_by_request' }, containers: [{ exitCode: 137 }] });
    await tells('kill', [...BORN, 'running→exited']);
  });

  it('rm -f of a running container, and --rm', async () => {
    await run('rmf', SLEEP);
    await becomes('rmf', { phase: 'running' });
    await docker('rm', '-f', 'rmf');
    await run('rm', 'sleep 0.3', '--rm');
    for (const name of ['rmf', 'rm']) {
      await becomes(name, { phase: 'missing', status: 'inactive', containers: [] });
      await tells(name, [...BORN, 'running→exited', 'exited→removed']);
    }
  });

  it('pause and unpause', async () => {
    await run('pause', SLEEP);
    await becomes('pause', { phase: 'running' });
    await docker('pause', 'pause');
    await becomes('pause', { phase: 'paused', status: 'inactive' });
    await docker('unpause', 'pause');
    await becomes('pause', { phase: 'running', status: 'active' });
    await tells('pause', [...BORN, 'running→paused', 'paused→running']);
  });

  it('restart on request: one end, one start', async () => {
    await run('restart', SLEEP);
    await becomes('restart', { phase: 'running' });
    await docker('restart', '-t', '2', 'restart');
    await tells('restart', [...BORN, 'running→exited', 'exited→running']);
    await becomes('restart', { phase: 'running', status: 'active' });
  });

  it('rename, and another container under the old name', async () => {
    const first = await run('name', SLEEP);
    await becomes('name', { containerId: first });
    await docker('rename', 'name', 'new-name');
    await becomes('new-name', { status: 'active', containerId: first });
    const second = await run('name', SLEEP);
    await becomes('name', { status: 'active', containerId: second });
    expect(state('new-name')).toMatchObject({ status: 'active', containerId: first });
  });

  it('a restart policy that never succeeds', async () => {
    await run('loop', 'sleep 0.1; exit 1', '--restart=always');
    await becomes('loop', { phase: 'crash-looping', status: 'active' });
    // Podman refuses in the moment between two runs.
    await eventually(() => docker('rm', '-f', 'loop'));
    await becomes('loop', { phase: 'missing' });
    const told = steps('loop');
    told.forEach((step, index) => {
      expect(step.split('→')[0], told.join(' ')).toBe(index === 0 ? 'null' : told[index - 1]?.split('→')[1]);
    });
  });

  it('health, which Podman tells in a field of its own', async () => {
    await run('health', SLEEP, '--health-cmd=test -f /ok', '--health-retries=1', '--health-interval=1h');
    await becomes('health', { phase: 'starting', containers: [{ health: 'starting' }] });
    await docker('exec', 'health', 'touch', '/ok');
    // Its probes are run by systemd, which is not everywhere: the test runs them.
    await podman.podman('healthcheck', 'run', 'health');
    await becomes('health', { phase: 'running', containers: [{ health: 'healthy' }] });
    await docker('exec', 'health', 'rm', '/ok');
    await podman.podman('healthcheck', 'run', 'health').catch(() => '');
    await becomes('health', { phase: 'unhealthy', status: 'active' });
    await docker('pause', 'health');
    await becomes('health', { phase: 'paused' });
  });

  it('what happens while its service is killed is found when it is back', async () => {
    await run('stays', SLEEP);
    await run('dies', SLEEP);
    await becomes('dies', { status: 'active' });
    await becomes('stays', { status: 'active' });
    const pid = Number(await docker('inspect', '--format={{.State.Pid}}', 'dies'));
    await podman.restart(async () => {
      process.kill(pid, 'SIGKILL');
      await eventually(() => expect(state('stays')?.freshness.state).toBe('unknown'));
      expect(state('stays')).toMatchObject({ status: 'active', phase: 'running' });
    });
    await becomes('stays', { status: 'active', phase: 'running', freshness: { state: 'live' } });
    await becomes('dies', { status: 'inactive', containers: [{ state: 'exited', exitCode: 137 }] });
    await tells('dies', [...BORN, 'running→exited']);
    await tells('stays', BORN);
  });
});
