import { expect, test } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import type { ActivityMark } from '../model/workspace.ts';
import { memoryWorkspaceService } from './memory-workspace-service.ts';
import { running, startScripted } from './scripted-tracker.contract.ts';
import type { WorkspacePatch } from './workspace-service.ts';

const ID = 'container:web';
const MINUTE = 60_000;

/** A tracker with one workspace, whose registry notes what is written of activity. */
async function kept(workspaces = memoryWorkspaceService()) {
  const written: ActivityMark[] = [];
  const marks = new Map<string, ActivityMark>();
  const noting = {
    ...workspaces,
    update(id: string, patch: WorkspacePatch) {
      if (patch.activity !== undefined && patch.status === undefined) written.push(patch.activity);
      return workspaces.update(id, patch);
    },
  };
  const scripted = await startScripted((engine) => engine.put('web', running), { workspaces: noting });
  scripted.tracker.setFigures({
    metricsOf: () => null,
    diskUsedOf: () => null,
    thresholdsOf: () => null,
    activityOf: (id) => marks.get(id) ?? null,
  });
  const work = (kind: string) => marks.set(ID, { at: scripted.clock.now(), kind });
  return { ...scripted, workspaces, noting, written, marks, work, state: () => scripted.tracker.getWorkspaceState(ID) };
}

test('activity is in the state at once, and in the registry within a minute, however much there is of it', async () => {
  const { work, state, written, clock } = await kept();
  for (let second = 0; second < 170; second += 1) {
    work('cpu');
    await clock.advance(1_000);
  }
  expect(state()).toMatchObject({ lastActivityKind: 'cpu', lastActivity: new Date(clock.now() - 1_000).toISOString() });
  expect(written).toHaveLength(2);
  await clock.advance(10 * MINUTE);
  expect(written).toHaveLength(3);
});

test('what was seen is known again after a new start, and of a workspace that does not run', async () => {
  const first = await kept();
  first.work('exec');
  const at = new Date(first.clock.now()).toISOString();
  await first.tracker.stop();
  expect(first.written).toHaveLength(1);
  const { tracker } = await startScripted(
    (engine) => engine.put('web', { state: 'exited', startedAt: 1, finishedAt: 2 }),
    {
      workspaces: first.workspaces,
    },
  );
  expect(tracker.getWorkspaceState(ID)).toMatchObject({
    status: 'inactive',
    lastActivity: at,
    lastActivityKind: 'exec',
  });
});

test('a registry that lost its record gets the activity back with it', async () => {
  const { work, clock, workspaces, tracker } = await kept();
  work('exec');
  await clock.advance(MINUTE);
  await workspaces.remove?.(ID);
  await tracker.archiveWorkspace(ID);
  expect(await workspaces.get(ID)).toMatchObject({ status: 'archived', activity: { kind: 'exec' } });
});

test('a forgotten workspace is not written to, even while the registry still forgets it', async () => {
  const { work, clock, noting, workspaces, tracker, engine } = await kept();
  engine.happen('web', 'die', { exitCode: 0 });
  engine.happen('web', 'destroy');
  await clock.advance(1_000);
  work('exec');
  let forgotten = () => {};
  const remove = workspaces.remove?.bind(workspaces);
  noting.remove = async (id) => {
    await remove?.(id);
    await new Promise<void>((resolve) => {
      forgotten = resolve;
    });
  };
  const forgetting = tracker.forgetWorkspace(ID);
  await clock.advance(2 * MINUTE);
  forgotten();
  await forgetting;
  await tracker.stop();
  expect(await workspaces.list()).toEqual([]);
});

test('a registry that refuses is tried again, and told once', async () => {
  const { work, clock, noting, tracker, written } = await kept();
  const warnings: string[] = [];
  const silent = () => {};
  tracker.setLogger({ debug: silent, info: silent, error: silent, warn: (message) => warnings.push(message) });
  const update = noting.update;
  noting.update = async () => {
    throw new TidewatchError('store_unwritable', 'the disk is full');
  };
  work('cpu');
  await clock.advance(3 * MINUTE);
  expect(warnings).toEqual([expect.stringContaining('the disk is full')]);
  noting.update = update;
  await clock.advance(MINUTE);
  expect(written).toHaveLength(1);
});

test.each([{ at: 'yesterday', kind: 'cpu' }, { at: Number.NaN, kind: 'cpu' }, { at: 1 }, 7, null])(
  'what is no activity in a record (%j) is none',
  async (activity) => {
    const workspaces = memoryWorkspaceService();
    await workspaces.update(ID, { name: 'web', activity: activity as never });
    const { state } = await kept(workspaces);
    expect(state()).toMatchObject({ name: 'web', lastActivity: null, lastActivityKind: null });
  },
);

test('a clock that was wrong when it was written puts nothing into the future', async () => {
  const workspaces = memoryWorkspaceService();
  await workspaces.update(ID, { activity: { at: Date.UTC(2040, 0, 1), kind: 'cpu' } });
  const { state, clock } = await kept(workspaces);
  expect(state()?.lastActivity).toBe(new Date(clock.now()).toISOString());
});
