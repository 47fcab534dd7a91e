import { describe, expect, it, onTestFinished } from 'vitest';
import type { ContainerDiskSize, DiskSizeSource } from '../engine/disk-size.ts';
import { TidewatchError } from '../model/errors.ts';
import { monitored } from './monitored.contract.ts';

const HOUR = 3_600_000;
const ONE_ROUND = 60_000;

/** A monitor that measures once an hour; each question takes the engine a second. */
async function measured(sizes: Readonly<Record<string, ContainerDiskSize>>, volumes: Readonly<Record<string, number>>) {
  const engine = { sizes: { ...sizes }, volumes: { ...volumes }, failure: null as Error | null };
  const answer = async <T>(told: () => T, signal: AbortSignal): Promise<T> => {
    await setting.clock.sleep(1_000, signal);
    if (engine.failure !== null) throw engine.failure;
    return told();
  };
  const source: DiskSizeSource = {
    ofContainer: (id, signal) => answer(() => engine.sizes[id] ?? null, signal),
    ofVolumes: (signal) => answer(() => new Map(Object.entries(engine.volumes)), signal),
  };
  const setting = monitored({ diskSizes: { source, interval: '1h' } });
  onTestFinished(() => setting.monitor.stop());
  await setting.monitor.start();
  return { ...setting, engine };
}

const size = (writableBytes: number, ...volumes: string[]): ContainerDiskSize => ({ writableBytes, volumes });

describe('disk used', () => {
  it('is the sum over all containers, stopped ones too, a volume of several of them once', async () => {
    const { monitor, tracker, clock } = await measured({ a: size(5, 'v', 'w'), b: size(7, 'v') }, { v: 100, w: 20 });
    tracker.set('shop', [{ id: 'a' }, { id: 'b', state: 'exited' }]);
    expect(monitor.getDiskUsed(['a', 'b'])).toBeNull();
    await clock.advance(ONE_ROUND);
    const measuredAt = '2026-01-01T00:00:11.000Z';
    expect(monitor.getDiskUsed(['a', 'b'])).toEqual({ writableBytes: 12, volumeBytes: 120, measuredAt });
    expect(monitor.getDiskUsed(['b'])).toMatchObject({ writableBytes: 7, volumeBytes: 100 });
  });

  it('counts a volume of several workspaces in each of them, and once in the summary', async () => {
    const { monitor, tracker, clock } = await measured({ a: size(5, 'v'), b: size(7, 'v') }, { v: 100 });
    tracker.set('shop', [{ id: 'a' }]);
    tracker.set('lab', [{ id: 'b' }]);
    await clock.advance(ONE_ROUND);
    expect([monitor.getDiskUsed(['a'])?.volumeBytes, monitor.getDiskUsed(['b'])?.volumeBytes]).toEqual([100, 100]);
    expect(monitor.getResourceSummary().diskUsed).toEqual({
      ...{ writableBytes: 12, volumeBytes: 100, measured: 2, unmeasured: 0 },
      measuredAt: '2026-01-01T00:00:11.000Z',
    });
  });

  it('is not known where the engine does not tell all of it; the summary has what it does tell', async () => {
    const sizes = { a: size(Number.NaN, 'v'), b: size(7, 'remote', 'v') };
    const { monitor, tracker, clock } = await measured(sizes, { v: 100 });
    tracker.set('shop', [{ id: 'a' }, { id: 'b' }]);
    await clock.advance(ONE_ROUND);
    expect(monitor.getDiskUsed(['a'])).toMatchObject({ writableBytes: null, volumeBytes: 100 });
    expect(monitor.getDiskUsed(['b'])).toMatchObject({ writableBytes: 7, volumeBytes: null });
    expect(monitor.getResourceSummary().diskUsed).toMatchObject({ writableBytes: 7, volumeBytes: 100 });
  });

  it('is not known of a workspace with a container that was not measured yet', async () => {
    const { monitor, tracker, clock } = await measured({ a: size(5), b: size(7) }, {});
    tracker.set('shop', [{ id: 'a' }]);
    await clock.advance(ONE_ROUND);
    tracker.set('shop', [{ id: 'a' }, { id: 'b' }]);
    expect(monitor.getDiskUsed(['a', 'b'])).toBeNull();
    expect(monitor.getDiskUsed([])).toBeNull();
    expect(monitor.getResourceSummary().diskUsed).toMatchObject({ writableBytes: 5, measured: 1, unmeasured: 1 });
    await clock.advance(HOUR);
    expect(monitor.getDiskUsed(['a', 'b'])?.writableBytes).toBe(12);
  });

  it('is dropped with its container, also with one that goes while it is measured', async () => {
    const { monitor, tracker, clock } = await measured({ a: size(5), b: size(7) }, {});
    tracker.set('shop', [{ id: 'a' }, { id: 'b' }]);
    await clock.advance(10_500);
    tracker.set('shop', [{ id: 'b' }]);
    await clock.advance(ONE_ROUND);
    expect(monitor.getResourceSummary().diskUsed).toMatchObject({ writableBytes: 7, measured: 1, unmeasured: 0 });
    tracker.forget('shop');
    expect(monitor.getResourceSummary().diskUsed).toMatchObject({ measured: 0, unmeasured: 0, measuredAt: null });
  });
});

describe('measuring', () => {
  it('begins with the first container, not an interval later', async () => {
    const { monitor, tracker, clock } = await measured({ a: size(5) }, {});
    await clock.advance(HOUR / 2);
    expect(monitor.getMonitorStats().diskSizes?.questions).toBe(0);
    tracker.set('shop', [{ id: 'a' }]);
    await clock.advance(ONE_ROUND);
    expect(monitor.getDiskUsed(['a'])?.writableBytes).toBe(5);
  });

  it('tells what it costs, goes on after failures, and logs them once in a row', async () => {
    const { monitor, tracker, clock, engine, lines } = await measured({ a: size(5), b: size(7) }, {});
    tracker.set('shop', [{ id: 'a' }, { id: 'b' }]);
    engine.failure = new TidewatchError('engine_timeout', 'no answer');
    await clock.advance(HOUR);
    expect(monitor.getMonitorStats().diskSizes).toEqual({
      ...{ interval: HOUR, questions: 3, failures: 3, spentMs: 3_000, lastError: 'no answer' },
    });
    expect(lines.filter(({ level }) => level !== 'debug')).toMatchObject([
      { level: 'warn', message: 'disk sizes could not be read' },
    ]);
    engine.failure = null;
    await clock.advance(HOUR);
    expect(monitor.getMonitorStats().diskSizes).toMatchObject({ questions: 6, failures: 3 });
    expect(monitor.getDiskUsed(['a', 'b'])?.writableBytes).toBe(12);
  });

  it('ends with the monitor, before it began and in the middle', async () => {
    const idle = await measured({}, {});
    await idle.monitor.stop();
    const busy = await measured({ a: size(5) }, {});
    busy.tracker.set('shop', [{ id: 'a' }]);
    await busy.clock.advance(500);
    await busy.monitor.stop();
    expect(busy.monitor.getMonitorStats().diskSizes?.questions).toBe(0);
    expect([idle.clock.pendingTimers, busy.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('is off unless asked for', async () => {
    const { monitor } = monitored();
    expect(monitor.getDiskUsed(['a'])).toBeNull();
    expect(monitor.getResourceSummary().diskUsed).toBeNull();
    expect(monitor.getMonitorStats().diskSizes).toBeNull();
  });

  it.each(['59s', '8d', 'often', 0])('refuses the interval %s', (interval) => {
    const source = {} as DiskSizeSource;
    expect(() => monitored({ diskSizes: { source, interval } })).toThrow(/from 1 min to 7 days/);
  });
});
