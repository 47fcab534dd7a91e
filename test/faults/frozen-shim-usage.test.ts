import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import { isOlder } from '../../src/engine/docker/negotiate.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { shimOf } from '../env/container-shim.ts';
import { type DockerEngine, startDockerEngine } from '../env/docker-engine.ts';
import { signalProcess } from '../env/processes.ts';
import { describeDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { type StartedMonitoring, startMonitoring } from '../support/start-monitoring.ts';

const STUCK = 'stuck';
const OTHERS = ['first', 'second'];
const ALL = [STUCK, ...OTHERS];

let engine: DockerEngine;

describeDocker('what containers use, while the shim of one stands still', () => {
  beforeAll(async () => {
    engine = await startDockerEngine();
  });
  afterAll(() => engine.stop());

  test('is read of all by the kernel’s files; of the others by the engine where it can; and of all again after', async () => {
    const ids = await Promise.all(ALL.map(run));
    await using byFiles = await startMonitoring(engine.host, { config: { 'monitor.collectInterval': 500 } });
    await using byEngine = await startMonitoring(engine.host, {
      config: { 'monitor.source': 'engine', 'monitor.collectInterval': 500 },
      limits: { statsMs: 3_000 },
    });
    await eventually(() => {
      for (const started of [byFiles, byEngine]) {
        for (const name of ALL) expect(started.metricsOf(name)).not.toBeNull();
      }
    });
    // Engines before 25.0 take one sample after the other, and this one never ends: nothing is told of any.
    const stopped = (await isSerial()) ? ALL : [STUCK];
    const shim = await shimOf(ids[0] ?? '');
    signalProcess(shim, 'SIGSTOP');
    try {
      await eventually(
        () => {
          for (const name of stopped) {
            expect(problemOf(byEngine, name)).toMatch(/times in a row; it is asked again in \d+ s.*did not answer/);
            expect(byEngine.metricsOf(name)).toBeNull();
          }
        },
        { within: 50_000 },
      );
      await readAgain(byFiles, ALL);
      await readAgain(
        byEngine,
        ALL.filter((name) => !stopped.includes(name)),
      );
      for (const name of ALL) expect(problemOf(byFiles, name)).toBeNull();
    } finally {
      signalProcess(shim, 'SIGCONT');
    }
    await eventually(
      () => {
        for (const name of ALL) {
          expect(byEngine.metricsOf(name)).not.toBeNull();
          expect(problemOf(byEngine, name)).toBeNull();
        }
      },
      { within: 50_000 },
    );
  }, 150_000);
});

async function run(name: string): Promise<string> {
  const label = `--label=tidewatch.workspace=${name}`;
  return engine.docker('run', '-d', '--network=none', `--name=${name}`, label, IMAGE, 'sleep', '3600');
}

async function isSerial(): Promise<boolean> {
  const client = createDockerEngine({ host: engine.host });
  const { apiVersion } = await client.connect().finally(() => client.close());
  return isOlder(apiVersion, '1.44');
}

function problemOf({ monitor }: StartedMonitoring, name: string): string | null | undefined {
  return monitor.getContainerSources().find(({ workspaceId }) => workspaceId === name)?.lastError;
}

async function readAgain(started: StartedMonitoring, names: readonly string[]): Promise<void> {
  const before = names.map((name) => started.metricsOf(name)?.sampledAt ?? '');
  await eventually(() => {
    for (const [index, name] of names.entries()) {
      expect((started.metricsOf(name)?.sampledAt ?? '') > (before[index] ?? '')).toBe(true);
    }
  });
}
