import { watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type DockerEngine, startDockerEngine } from '../env/docker-engine.ts';
import { buildObstacle, firstObstacle } from '../env/obstacles.ts';
import { describeUnless, freshPrefix } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { openFiles } from '../support/open-files.ts';
import { type StartedMonitoring, startMonitoring } from '../support/start-monitoring.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type ServingTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';
import { ChurnVerdict, type ShownWorkspace } from './churn-verdict.ts';
import { ChurnedContainers } from './churned-containers.ts';

/** `make soak` runs the same with 200 containers for minutes. */
const CONTAINERS = Number(process.env.SOAK_CONTAINERS ?? 10);
const SECONDS = Number(process.env.SOAK_SECONDS ?? 12);
const AT_ONCE = 4;
/** Each container is changed every few seconds: most runs are read several times. */
const CHANGED_AT_ONCE = Math.ceil(CONTAINERS / 50);

/** The daemon keeps idle connections to the engine, and those of its clients. */
const IDLE_SOCKETS = 10;

/** Counts of a soak are of interest; those of a short run are noise among the tests. */
const report = process.env.SOAK_SECONDS === undefined ? () => {} : (figures: object) => console.log(figures);

let engine: DockerEngine;
const obstacle = await firstObstacle([inject('docker').obstacle, buildObstacle()]);

describeUnless(obstacle, 'containers that come and go all the time', () => {
  beforeAll(async () => {
    engine = await startDockerEngine({ network: true });
  });
  afterAll(() => engine.stop());

  test(
    'show figures of their present run and of no other, and leave nothing open',
    async () => {
      // What the process opens once and keeps is no leak: the first watch of all does.
      watch('/tmp', () => {}).close();
      const before = openFiles();
      const started = await startMonitoring(engine.host, { config: { 'monitor.collectInterval': 1_000 } });
      const serving = await serveTidewatch({
        folder: await temporaryFolder(),
        args: ['--engine-host', engine.host, '--monitor-collect-interval', '1s'],
      });
      const enough = new AbortController();
      let looking: Promise<unknown> = Promise.resolve();
      try {
        const containers = new ChurnedContainers(engine.docker, freshPrefix(), CONTAINERS);
        const inside = new ChurnVerdict(containers);
        const outside = new ChurnVerdict(containers);
        looking = Promise.all([
          look(inside, enough.signal, { every: 25, of: () => statesOf(started) }),
          look(outside, enough.signal, { every: 250, of: () => listed(serving) }),
        ]);
        // What is opened with the first containers and kept is no leak either.
        const first = new ChurnedContainers(engine.docker, freshPrefix(), 4);
        await first.start(AT_ONCE);
        await first.removeAll(AT_ONCE);
        const idle = await idleFiles(serving);
        await containers.start(AT_ONCE);
        await eventually(() => expect(started.monitor.getActiveMonitors().length).toBeGreaterThan(CONTAINERS / 2));
        await containers.churn(CHANGED_AT_ONCE, AbortSignal.timeout(SECONDS * 1_000));
        report({ operations: containers.operations, stats: started.monitor.getMonitorStats() });
        expect(faultsOf(started, containers)).toEqual([]);
        await containers.removeAll(AT_ONCE);
        await eventually(() => expect(started.monitor.getCacheStats().cachedContainers).toBe(0));
        for (const { metrics } of statesOf(started)) expect(metrics).toBeNull();
        enough.abort();
        await looking;

        report({ inside: inside.counts, outside: outside.counts, most: [inside.mostCpu, outside.mostCpu] });
        expect(inside.faults).toEqual([]);
        expect(outside.faults).toEqual([]);
        for (const { counts } of [inside, outside]) expect(counts.withFigures).toBeGreaterThan(CONTAINERS);
        expect(openFiles().kernel).toEqual([]);
        const { sockets, ...files } = await idleFiles(serving);
        expect(files).toEqual({ files: idle.files, kernel: [], watches: idle.watches });
        expect(sockets).toBeLessThanOrEqual(idle.sockets + IDLE_SOCKETS);
      } finally {
        enough.abort();
        await looking.catch(() => {});
        await started[Symbol.asyncDispose]();
        await serving[Symbol.asyncDispose]();
      }
      await eventually(() => {
        const { sockets, ...files } = openFiles();
        expect(files).toEqual({ files: before.files, kernel: [], watches: before.watches });
        expect(sockets).toBeLessThanOrEqual(before.sockets);
      });
    },
    (SECONDS + CONTAINERS * 5 + 120) * 1_000,
  );
});

/** Everything a daemon without containers has open. */
async function idleFiles(serving: ServingTidewatch) {
  await eventually(async () => expect((await serving.client.ready()).missing).toEqual([]));
  await eventually(async () => {
    expect((await serving.client.stats()).monitor.cache.readers).toEqual({ cgroup: 0, engine: 0, none: 0 });
  });
  for (const { metrics } of await listed(serving)) expect(metrics).toBeNull();
  return openFiles(serving.pid);
}

async function listed({ client }: ServingTidewatch): Promise<ShownWorkspace[]> {
  const all: ShownWorkspace[] = [];
  for await (const workspace of client.workspaces.all()) all.push(workspace);
  return all;
}

function statesOf({ tracker }: StartedMonitoring): ShownWorkspace[] {
  return [...tracker.getAllWorkspaceStates()].map(([id, state]) => ({ ...state, id }));
}

interface Shower {
  readonly every: number;
  of(): ShownWorkspace[] | Promise<ShownWorkspace[]>;
}

async function look(verdict: ChurnVerdict, signal: AbortSignal, { every, of }: Shower): Promise<void> {
  while (!signal.aborted) {
    for (const shown of await of()) verdict.look(shown);
    await sleep(every);
  }
}

/** Peaks hold every reading, also those that nobody looked at. */
function faultsOf({ monitor }: StartedMonitoring, { all }: ChurnedContainers): string[] {
  return monitor.getContainerSources().flatMap(({ workspaceId, peakCpu }) => {
    const most = all.get(workspaceId)?.load.mostCpu ?? 0;
    return peakCpu > most ? [`${workspaceId} had a peak of ${peakCpu} %`] : [];
  });
}
