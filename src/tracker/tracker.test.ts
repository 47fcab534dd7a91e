import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import type { FakeClock } from '../runtime/fake-clock.ts';
import { memoryWorkspaceService } from './memory-workspace-service.ts';
import type { ScriptedEngine } from './scripted-engine.contract.ts';
import { running, startScripted as setUp } from './scripted-tracker.contract.ts';
import { Tracker } from './tracker.ts';

describe('the first look', () => {
  it('knows every workspace, tells each once and asks the engine for what a list does not say', async () => {
    const { tracker, of, engine } = await setUp((world) => {
      world.put('a1', { ...running, labels: { 'com.docker.compose.project': 'shop' } });
      world.put('a2', { state: 'exited', exitCode: 0, labels: { 'com.docker.compose.project': 'shop' } });
      world.put('b1', { state: 'exited', exitCode: 3 });
    });
    expect(tracker.getAllWorkspaceStates().size).toBe(2);
    expect(tracker.getWorkspaceState('compose:shop')).toMatchObject({
      status: 'active',
      phase: 'running',
      containerId: 'a1',
    });
    expect(tracker.getWorkspaceState('container:b1')).toMatchObject({ status: 'inactive', phase: 'crashed' });
    expect(of('status_changed').map(({ data }) => [data.oldStatus, data.reason])).toEqual([
      [null, 'workspace_initialized'],
      [null, 'workspace_initialized'],
    ]);
    expect(engine.calls.inspect).toBe(3);
    expect(tracker.getWorkspaceState('compose:shop')?.since).toBe(new Date(running.startedAt).toISOString());
  });

  it('knows since when from events before it looked, too', async () => {
    const states = ['runs', 'ended', 'paused', 'resumed', 'silent', 'just-ended', 'just-paused'];
    let started = 0;
    const { tracker, clock } = await setUp(async (engine, clock) => {
      for (const id of states) engine.happen(id, 'create');
      for (const id of states) engine.happen(id, 'start', { silent: id === 'silent' });
      started = clock.now();
      await clock.advance(60_000);
      engine.happen('ended', 'die', { exitCode: 3 });
      for (const id of ['paused', 'resumed']) engine.happen(id, 'pause');
      await clock.advance(60_000);
      engine.happen('resumed', 'unpause');
      await clock.advance(60_000);
      engine.happen('just-ended', 'die', { exitCode: 3 });
      engine.happen('just-paused', 'pause');
      await clock.advance(1_000);
    });
    await clock.advance(3_000);
    const since = states.map((id) => Date.parse(tracker.getWorkspaceState(`container:${id}`)?.since ?? '') - started);
    expect(since.map(Math.floor)).toEqual([0, 60_000, 60_000, 120_000, 0, 180_000, 180_000]);
  });

  it('says since when from what the engine knows where no event tells the end', async () => {
    let endedAt = 0;
    const { tracker, clock } = await setUp(async (world, passing) => {
      world.happen('a', 'create');
      world.happen('a', 'start');
      await passing.advance(10_000);
      endedAt = passing.now();
      world.happen('a', 'die', { exitCode: 3, silent: true });
      await passing.advance(60_000);
    });
    await clock.advance(1_000);
    expect(tracker.getWorkspaceState('container:a')?.since).toBe(new Date(endedAt).toISOString());
  });

  it('knows a loop that began before it looked, and does not take its next run for a recovery', async () => {
    const dieAndStart = async (engine: ScriptedEngine, clock: FakeClock) => {
      engine.happen('a', 'die', { exitCode: 1 });
      engine.happen('a', 'start');
      await clock.advance(5_000);
    };
    const { tracker, engine, clock } = await setUp(async (world, time) => {
      world.put('a', { ...running, restartPolicy: 'always' });
      for (let death = 0; death < 4; death += 1) await dieAndStart(world, time);
      world.happen('a', 'die', { exitCode: 1 });
      world.put('a', { state: 'restarting', startedAt: time.now() - 5_000, finishedAt: time.now(), restartCount: 5 });
    });
    await clock.advance(1_000);
    const before = tracker.getWorkspaceState('container:a');
    expect(before?.phase).toBe('crash-looping');
    engine.happen('a', 'start');
    await clock.advance(1_000);
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({ phase: 'crash-looping', since: before?.since });
  });

  it('goes on trying when there is no engine, says so, and begins when one appears', async () => {
    const { tracker, engine, clock, of } = await setUp((world) => {
      world.failure = new TidewatchError('engine_unreachable', 'no engine');
    });
    expect(tracker.getStats()).toMatchObject({ synced: false, engine: { state: 'connecting', error: 'no engine' } });
    await clock.advance(20_000);
    expect(of('error')).toHaveLength(1);
    engine.failure = null;
    engine.put('a', running);
    await clock.advance(6_000);
    expect(tracker.getWorkspaceState('container:a')?.status).toBe('active');
    expect(of('recovery')[0]?.data.downtime).toBeGreaterThan(15_000);
  });
});

describe('events', () => {
  it('follows a container through its life, step by step', async () => {
    const { engine, clock, tracker, of } = await setUp();
    engine.happen('a', 'create');
    engine.happen('a', 'start');
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({ status: 'active', phase: 'running' });
    engine.happen('a', 'kill', { signal: 15 });
    engine.happen('a', 'die', { exitCode: 143 });
    engine.happen('a', 'stop');
    await clock.advance(1_000);
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({
      status: 'inactive',
      phase: 'stopped',
      reason: { code: 'stopped_by_request' },
    });
    engine.happen('a', 'destroy');
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({ status: 'inactive', phase: 'missing' });
    await clock.advance(100);
    expect(of('container_update').map(({ data }) => `${data.oldState}→${data.newState}`)).toEqual([
      'null→created',
      'created→running',
      'running→exited',
      'exited→removed',
    ]);
    expect(of('status_changed').map(({ data }) => data.newStatus)).toEqual(['inactive', 'active', 'inactive']);
  });

  it.each([
    ['exit 3', [['die', { exitCode: 3 }]], 'crashed', 'exited_with_error'],
    ['exit 0', [['die', { exitCode: 0 }]], 'completed', 'exited_normally'],
    ['a signal of nobody', [['die', { exitCode: 137 }]], 'crashed', 'ended_by_signal'],
    [
      'docker kill',
      [
        ['kill', { signal: 9 }],
        ['die', { exitCode: 137 }],
      ],
      'stopped',
      'killed_by_request',
    ],
    [
      'out of memory',
      [
        ['oom', {}],
        ['die', { exitCode: 137 }],
      ],
      'out-of-memory',
      'out_of_memory',
    ],
    ['kill -s HUP', [['kill', { signal: 1 }]], 'running', 'container_running'],
    [
      'a stop that TERM does not end',
      [
        ['kill', { signal: 15 }],
        ['kill', { signal: 9 }],
        ['die', { exitCode: 137 }],
      ],
      'stopped',
      'stopped_by_request',
    ],
    ['a child out of memory', [['oom', {}]], 'running', 'child_out_of_memory'],
    ['unhealthy', [['health_status', { health: 'unhealthy' }]], 'unhealthy', 'container_unhealthy'],
    ['pause', [['pause', {}]], 'paused', 'container_paused'],
  ] as const)('tells why: %s', async (...[, events, phase, code]) => {
    const { engine, tracker } = await setUp((world) => world.put('a', running));
    for (const [action, fields] of events) engine.happen('a', action, fields);
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({ phase, reason: { code } });
  });

  it('keeps since when a loop goes on, however many deaths it has', async () => {
    const { tracker, engine, clock } = await setUp((world) => world.put('a', { ...running, restartPolicy: 'always' }));
    const since = new Set<string>();
    for (let death = 1; death <= 12; death += 1) {
      engine.happen('a', 'die', { exitCode: 1 });
      engine.happen('a', 'start');
      await clock.advance(500);
      const state = tracker.getWorkspaceState('container:a');
      if (state?.phase === 'crash-looping') since.add(state.since);
    }
    expect(since.size).toBe(1);
  });

  it('believes the engine’s "unhealthy" after a pause only when a probe said so since', async () => {
    const { engine, clock, tracker } = await setUp((world) => world.put('a', { ...running, health: 'healthy' }));
    const probedAt = clock.now();
    await clock.advance(1_000);
    engine.happen('a', 'pause');
    engine.happen('a', 'unpause');
    engine.put('a', { health: 'unhealthy', probedAt });
    await clock.advance(500);
    await tracker.forceSync('container:a');
    expect(tracker.getWorkspaceState('container:a')?.phase).toBe('running');
    await clock.advance(1_000);
    engine.put('a', { probedAt: clock.now() });
    await tracker.forceSync('container:a');
    expect(tracker.getWorkspaceState('container:a')?.phase).toBe('unhealthy');
  });

  it('sees a loop between two looks, and its end after a steady minute', async () => {
    const { engine, clock, tracker } = await setUp((world) => world.put('a', { ...running, restartPolicy: 'always' }));
    for (let death = 0; death < 4; death += 1) {
      engine.happen('a', 'die', { exitCode: 1 });
      engine.happen('a', 'start');
      await clock.advance(500);
    }
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({ status: 'active', phase: 'crash-looping' });
    await clock.advance(61_000);
    expect(tracker.getWorkspaceState('container:a')?.phase).toBe('running');
  });

  it.each([
    ['a little', 100],
    ['long', 3_000],
  ])('tells each step once, and why, when the stream is %s behind what inspects say', async (_how, lateMs) => {
    const { engine, clock, of, tracker } = await setUp();
    engine.happen('a', 'create');
    engine.stall();
    await clock.advance(380);
    engine.happen('a', 'start');
    await clock.advance(10);
    engine.happen('a', 'kill', { signal: 9 });
    engine.happen('a', 'die', { exitCode: 137 });
    await clock.advance(lateMs);
    engine.unstall();
    await clock.advance(1_000);
    expect(of('container_update').map(({ data }) => `${data.oldState}→${data.newState}`)).toEqual([
      'null→created',
      'created→running',
      'running→exited',
    ]);
    expect(tracker.getWorkspaceState('container:a')?.reason.code).toBe('killed_by_request');
  });

  it('tells a run that was over before a late stream told of it once, and takes nothing of it for the next', async () => {
    const { engine, clock, of, tracker } = await setUp((world) => world.put('a', running));
    await clock.advance(1_000);
    engine.stall();
    engine.happen('a', 'kill', { signal: 9 });
    engine.happen('a', 'die', { exitCode: 137 });
    await clock.advance(10);
    engine.happen('a', 'start');
    await tracker.forceSync('container:a');
    engine.unstall();
    await clock.advance(1_000);
    engine.happen('a', 'die', { exitCode: 1 });
    await clock.advance(1_000);
    expect(of('container_update').map(({ data }) => `${data.oldState}→${data.newState}`)).toEqual([
      'running→exited',
      'exited→running',
      'running→exited',
    ]);
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({ phase: 'crashed' });
  });

  it('tells a start that failed, of which there is no event', async () => {
    const { engine, clock, tracker } = await setUp();
    engine.happen('a', 'create');
    engine.put('a', { state: 'created', exitCode: 127, error: 'exec: "nope": not found' });
    await clock.advance(1_000);
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({
      phase: 'crashed',
      reason: { code: 'start_failed' },
    });
  });
});

describe('an event that cannot be read', () => {
  it('may have been a step: everything is compared at once, and not with each of many', async () => {
    const { engine, clock, tracker } = await setUp((world) => world.put('a', running));
    await clock.advance(1_000);
    const { list } = engine.calls;
    engine.happen('a', 'die', { exitCode: 3, silent: true });
    for (let line = 0; line < 100; line += 1) engine.garble();
    await clock.advance(1_000);
    expect(tracker.getWorkspaceState('container:a')?.phase).toBe('crashed');
    expect(engine.calls.list - list).toBe(1);
    expect(tracker.getStats().eventsUnreadable).toBe(100);
  });
});

describe('after a loss', () => {
  it('tells what happened meanwhile once, as recovered, at the time it happened', async () => {
    const { engine, clock, of, tracker } = await setUp((world) => world.put('a', running));
    engine.happen('a', 'pause');
    await clock.advance(2_000);
    expect(tracker.getWorkspaceState('container:a')?.evidence.at(-1)).toMatchObject({ source: 'event', what: 'pause' });
    engine.cut();
    const diedAt = new Date(clock.now()).toISOString();
    engine.happen('a', 'unpause');
    engine.happen('a', 'die', { exitCode: 1 });
    await clock.advance(3_000);
    expect(of('gap')).toHaveLength(0);
    const updates = of('container_update');
    expect(updates.map(({ data, recovered }) => [data.newState, recovered])).toEqual([
      ['paused', false],
      ['running', true],
      ['exited', true],
    ]);
    expect(updates[2]?.timestamp).toBe(diedAt);
    expect(tracker.getStats()).toMatchObject({ reconnects: 1, gaps: 0, recovered: 4 });
  });

  it('declares a gap when the engine forgot, and finds the missed run by its instants', async () => {
    const { engine, clock, of } = await setUp((world) => world.put('a', running));
    engine.happen('a', 'pause');
    engine.happen('a', 'unpause');
    await clock.advance(2_000);
    engine.cut({ restart: true });
    engine.happen('a', 'die', { exitCode: 1, silent: true });
    await clock.advance(10);
    engine.happen('a', 'start', { silent: true });
    await clock.advance(3_000);
    expect(of('gap')).toHaveLength(1);
    const missed = of('container_update').filter(({ recovered }) => recovered);
    expect(missed.map(({ data }) => data.newState)).toEqual(['exited', 'running']);
  });

  it('says unknown, never stopped, while the engine is gone', async () => {
    const { engine, clock, tracker } = await setUp((world) => world.put('a', running));
    expect(tracker.getWorkspaceState('container:a')?.freshness.state).toBe('live');
    engine.failure = new TidewatchError('engine_timeout', 'the engine hangs');
    engine.cut();
    await clock.advance(15_000);
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({
      status: 'active',
      freshness: { state: 'unknown' },
    });
    engine.failure = null;
    await clock.advance(6_000);
    expect(tracker.getWorkspaceState('container:a')?.freshness.state).toBe('live');
  });
});

describe('the resync', () => {
  it('finds what no event told, and costs two calls', async () => {
    const { engine, clock, of, tracker } = await setUp((world) => {
      world.put('a', running);
      world.put('b', running);
    });
    await clock.advance(40_000);
    const before = { ...engine.calls };
    await clock.advance(3_600_000);
    const { lastSync, syncs } = tracker.getStats();
    expect(engine.calls.inspect).toBe(before.inspect);
    expect(engine.calls.list + engine.calls.ping - before.list - before.ping).toBeLessThanOrEqual(2 * (syncs + 1));
    engine.put('a', { state: 'exited', exitCode: 2, finishedAt: clock.now() });
    await clock.advance(31_000);
    expect(tracker.getWorkspaceState('container:a')).toMatchObject({ status: 'inactive', phase: 'crashed' });
    expect(of('status_changed').at(-1)).toMatchObject({ recovered: true, workspaceId: 'container:a' });
    expect(lastSync?.errorCount).toBe(0);
  });

  it('asks again and tells an error when one container hangs, and the rest goes on', async () => {
    const { engine, clock, of, tracker } = await setUp((world) => world.put('b', running));
    engine.stuck.add('a');
    engine.happen('a', 'create');
    engine.happen('a', 'start');
    await clock.advance(10_000);
    expect(of('error')[0]).toMatchObject({
      workspaceId: 'container:a',
      data: { code: 'engine_timeout', retryCount: 3 },
    });
    engine.happen('b', 'pause');
    expect(tracker.getWorkspaceState('container:b')?.phase).toBe('paused');
    engine.stuck.clear();
    await clock.advance(31_000);
    expect(of('recovery')).toHaveLength(1);
  });

  it('answers a forced sync of one workspace with what it found there', async () => {
    const { engine, tracker } = await setUp((world) => world.put('a', running));
    engine.put('a', { state: 'paused' });
    expect(await tracker.forceSync('container:a')).toMatchObject({ workspaceCount: 1, successCount: 1, recovered: 2 });
    await expect(tracker.forceSync('nope')).rejects.toMatchObject({ code: 'workspace_not_found' });
  });
});

describe('the registry', () => {
  const record = {
    ...{ id: 'container:a', name: 'a', owner: null, labels: {}, source: { rule: 'container', evidence: null } },
    ...{ status: 'active' as const, reason: '', statusSince: 0, createdAt: 0, updatedAt: 0 },
  };

  it('is corrected where it says active and the engine says gone', async () => {
    const workspaces = memoryWorkspaceService([record]);
    const { of, tracker } = await setUp(() => {}, { workspaces });
    expect(of('status_changed')[0]).toMatchObject({
      recovered: true,
      data: { oldStatus: 'active', newStatus: 'inactive', reason: 'container_missing' },
    });
    expect((await workspaces.get('container:a'))?.status).toBe('inactive');
    expect(tracker.getStats().lastSync?.corrected).toBe(1);
  });

  it('is corrected where a container of an archived workspace is started', async () => {
    const workspaces = memoryWorkspaceService();
    const { engine, tracker, of, clock } = await setUp((world) => world.put('a', { state: 'exited', exitCode: 0 }), {
      workspaces,
    });
    await tracker.archiveWorkspace('container:a');
    expect((await workspaces.get('container:a'))?.status).toBe('archived');
    await clock.advance(1_000);
    engine.happen('a', 'start');
    await clock.advance(100);
    expect(of('status_changed').at(-1)?.data).toMatchObject({ oldStatus: 'archived', newStatus: 'active' });
    expect((await workspaces.get('container:a'))?.status).toBe('active');
  });

  it('that fails is tried again, told after the retries, and caught up with', async () => {
    let broken = true;
    const memory = memoryWorkspaceService();
    const workspaces = {
      ...memory,
      update: (...args: Parameters<typeof memory.update>) =>
        broken ? Promise.reject(new Error('database is down')) : memory.update(...args),
    };
    const { of, clock } = await setUp((world) => world.put('a', running), { workspaces });
    await clock.advance(20_000);
    expect(of('error')[0]?.data).toMatchObject({ code: 'registry_failed' });
    broken = false;
    await clock.advance(40_000);
    expect(of('recovery')).toHaveLength(1);
    expect((await memory.get('container:a'))?.status).toBe('active');
  });
});

describe('callbacks', () => {
  it('come with what differs, and not with what only happened', async () => {
    const { engine, clock, tracker } = await setUp((world) => world.put('a', running));
    await clock.advance(1_000);
    const seen: string[] = [];
    tracker.onStateChange((_, previous, current) => void seen.push(`${previous?.phase}→${current?.phase}`));
    engine.happen('a', 'kill', { signal: 1 });
    engine.happen('a', 'kill', { signal: 15 });
    engine.happen('a', 'die', { exitCode: 143 });
    engine.happen('a', 'stop');
    await clock.advance(1_000);
    engine.happen('a', 'destroy');
    await clock.advance(1_000);
    expect(seen).toEqual(['running→stopped', 'stopped→missing']);
  });

  it('come when a container appears, by its event or found by a sync', async () => {
    const labels = { 'com.docker.compose.project': 'shop' };
    const { engine, clock, tracker } = await setUp((world) => world.put('a', { ...running, labels }));
    await clock.advance(1_000);
    const seen: string[] = [];
    tracker.onStateChange((id, previous, current) => {
      seen.push(`${id} ${previous?.containers.length ?? 'none'}→${current?.containers.length}`);
    });
    engine.happen('new', 'create');
    engine.put('b', { ...running, labels });
    await tracker.forceSync();
    expect(seen).toEqual(['container:new none→1', 'compose:shop 1→2']);
  });

  it('come with every workspace that runs, also where the registry remembers it as it is', async () => {
    const workspaces = memoryWorkspaceService();
    const first = await setUp((world) => world.put('a', running), { workspaces });
    await first.clock.advance(1_000);
    await first.tracker.stop();
    const seen: string[] = [];
    const second = new Tracker({ engine: first.engine, clock: first.clock, workspaces });
    second.onStateChange((id, previous, current) => void seen.push(`${id} ${previous?.phase}→${current?.phase}`));
    const started = second.start();
    await first.clock.advance(1_000);
    await started;
    expect(seen).toEqual(['container:a undefined→running']);
    await second.stop();
  });

  it('and an event tell that a workspace was forgotten', async () => {
    const { clock, tracker, of } = await setUp();
    await tracker.registerWorkspace({ id: 'lab', name: 'Lab' });
    const seen: unknown[] = [];
    tracker.onStateChange((id, previous, current) => void seen.push([id, previous?.name, current]));
    await tracker.forgetWorkspace('lab');
    await clock.advance(10);
    expect(seen).toEqual([['lab', 'Lab', undefined]]);
    expect(of('workspace_removed')[0]).toMatchObject({ workspaceId: 'lab', data: { name: 'Lab' } });
  });

  it('get the state before and after; one that throws harms nobody', async () => {
    const { engine, tracker } = await setUp((world) => world.put('a', running));
    const seen: string[] = [];
    tracker.onStateChange(() => {
      throw new Error('mine');
    });
    const off = tracker.onStateChange(
      (id, previous, current) => void seen.push(`${id} ${previous?.phase}→${current?.phase}`),
    );
    engine.happen('a', 'pause');
    off();
    engine.happen('a', 'unpause');
    expect(seen).toEqual(['container:a running→paused']);
    expect(tracker.getStats().callbackErrors).toBe(2);
  });
});
