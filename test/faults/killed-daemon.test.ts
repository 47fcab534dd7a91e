import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { METRICS } from '../../src/model/metric-catalogue.ts';
import { buildObstacle } from '../env/obstacles.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { storedSamples } from '../support/stored-samples.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { killStarting, type ServingTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';

/** `TIDEWATCH_KILLS=100` for more. */
const KILLS = Number(process.env.TIDEWATCH_KILLS ?? 6);
const WORKSPACES = 40;
const RESTLESS = 20;
const CHECKPOINT_MS = 1_000;
const INTERVAL_MS = 200;
/** Samples of a workspace between two checkpoints: the next may come when three quarters of the interval are over. */
const LOST_MOST = CHECKPOINT_MS / (0.75 * INTERVAL_MS) + 2;
/** Most are far shorter. */
const LONGEST_LIFE_MS = 7_000;
/** Every so often it is killed before it answers. */
const EVERY_START = 4;
const LONGEST_START_MS = 800;

const [MEMORY, LIMIT, PIDS] = (['memory', 'memoryLimit', 'pids'] as const).map((metric) => METRICS.indexOf(metric));

const ids = Array.from({ length: WORKSPACES }, (_, workspace) => `w${workspace}`);

/** What every workspace uses at a step: known from the two alone, so that a figure that is wrong, or another's, shows. */
const usageAt = (workspace: number, step: number) => ({
  memoryCharged: step * WORKSPACES + workspace,
  memoryLimit: 2 ** 30 + workspace,
  pids: step,
});

describeUnless(await buildObstacle(), 'the whole daemon', () => {
  test(`killed ${KILLS} times while it keeps what ${WORKSPACES} workspaces use, opens every time with all that was noted, and nothing wrong`, {
    timeout: 60_000 + KILLS * 20_000,
  }, async () => {
    await using engine = await FakeEngine.listen({ apiVersion: '1.44' });
    stepOn(engine);
    const folder = await temporaryFolder();
    const args = ['--engine-host', engine.host, '--monitor-source', 'engine'];
    args.push('--monitor-collect-interval', `${INTERVAL_MS}ms`, '--metrics-checkpoint-interval', `${CHECKPOINT_MS}ms`);
    const from = Date.now();
    let kept = new Map<string, Map<number, number>>();
    const lost: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const isStart = kill % EVERY_START === EVERY_START - 1;
      const seen = isStart ? NOTHING : await liveAndDie({ folder, args }, from);
      if (isStart) await killStarting({ folder, args }, Math.random() * LONGEST_START_MS);
      const found = await look(folder, from);
      for (const id of ids) {
        const [now, before] = [found.get(id)!, kept.get(id) ?? new Map<number, number>()];
        expect([...before].filter(([at, step]) => now.get(at) !== step)).toEqual([]);
        const steps = new Set(now.values());
        const gone = (seen.get(id) ?? []).filter((step) => !steps.has(step));
        const newest = Math.max(-1, ...steps);
        expect(gone.filter((step) => step < newest)).toEqual([]);
        expect(gone.length).toBeLessThanOrEqual(LOST_MOST);
        lost.push(gone.length);
      }
      kept = found;
    }
    await using last = await serveTidewatch({ folder, args });
    await expectWhole(last);
    const samples = [...kept.values()].reduce((sum, { size }) => sum + size, 0);
    expect(samples).toBeGreaterThan(0);
    console.log(`${KILLS} kills: ${samples} samples kept, at most ${Math.max(...lost)} of a workspace lost in one`);
  });
});

const NOTHING: ReadonlyMap<string, readonly number[]> = new Map();

/** Containers whose figures go a step further all the time, and others that come and go, so that events are written as well. */
function stepOn(engine: FakeEngine): void {
  const containers = engine.addMany(WORKSPACES, (workspace) => ({
    labels: { 'tidewatch.workspace': `w${workspace}` },
    usage: usageAt(workspace, 1),
  }));
  const restless = engine.addMany(RESTLESS);
  let step = 1;
  const timer = setInterval(() => {
    step += 1;
    for (const [workspace, id] of containers.entries()) engine.setUsage(id, usageAt(workspace, step));
    const id = restless[step % RESTLESS] ?? '';
    if (engine.get(id)?.state === 'running') engine.die(id, { exitCode: 1 });
    else engine.start(id);
  }, INTERVAL_MS / 4);
  onTestFinished(() => clearInterval(timer));
}

/** A life of the daemon that ends by a kill; gives the steps that were told of each workspace before. */
async function liveAndDie(
  setting: { folder: string; args: readonly string[] },
  from: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const serving = await serveTidewatch(setting);
  onTestFinished(() => serving[Symbol.asyncDispose]());
  await expectWhole(serving);
  await wait(Math.random() ** 2 * LONGEST_LIFE_MS);
  const told = await Promise.all(ids.map((id) => stepsOf(serving, id, from)));
  await serving.end('SIGKILL');
  return new Map(ids.map((id, index) => [id, told[index] ?? []]));
}

async function stepsOf({ client }: ServingTidewatch, id: string, from: number): Promise<number[]> {
  const query = { from: Math.max(from, Date.now() - 3_600_000), metrics: ['pids'] as const, maxPoints: 10_000 };
  const { series } = await client.workspaces.metrics(id, query).catch(() => ({ series: {} as never }));
  const { min = [], max = [] } = series.pids ?? {};
  return [...new Set([...min, ...max].filter((step) => step !== null))];
}

async function expectWhole({ client, log }: ServingTidewatch): Promise<void> {
  const { collector } = await client.stats();
  expect(collector).toMatchObject({ damaged: 0, lost: 0, tooLate: 0, failedWrites: 0, lastError: null });
  expect(collector.store.damaged).toBe(0);
  expect(log()).not.toMatch(/damaged|lost|cannot/);
}

/** What lies on the disk after a kill, read from a copy: instant and step of each sample, every figure of which is checked. */
async function look(folder: string, from: number): Promise<Map<string, Map<number, number>>> {
  const copy = join(folder, 'copy');
  await cp(join(folder, 'data'), copy, { recursive: true });
  const { samples, damaged } = await storedSamples(copy, { workspaceIds: ids, from, to: Date.now() + 60_000 });
  expect(damaged).toBe(0);
  expect((await readdir(copy)).filter((name) => name.includes('damaged'))).toEqual([]);
  await rm(copy, { recursive: true });
  return new Map(
    ids.map((id, workspace) => {
      const { at, values } = samples.get(id)!;
      const steps = [...at].map((_, index) => values[PIDS!]![index]!);
      const wrong = steps.filter((step, index) => {
        const { memoryCharged, memoryLimit } = usageAt(workspace, step);
        return values[MEMORY!]![index] !== memoryCharged || values[LIMIT!]![index] !== memoryLimit;
      });
      expect(wrong).toEqual([]);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      return [id, new Map([...at].map((instant, index) => [instant, steps[index]!]))];
    }),
  );
}
