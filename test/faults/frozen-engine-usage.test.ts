import { afterAll, beforeAll, expect, test } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { type DockerEngine, startDockerEngine } from '../env/docker-engine.ts';
import { signalProcess } from '../env/processes.ts';
import { describeDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { startMonitoring } from '../support/start-monitoring.ts';

let engine: DockerEngine;

async function run(name: string, ...options: string[]): Promise<void> {
  const label = `--label=tidewatch.workspace=${name}`;
  await engine.docker('run', '-d', '--network=none', `--name=${name}`, label, ...options, IMAGE, 'sleep', '3600');
}

async function pidOf(name: string): Promise<number> {
  return Number(await engine.docker('inspect', '--format={{.State.Pid}}', name));
}

describeDocker('what containers use, while the engine stands still', () => {
  beforeAll(async () => {
    engine = await startDockerEngine();
  });
  afterAll(() => engine.stop());

  test('is read on, and an end that the kernel tells holds until the engine tells its cause', async () => {
    for (const name of ['stays', 'dies']) await run(name);
    await run('comes-back', '--restart=always');
    const pids = { dies: await pidOf('dies'), comesBack: await pidOf('comes-back') };
    await using started = await startMonitoring(engine.host, { config: { 'monitor.collectInterval': 500 } });
    const state = (name: string) => started.tracker.getWorkspaceState(name);
    const sampledAt = () => started.metricsOf('stays')?.sampledAt ?? '';
    await eventually(() => {
      for (const name of ['stays', 'dies', 'comes-back']) expect(started.metricsOf(name)).not.toBeNull();
    });
    engine.freeze();
    try {
      signalProcess(pids.dies, 'SIGKILL');
      signalProcess(pids.comesBack, 'SIGKILL');
      await eventually(() => {
        for (const name of ['dies', 'comes-back']) expect(started.metricsOf(name)).toBeNull();
      });
      const before = sampledAt();
      await eventually(() => expect(state('stays')?.freshness.state).toBe('unknown'), { within: 40_000 });
      expect(sampledAt() > before).toBe(true);
      const unknown = sampledAt();
      await eventually(() => expect(sampledAt() > unknown).toBe(true));
      expect(state('stays')).toMatchObject({ status: 'active', freshness: { state: 'unknown' } });
      const told = { freshness: { state: 'unknown' }, metrics: null };
      const ended = { status: 'inactive', reason: { code: 'process_ended' }, containers: [{ exitCode: null }] };
      expect(state('dies')).toMatchObject({ ...told, ...ended });
      // Nobody but the engine can start it again, and it will.
      expect(state('comes-back')).toMatchObject({ ...told, status: 'active', phase: 'restarting' });
    } finally {
      engine.thaw();
    }
    await eventually(() => expect(state('stays')).toMatchObject({ freshness: { state: 'live' } }));
    await eventually(() => expect(state('dies')).toMatchObject({ containers: [{ state: 'exited', exitCode: 137 }] }));
    await eventually(() => expect(state('comes-back')).toMatchObject({ status: 'active', phase: 'running' }));
    await eventually(() => expect(started.metricsOf('comes-back')).not.toBeNull());
    const steps = (name: string) =>
      started.events.flatMap((event) =>
        event.type === 'status_changed' && event.workspaceId === name ? [event.data.newStatus] : [],
      );
    expect([steps('dies'), steps('comes-back')]).toEqual([['active', 'inactive'], ['active']]);
  }, 120_000);
});
