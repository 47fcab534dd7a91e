import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { buildObstacle } from '../env/obstacles.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { storedSamples } from '../support/stored-samples.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { killStarting, type ServingTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';
import { checkedSteps, startSteppingEngine, toldSteps } from './stepping-engine.ts';

/** `TIDEWATCH_KILLS=100` for more. */
const KILLS = Number(process.env.TIDEWATCH_KILLS ?? 6);
const WORKSPACES = 40;
const CHECKPOINT_MS = 1_000;
const INTERVAL_MS = 200;
/** Samples of a workspace between two checkpoints: the next may come when three quarters of the interval are over. */
const LOST_MOST = CHECKPOINT_MS / (0.75 * INTERVAL_MS) + 2;
const LONGEST_LIFE_MS = 5_000;
/** Every so often it is killed before it answers. */
const EVERY_START = 4;
const LONGEST_START_MS = 800;

/** By workspace. */
type Steps = ReadonlyMap<string, readonly number[]>;

describeUnless(await buildObstacle(), 'the whole daemon', () => {
  test(`killed ${KILLS} times while it keeps what ${WORKSPACES} workspaces use, opens every time with all that was noted, and nothing wrong`, {
    timeout: 60_000 + KILLS * 20_000,
  }, async () => {
    const { engine, workspaceIds } = await startSteppingEngine(WORKSPACES, INTERVAL_MS / 4);
    const folder = await temporaryFolder();
    const args = ['--engine-host', engine.host, '--monitor-source', 'engine'];
    args.push('--monitor-collect-interval', `${INTERVAL_MS}ms`, '--metrics-checkpoint-interval', `${CHECKPOINT_MS}ms`);
    const of = { workspaceIds, from: Date.now() };
    let kept = new Map<string, Map<number, number>>();
    const lost: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const isStart = kill % EVERY_START === EVERY_START - 1;
      const told: Steps = isStart ? new Map() : await liveAndDie({ folder, args }, of);
      if (isStart) await killStarting({ folder, args }, Math.random() * LONGEST_START_MS);
      const found = await look(folder, of);
      for (const id of workspaceIds) {
        const [now, before] = [found.get(id)!, kept.get(id) ?? new Map<number, number>()];
        expect([...before].filter(([at, step]) => now.get(at) !== step)).toEqual([]);
        const steps = new Set(now.values());
        const gone = (told.get(id) ?? []).filter((step) => !steps.has(step));
        const newest = Math.max(-1, ...steps);
        expect(gone.filter((step) => step < newest)).toEqual([]);
        expect(gone.length).toBeLessThanOrEqual(LOST_MOST);
        lost.push(gone.length);
      }
      kept = found;
    }
    await using last = await serveTidewatch({ folder, args });
    await expectWhole(last);
    await eventually(async () => expect((await last.client.stats()).collector.store.journalBytes).toBeGreaterThan(0));
    const samples = [...kept.values()].reduce((sum, { size }) => sum + size, 0);
    console.log(`${KILLS} kills: ${samples} samples kept, at most ${Math.max(...lost)} of a workspace lost in one`);
  });
});

/** A life of the daemon that ends by a kill; gives the steps that were told of each workspace before. */
async function liveAndDie(
  setting: { folder: string; args: readonly string[] },
  { workspaceIds, from }: { workspaceIds: readonly string[]; from: number },
): Promise<Steps> {
  const serving = await serveTidewatch(setting);
  onTestFinished(() => serving[Symbol.asyncDispose]());
  await expectWhole(serving);
  await wait(Math.random() * LONGEST_LIFE_MS);
  // Of those that were not found yet there is no history.
  const told = workspaceIds.map(async (id) => [id, await toldSteps(serving, id, from).catch(() => [])] as const);
  const steps = new Map(await Promise.all(told));
  await serving.end('SIGKILL');
  return steps;
}

async function expectWhole({ client, log }: ServingTidewatch): Promise<void> {
  const { collector } = await client.stats();
  expect(collector).toMatchObject({ damaged: 0, lost: 0, tooLate: 0, failedWrites: 0, lastError: null });
  expect(collector.store.damaged).toBe(0);
  expect(log()).not.toMatch(/damaged|lost|cannot/);
}

/** What lies on the disk after a kill, read from a copy. */
async function look(folder: string, { workspaceIds, from }: { workspaceIds: readonly string[]; from: number }) {
  const copy = join(folder, 'copy');
  await cp(join(folder, 'data'), copy, { recursive: true });
  const steps = checkedSteps(await storedSamples(copy, { workspaceIds, from, to: Date.now() + 60_000 }));
  expect((await readdir(copy)).filter((name) => name.includes('damaged'))).toEqual([]);
  await rm(copy, { recursive: true });
  return steps;
}
