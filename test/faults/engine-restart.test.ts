import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DockerEngine, startDockerEngine } from '../env/docker-engine.ts';
import { describeDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { type StartedTracker, startTracker } from '../support/start-tracker.ts';

const SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.1; done";
let engine: DockerEngine;
let started: StartedTracker;

async function run(name: string, ...options: string[]): Promise<string> {
  const base = ['run', '-d', '--network=none', '--name', name, ...options];
  return (await engine.docker(...base, 'busybox:local', 'sh', '-c', SLEEP)).trim();
}

const state = (name: string) => started.tracker.getWorkspaceState(`container:${name}`);

async function becomes(name: string, expected: object): Promise<void> {
  await eventually(() => expect(state(name)).toMatchObject(expected), { within: 40_000 });
}

async function containerPid(name: string): Promise<number> {
  return Number((await engine.docker('inspect', '-f', '{{.State.Pid}}', name)).trim());
}

describeDocker('an engine that goes away and comes back', () => {
  beforeAll(async () => {
    engine = await startDockerEngine({ liveRestore: true });
    started = await startTracker(engine.host);
  });

  afterAll(async () => {
    await started.stop();
    await engine.stop();
  });

  it('is unknown while it is gone, and then right: killed, with live-restore, one container dead meanwhile', async () => {
    await run('stays');
    await run('dies');
    await becomes('dies', { status: 'active' });
    const pid = await containerPid('dies');
    await engine.restart({
      signal: 'SIGKILL',
      liveRestore: true,
      whileDown: async () => {
        process.kill(pid, 'SIGKILL');
        await eventually(() => expect(state('stays')?.freshness.state).toBe('unknown'));
        expect(state('stays')).toMatchObject({ status: 'active', phase: 'running' });
      },
    });
    await becomes('dies', { status: 'inactive', containers: [{ state: 'exited', exitCode: 137 }] });
    await becomes('stays', { status: 'active', phase: 'running', freshness: { state: 'live' } });
    const { status_changed: last } = Object.fromEntries(
      started.eventsOf('container:dies').map((event) => [event.type, event]),
    );
    expect(last).toMatchObject({ recovered: true, data: { newStatus: 'inactive' } });
  });

  it('ends its containers itself without live-restore: told as engine restart, not as a stop on request', async () => {
    await run('taken');
    await becomes('taken', { status: 'active' });
    await engine.restart({ signal: 'SIGTERM', liveRestore: false });
    await becomes('taken', { status: 'inactive', reason: { code: 'engine_restarted' } });
    expect(started.events.some(({ type }) => type === 'gap')).toBe(true);
    const told = started.eventsOf('container:taken').filter(({ type }) => type === 'status_changed');
    expect(told.at(-1)?.data).toMatchObject({ newStatus: 'inactive', reason: 'engine_restarted' });
  });

  it('is unknown at the latest 15 s after it froze, and right after it thawed', async () => {
    await run('frozen');
    await becomes('frozen', { status: 'active', freshness: { state: 'live' } });
    process.kill(engine.pid, 'SIGSTOP');
    try {
      await eventually(() => expect(state('frozen')?.freshness.state).toBe('unknown'), { within: 40_000 });
      expect(state('frozen')).toMatchObject({ status: 'active', phase: 'running' });
    } finally {
      process.kill(engine.pid, 'SIGCONT');
    }
    await becomes('frozen', { status: 'active', freshness: { state: 'live' } });
    await engine.docker('kill', 'frozen');
    await becomes('frozen', { status: 'inactive', reason: { code: 'killed_by_request' } });
  }, 120_000);
});
