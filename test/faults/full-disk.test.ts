import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { buildObstacle } from '../env/obstacles.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { storedSamples } from '../support/stored-samples.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type ServingTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';
import { toldEvents, toldTypes } from '../support/told-events.ts';
import { checkedSteps, startSteppingEngine, toldSteps } from './stepping-engine.ts';

const run = promisify(execFile);

const WORKSPACES = 5;
const STEP_MS = 50;
/** Steps that are to be seen while nothing can be written. */
const MEANWHILE = 40;

describeUnless(await buildObstacle(), 'a daemon whose disk is full', () => {
  test('goes on, says that neither history nor events can be written, and writes all of it when there is room', async (context) => {
    const folder = await temporaryFolder();
    const disk = await smallDisk(context, folder);
    const { engine, workspaceIds } = await startSteppingEngine(WORKSPACES, STEP_MS);
    const args = ['--engine-host', engine.host, '--monitor-source', 'engine', '--monitor-collect-interval', '200ms'];
    const dataDir = join(disk, 'data');
    const from = Date.now();
    const setting = { folder, dataDir, args: [...args, '--metrics-checkpoint-interval', '1s'] };
    await using serving = await serveTidewatch(setting);
    const { client } = serving;
    await eventually(async () => expect((await client.ready()).missing).toEqual([]));
    await eventually(async () => expect((await client.stats()).collector.store.journalBytes).toBeGreaterThan(0));
    const before = await newestStep(serving, from);

    await fillUp(disk);
    await eventually(async () => {
      const { missing, checks } = await client.ready();
      expect(missing).toEqual(['store']);
      expect(checks.store.detail).toMatch(/events: .*the disk is full.*; history: .*the disk is full/);
    });
    await eventually(async () => expect(await newestStep(serving, from)).toBeGreaterThan(before + MEANWHILE));
    const lastError = expect.stringContaining('the disk is full');
    await eventually(async () => {
      const { collector, store } = await client.stats();
      expect(collector).toMatchObject({ lost: 0, lastError });
      expect(store).toMatchObject({ writable: false, lost: 0, lastError });
    });
    expect(serving.log()).toContain('history cannot be written; it is kept in memory until it can');
    expect(serving.log()).toContain('the event log cannot be written; events are kept in memory until it can');
    // A failed write is tried once more in silence, and whatever gives room back in between ends the outage untold.
    await eventually(async () => {
      await fillUp(disk);
      engine.run({ labels: {} });
      expect(await toldTypes(client)).toContain('error');
    });
    engine.setUsage(engine.run({ labels: { 'tidewatch.workspace': 'later' } }), { pids: 7 });
    await eventually(async () =>
      expect(await client.workspaces.get('later')).toMatchObject({ status: 'active', metrics: { pids: 7 } }),
    );
    const told = await Promise.all(workspaceIds.map((id) => toldSteps(serving, id, from)));

    await rm(join(disk, 'filler'));
    await eventually(async () => expect((await client.ready()).missing).toEqual([]), { within: 40_000 });
    await eventually(async () => expect(await toldTypes(client)).toContain('recovery'));
    expect((await client.stats()).collector).toMatchObject({ lost: 0, lastError: null });
    expect(serving.log()).toContain('history is written again');
    await serving.end('SIGKILL');
    const kept = checkedSteps(await storedSamples(dataDir, { workspaceIds, from, to: Date.now() + 60_000 }));
    for (const [index, id] of workspaceIds.entries()) {
      const steps = new Set(kept.get(id)!.values());
      expect(told[index]!.filter((step) => !steps.has(step))).toEqual([]);
    }
    await using again = await serveTidewatch(setting);
    const events = await toldEvents(again.client);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['error', 'recovery']));
  });
});

async function fillUp(disk: string): Promise<void> {
  await run('sh', ['-c', `cat /dev/zero >> ${join(disk, 'filler')}`]).catch(() => '');
}

async function newestStep(serving: ServingTidewatch, from: number): Promise<number> {
  return Math.max(...(await toldSteps(serving, 'w0', from)));
}

/** A small file system of its own; the test is skipped where one cannot be had. */
async function smallDisk(context: TestContext, folder: string): Promise<string> {
  const disk = join(folder, 'disk');
  await mkdir(disk);
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]).then(
    () => true,
    () => false,
  );
  if (!isMounted) return context.skip('needs the right to mount a tmpfs');
  onTestFinished(async () => void (await run('umount', ['-l', disk])));
  return disk;
}
