import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { TidewatchClient } from '../../src/client/client.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { type DockerEngine, startDockerEngine } from '../env/docker-engine.ts';
import { buildObstacle, firstObstacle } from '../env/obstacles.ts';
import { pause } from '../env/processes.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { serveTidewatch } from '../support/tidewatch-process.ts';

let engine: DockerEngine;

async function untilReady(client: TidewatchClient): Promise<void> {
  await eventually(async () => expect((await client.ready()).missing).toEqual([]), { within: 40_000 });
}

const obstacle = await firstObstacle([inject('docker').obstacle, buildObstacle()]);

describeUnless(obstacle, 'the daemon on an engine that stands still', () => {
  beforeAll(async () => {
    engine = await startDockerEngine();
  });

  afterAll(() => engine.stop());

  it('ends within seconds on SIGTERM, even with an open stream, and leaves no lock behind', async () => {
    const folder = await temporaryFolder();
    const args = ['--engine-host', engine.host];
    const first = await serveTidewatch({ folder, args });
    await untilReady(first.client);
    const stream = first.client.stream({ after: 0 });
    await stream.next();
    engine.freeze();
    const { code, err } = await first.end('SIGTERM').finally(() => engine.thaw());
    expect(code, err).toBe(0);
    await stream.return();
    await using second = await serveTidewatch({ folder, args });
    await untilReady(second.client);
  });

  it('calls states unknown while it is frozen for 30 s, and live again after', async () => {
    const folder = await temporaryFolder();
    await engine.docker('run', '-d', '--network=none', '--name=frozen', IMAGE, 'sleep', '3600');
    await using serving = await serveTidewatch({ folder, args: ['--engine-host', engine.host] });
    await untilReady(serving.client);
    const frozen = () => serving.client.workspaces.get('container:frozen');
    const seen = new Set<string>();
    engine.freeze();
    try {
      const until = performance.now() + 30_000;
      while (performance.now() < until) {
        const askedAt = Date.now();
        const { status, phase, freshness } = await frozen();
        seen.add(freshness.state);
        expect({ status, phase }).toEqual({ status: 'active', phase: 'running' });
        const ageMs = askedAt - Date.parse(freshness.confirmedAt ?? '');
        if (freshness.state !== 'unknown') expect(ageMs).toBeLessThanOrEqual(15_000);
        await pause(250);
      }
      expect(seen).toContain('unknown');
      expect((await serving.client.ready()).missing).toContain('engine');
    } finally {
      engine.thaw();
    }
    await eventually(async () => expect((await frozen()).freshness.state).toBe('live'));
    await untilReady(serving.client);
    await engine.docker('kill', 'frozen');
    await eventually(async () => expect(await frozen()).toMatchObject({ reason: { code: 'killed_by_request' } }));
  }, 120_000);
});
