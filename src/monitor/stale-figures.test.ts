import { describe, expect, it, onTestFinished } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import { cores } from './fake-usage-source.contract.ts';
import { monitored } from './monitored.contract.ts';

/** Twice the interval and five seconds: then a reading should long have been replaced. */
const OVERDUE_MS = 25_000;

/** A monitor that reads the workspace `shop` of the containers `a` and `b`, 50 % of a core each. */
async function reading() {
  const setting = monitored({ slowWhenIdle: false });
  onTestFinished(() => setting.monitor.stop());
  for (const id of ['a', 'b']) setting.source.add(id, { memoryCharged: 100 }, cores(0.5));
  await setting.monitor.start();
  setting.tracker.set('shop', [{ id: 'a' }, { id: 'b' }]);
  await setting.clock.advance(20_000);
  const usage = (id: string) => setting.source.containers.get(id)!;
  const summary = () => setting.monitor.getResourceSummary();
  return { ...setting, usage, summary };
}

describe('figures that are not replaced when they should be', () => {
  it('are no figures any more, for all that the source has not answered', async () => {
    const { monitor, source, clock, summary } = await reading();
    expect(monitor.getWorkspaceMetrics('shop')?.memoryUsage).toBe(200);
    source.isSlow = true;
    source.gate = new Promise(() => {});
    await clock.advance(10_000 + OVERDUE_MS);
    expect(monitor.getWorkspaceMetrics('shop')).toBeUndefined();
    expect(summary()).toMatchObject({
      ...{ activeWorkspaces: 1, totalCpuUsage: 0, totalMemoryUsage: 0, pids: 0 },
      freshness: { state: 'unknown', incompleteWorkspaces: 1, sampledAt: null },
    });
    expect(summary().byOwner.get('')).toMatchObject({ workspaces: 1, cpuUsage: 0, memoryUsage: 0 });
  });

  it('of one container are left out of the sums, and the summary says so', async () => {
    const { monitor, usage, clock, summary } = await reading();
    usage('a').error = new TidewatchError('engine_timeout', 'no answer');
    await clock.advance(10_000 + OVERDUE_MS);
    const { sampledAt, memoryUsage } = monitor.getWorkspaceMetrics('shop') ?? {};
    expect(memoryUsage).toBe(100);
    expect(Date.parse(sampledAt ?? '')).toBeGreaterThan(clock.now() - 15_000);
    expect(summary()).toMatchObject({
      totalMemoryUsage: 100,
      freshness: { state: 'unknown', incompleteWorkspaces: 1 },
    });
  });

  it('come back with the first reading that succeeds', async () => {
    const { monitor, usage, clock, summary } = await reading();
    for (const id of ['a', 'b']) usage(id).error = new TidewatchError('engine_timeout', 'no answer');
    await clock.advance(120_000);
    expect(monitor.getWorkspaceMetrics('shop')).toBeUndefined();
    for (const id of ['a', 'b']) usage(id).error = null;
    await clock.advance(60_000);
    expect(monitor.getWorkspaceMetrics('shop')?.memoryUsage).toBe(200);
    expect(summary().freshness.state).toBe('live');
  });
});

describe('the freshness of the summary', () => {
  it('is live while all that runs is read, with the instant of the oldest reading', async () => {
    const { clock, summary } = await reading();
    const { freshness } = summary();
    expect(freshness).toMatchObject({ state: 'live', incompleteWorkspaces: 0 });
    const age = clock.now() - Date.parse(freshness.sampledAt ?? '');
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(15_000);
  });

  it('is live where nothing runs', () => {
    expect(monitored().monitor.getResourceSummary().freshness).toEqual({
      ...{ state: 'live', incompleteWorkspaces: 0, sampledAt: null },
    });
  });

  it('is stale while one workspace of several is not read', async () => {
    const { tracker, source, clock, summary } = await reading();
    source.refuses = 'no such file';
    tracker.run('dark');
    await clock.advance(10_000);
    expect(summary().freshness).toMatchObject({ state: 'stale', incompleteWorkspaces: 1 });
  });

  it('stays live while a container that just started has no figures yet', async () => {
    const { tracker, source, clock, summary } = await reading();
    source.add('new');
    tracker.run('new', new Date(clock.now()).toISOString());
    expect(summary()).toMatchObject({ activeWorkspaces: 2, freshness: { state: 'live' } });
    await clock.advance(2_000);
    source.refuses = 'no such file';
    tracker.run('never', new Date(clock.now()).toISOString());
    await clock.advance(10_000);
    expect(summary().freshness).toMatchObject({ state: 'stale', incompleteWorkspaces: 1 });
  });
});
