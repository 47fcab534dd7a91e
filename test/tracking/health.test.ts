import { afterAll, beforeAll, expect, it } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { type StartedTracker, startTracker } from '../support/start-tracker.ts';

const prefix = freshPrefix();
let started: StartedTracker;

const docker = (...args: string[]) => sharedDocker().docker(...args);
const id = (name: string) => `container:${prefix}-${name}`;
const state = (name: string) => started.tracker.getWorkspaceState(id(name));

function becomes(name: string, phase: string, health: string): Promise<void> {
  return eventually(() => expect(state(name)).toMatchObject({ phase, containers: [{ health }] }));
}

/** A container that is healthy while the file /ok is there; it makes no file by itself. */
function run(name: string, ...options: string[]): Promise<string> {
  const check = ['--health-cmd=test -f /ok', '--health-interval=0.2s', '--health-retries=1', ...options];
  return docker('run', '-d', '--network=none', '--name', `${prefix}-${name}`, ...check, IMAGE, 'sleep', '3600');
}

const says = (name: string, ...command: string[]) => docker('exec', `${prefix}-${name}`, ...command);

describeDocker('the health of a container', () => {
  beforeAll(async () => {
    started = await startTracker(sharedDocker().host);
  });

  afterAll(async () => {
    await started.stop();
    const ids = await docker('ps', '-aq', '--filter', `name=${prefix}`);
    if (ids !== '') await docker('rm', '-f', ...ids.split('\n'));
  });

  it('goes from starting to healthy, unhealthy and healthy; a restart makes it start again', async () => {
    await run('check', '--health-start-period=1h');
    await becomes('check', 'starting', 'starting');
    await says('check', 'touch', '/ok');
    await becomes('check', 'running', 'healthy');
    await says('check', 'rm', '/ok');
    await becomes('check', 'unhealthy', 'unhealthy');
    expect(state('check')).toMatchObject({ status: 'active', reason: { code: 'container_unhealthy' } });
    await says('check', 'touch', '/ok');
    await becomes('check', 'running', 'healthy');
    await says('check', 'rm', '/ok');
    await docker('restart', '-t', '0', `${prefix}-check`);
    await becomes('check', 'starting', 'starting');
  });

  it('is nobody’s concern while it is paused or ended, though the engine then calls it unhealthy', async () => {
    await run('pause', '--health-interval=2s');
    await says('pause', 'touch', '/ok');
    await becomes('pause', 'running', 'healthy');
    const phases = new Set<string>();
    const off = started.tracker.onStateChange((which, _before, current) => {
      if (which === id('pause') && current !== undefined) phases.add(current.phase);
    });
    await docker('pause', `${prefix}-pause`);
    await eventually(() => expect(state('pause')?.phase).toBe('paused'));
    // The engine says so by now, to everybody who asks.
    const told = '{{.State.Status}} {{.State.Health.Status}}';
    await eventually(async () =>
      expect(await docker('inspect', `--format=${told}`, `${prefix}-pause`)).toBe('paused unhealthy'),
    );
    await started.tracker.forceSync(id('pause'));
    await started.tracker.forceSync();
    expect(state('pause')?.phase).toBe('paused');
    await docker('unpause', `${prefix}-pause`);
    // Until the next probe the engine says so still.
    await eventually(() => expect(state('pause')?.phase).toBe('running'));
    await started.tracker.forceSync();
    await started.tracker.forceSync(id('pause'));
    await becomes('pause', 'running', 'healthy');
    await docker('kill', `${prefix}-pause`);
    await started.tracker.forceSync(id('pause'));
    await eventually(() => expect(state('pause')).toMatchObject({ phase: 'stopped', status: 'inactive' }));
    off();
    expect([...phases].sort()).toEqual(['paused', 'running', 'stopped']);
  });
});
