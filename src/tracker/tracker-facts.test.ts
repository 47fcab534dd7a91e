import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import type { WorkspaceMetrics } from '../model/workspace.ts';
import { memoryWorkspaceService } from './memory-workspace-service.ts';
import { running, startScripted } from './scripted-tracker.contract.ts';

const iso = (at: number) => new Date(at).toISOString();

describe('since when', () => {
  it('a workspace is missing: since its last container went', async () => {
    const { engine, clock, tracker } = await startScripted((world) => world.put('a', running));
    await clock.advance(5_000);
    const goneAt = clock.now();
    engine.happen('a', 'die', { exitCode: 0 });
    engine.happen('a', 'destroy');
    await clock.advance(60_000);
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({ phase: 'missing', since: iso(goneAt) });
  });

  it('the registry called active what is gone: since that was found', async () => {
    const record = {
      ...{ id: 'w', name: 'w', owner: null, labels: {}, source: { rule: 'container', evidence: null } },
      ...{ status: 'active' as const, reason: '', statusSince: 0, createdAt: 0, updatedAt: 0 },
    };
    const { clock, tracker } = await startScripted(() => {}, { workspaces: memoryWorkspaceService([record]) });
    const { since, phase } = tracker.getWorkspaceState('w') ?? {};
    expect(phase).toBe('missing');
    expect(Date.parse(since ?? '')).toBeGreaterThanOrEqual(clock.now() - 1_000);
  });

  it('a workspace is archived: since somebody did it, over a new start of Tidewatch too', async () => {
    const workspaces = memoryWorkspaceService();
    const prepare = (world: { put(id: string, fields: object): void }) =>
      world.put('a', { state: 'exited', exitCode: 0, startedAt: 1, finishedAt: 2 });
    const first = await startScripted(prepare, { workspaces });
    await first.clock.advance(5_000);
    const archivedAt = first.clock.now();
    await first.tracker.archiveWorkspace('container:a');
    await first.clock.advance(60_000);
    expect(first.tracker.getWorkspaceState('container:a')).toMatchObject({ phase: 'archived', since: iso(archivedAt) });
    await first.tracker.stop();
    const second = await startScripted(prepare, { workspaces });
    expect(second.tracker.getWorkspaceState('container:a')?.since).toBe(iso(archivedAt));
  });

  it('another container that joins does not begin the phase anew', async () => {
    const labels = { 'com.docker.compose.project': 'shop' };
    const { engine, clock, tracker } = await startScripted((world) => world.put('a', { ...running, labels }));
    const before = tracker.getWorkspaceState('compose:shop')?.since;
    await clock.advance(5_000);
    engine.put('b', { state: 'running', startedAt: clock.now(), labels });
    await tracker.forceSync();
    expect(tracker.getWorkspaceState('compose:shop')).toMatchObject({ phase: 'running', since: before });
  });
});

describe('a registered workspace', () => {
  it('says that no container of it was seen yet, over a new start of Tidewatch too, until one is', async () => {
    const workspaces = memoryWorkspaceService();
    const first = await startScripted(() => {}, { workspaces });
    const registered = await first.tracker.registerWorkspace({ id: 'lab' });
    expect(registered).toMatchObject({ phase: 'missing', reason: { code: 'workspace_registered' } });
    await first.tracker.stop();
    const { engine, tracker } = await startScripted(() => {}, { workspaces });
    expect(tracker.getWorkspaceState('lab')?.reason.code).toBe('workspace_registered');
    engine.put('a', { labels: { 'tidewatch.workspace': 'lab' } });
    engine.happen('a', 'create');
    engine.happen('a', 'start');
    expect(tracker.getWorkspaceState('lab')).toMatchObject({ status: 'active', phase: 'running' });
    engine.happen('a', 'destroy');
    expect(tracker.getWorkspaceState('lab')?.reason.code).toBe('container_missing');
  });
});

describe('the id of a registered workspace', () => {
  it('is one, however its letters are written, and must be possible', async () => {
    const { tracker } = await startScripted();
    await tracker.registerWorkspace({ id: '작업'.normalize('NFD') });
    expect(tracker.getWorkspaceState('작업')?.phase).toBe('missing');
    await expect(tracker.registerWorkspace({ id: '../etc' })).rejects.toMatchObject({ code: 'bad_request' });
  });
});

describe('roles', () => {
  it('a finished init container is shown as what it was', async () => {
    const labels = { 'com.docker.compose.project': 'shop' };
    const { tracker } = await startScripted((world) => {
      world.put('init', { state: 'exited', exitCode: 0, startedAt: 1_000, finishedAt: 2_000, labels });
      world.put('web', { ...running, labels });
    });
    const roles = tracker.getWorkspaceState('compose:shop')?.containers.map(({ name, role }) => `${name} ${role}`);
    expect(roles).toEqual(['init one-shot', 'web service']);
  });
});

describe('workspace roots', () => {
  it('a new container belongs to its folder from the first word on, though the create event does not name it', async () => {
    const { engine, clock, tracker, of } = await startScripted(() => {}, {
      resolver: { workspaceRoots: ['/home/ann/work'] },
    });
    engine.put('a', { bindSources: ['/home/ann/work/atlas'] });
    engine.happen('a', 'create');
    engine.happen('a', 'start');
    await clock.advance(1_000);
    expect([...tracker.getAllWorkspaceStates().values()].map(({ name, phase }) => `${name} ${phase}`)).toEqual([
      'atlas running',
    ]);
    expect(new Set(of('status_changed').map(({ message }) => message.split(' ')[1]))).toEqual(new Set(['atlas']));
    engine.happen('a', 'die', { exitCode: 3 });
    await clock.advance(1_000);
    expect([...tracker.getAllWorkspaceStates().values()][0]).toMatchObject({ phase: 'crashed' });
  });
});

describe('an engine that was restarted', () => {
  const gone = new TidewatchError('engine_unreachable', 'no engine');

  it('ended what it asked to end as it came up, even if the end is told after it answers', async () => {
    const { engine, clock, tracker, of } = await startScripted((world) => world.put('a', running));
    engine.happen('a', 'pause');
    engine.happen('a', 'unpause');
    engine.failure = gone;
    engine.cut({ restart: true });
    await clock.advance(3_000);
    engine.happen('a', 'kill', { signal: 15 });
    await clock.advance(100);
    engine.failure = null;
    await clock.advance(6_000);
    engine.happen('a', 'die', { exitCode: 0 });
    engine.happen('a', 'stop');
    await clock.advance(1_000);
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({
      phase: 'stopped',
      reason: { code: 'engine_restarted' },
    });
    expect(of('status_changed').at(-1)?.data.reason).toBe('engine_restarted');
    engine.happen('a', 'start');
    engine.happen('a', 'kill', { signal: 15 });
    engine.happen('a', 'die', { exitCode: 143 });
    expect(tracker.getWorkspaceState('container:a')?.reason.code).toBe('stopped_by_request');
  });

  it('is the cause in the events told of what happened meanwhile, too', async () => {
    const { engine, clock, of } = await startScripted((world) => world.put('a', running));
    engine.happen('a', 'pause');
    engine.happen('a', 'unpause');
    engine.failure = gone;
    engine.cut({ restart: true });
    await clock.advance(3_000);
    engine.happen('a', 'kill', { signal: 15 });
    engine.happen('a', 'die', { exitCode: 143 });
    engine.failure = null;
    await clock.advance(6_000);
    expect(of('status_changed').at(-1)).toMatchObject({ recovered: true, data: { reason: 'engine_restarted' } });
  });

  it.each([
    [1, 'crashed', 'exited_with_error'],
    [255, 'stopped', 'engine_restarted'],
  ])('an end with exit code %i while it was away is %s: %s', async (exitCode, phase, code) => {
    const { engine, clock, tracker } = await startScripted((world) => world.put('a', running));
    engine.happen('a', 'pause');
    engine.happen('a', 'unpause');
    engine.failure = gone;
    engine.cut({ restart: true });
    await clock.advance(3_000);
    engine.happen('a', 'die', { exitCode, silent: true });
    engine.failure = null;
    await clock.advance(7_000);
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({ phase, reason: { code } });
  });
});

describe('what was learnt twice', () => {
  it('an end that an inspect told before its event counts as seen', async () => {
    const { engine, clock, tracker, of } = await startScripted((world) => world.put('a', running));
    await clock.advance(5_000);
    engine.put('a', { state: 'exited', exitCode: 0, finishedAt: clock.now() });
    await tracker.forceSync('container:a');
    engine.happen('a', 'die', { exitCode: 0 });
    await clock.advance(1_000);
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({
      phase: 'completed',
      reason: { code: 'exited_normally' },
    });
    expect(of('container_update').map(({ data }) => data.newState)).toEqual(['exited']);
  });

  it('deaths before the first look are counted: a loop is known at once', async () => {
    const { tracker } = await startScripted(async (engine, clock) => {
      engine.put('a', { ...running, restartPolicy: 'always' });
      for (let death = 0; death < 4; death += 1) {
        engine.happen('a', 'die', { exitCode: 1 });
        engine.happen('a', 'start');
      }
      engine.happen('a', 'die', { exitCode: 1 });
      engine.put('a', { state: 'restarting', restartCount: 4 });
      await clock.advance(10_000);
    });
    expect(tracker.getWorkspaceState('container:a')?.phase).toBe('crash-looping');
  });

  it('deaths that the stream tells again while the list is read are counted: a loop does not run in between', async () => {
    const { engine, clock, tracker } = await startScripted(async (world, passing) => {
      world.put('a', { ...running, restartPolicy: 'always' });
      for (let death = 0; death < 3; death += 1) {
        if (death > 0) world.happen('a', 'start');
        await passing.advance(200);
        world.happen('a', 'die', { exitCode: 1 });
        await passing.advance(200);
      }
      world.put('a', { state: 'restarting', restartCount: 3 });
    });
    await clock.advance(1_000);
    engine.happen('a', 'start');
    expect(tracker.getWorkspaceState('container:a')?.phase).toBe('crash-looping');
  });
});

describe('container_update', () => {
  it('has the figures its workspace had then, and none where it was found after the fact', async () => {
    const { engine, clock, tracker, of } = await startScripted((world) => {
      world.put('a', running);
      world.put('b', running);
    });
    const metrics = { cpuPercent: 12, memoryUsage: 5 } as WorkspaceMetrics;
    const metricsOf = (id: string) => (id === 'container:a' ? metrics : null);
    tracker.setFigures({ metricsOf, diskUsedOf: () => null, activityOf: () => null, thresholdsOf: () => null });
    engine.happen('a', 'pause');
    engine.happen('b', 'pause');
    await clock.advance(1_000);
    engine.happen('a', 'unpause', { silent: true });
    await tracker.forceSync();
    await clock.advance(1_000);
    expect(of('container_update').map(({ data, recovered }) => [data.newState, recovered, data.metrics])).toEqual([
      ['paused', false, metrics],
      ['paused', false, null],
      ['running', true, null],
    ]);
  });
});
