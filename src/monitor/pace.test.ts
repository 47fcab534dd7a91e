import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLatch } from '../runtime/latch.ts';
import { cores, FakeUsageSource } from './fake-usage-source.contract.ts';
import { monitored } from './monitored.contract.ts';
import { checkCollectInterval, idleStretch, nextSlot, offsetOf } from './pace.ts';

const MINUTE = 60_000;

test('every container has its own slot in every interval, and the same one whenever one asks', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.integer({ min: 200, max: 60_000 }), fc.string(), (now, intervalMs, id) => {
      const offset = offsetOf(id);
      const next = nextSlot(now, intervalMs, offset);
      expect(next - now).toBeGreaterThanOrEqual(intervalMs / 2 - 1e-6);
      expect(next - now).toBeLessThanOrEqual(intervalMs * 1.5 + 1e-6);
      expect(nextSlot(next, intervalMs, offset) - next).toBeCloseTo(intervalMs, 3);
    }),
  );
});

test('containers are spread over the interval', () => {
  const slots = new Map<number, number>();
  for (let index = 0; index < 500; index += 1) {
    const at = nextSlot(0, 10_000, offsetOf(`${index}`.padStart(64, 'c'))) % 10_000;
    slots.set(at, (slots.get(at) ?? 0) + 1);
  }
  expect(slots.size).toBe(10);
  expect(Math.max(...slots.values())).toBeLessThan(80);
});

test('an interval is at least 200 ms, given as a duration', () => {
  expect(checkCollectInterval('10s')).toBe(10_000);
  expect(checkCollectInterval(200)).toBe(200);
  for (const wrong of [199, 'soon', -1, Number.NaN]) {
    expect(() => checkCollectInterval(wrong)).toThrow(/collectInterval must be a duration of at least 200 ms/);
  }
});

test('idleness stretches step by step, at most six times', () => {
  expect([0, 2, 3, 6, 9, 1_000].map(idleStretch)).toEqual([1, 1, 2, 4, 6, 6]);
});

test('ten seconds by default, more often while somebody looks, less often while nothing happens', async () => {
  const { monitor, tracker, source, clock } = monitored();
  const readsIn = async (durationMs: number, id: string) => {
    source.readAt.clear();
    await clock.advance(durationMs);
    return source.readAt.get(id)?.length ?? 0;
  };
  source.add('busy', {}, cores(0.5));
  const idle = source.add('idle');
  tracker.run('busy');
  tracker.run('idle');
  await monitor.start();
  expect(await readsIn(MINUTE, 'busy')).toBeGreaterThanOrEqual(6);
  await clock.advance(5 * MINUTE);
  expect(await readsIn(10 * MINUTE, 'idle')).toBe(10);
  expect(await readsIn(10 * MINUTE, 'busy')).toBe(60);
  const unwatch = monitor.watch('idle');
  expect(await readsIn(MINUTE, 'idle')).toBeGreaterThanOrEqual(59);
  expect(monitor.getMonitorStats()).toMatchObject({ activeMonitors: 2, watched: 1 });
  unwatch();
  unwatch();
  expect(monitor.getMonitorStats().watched).toBe(0);
  await clock.advance(5 * MINUTE);
  idle.perMs.cpuNs = 0.2e6;
  await clock.advance(2 * MINUTE);
  expect(await readsIn(MINUTE, 'idle')).toBe(6);
  await monitor.stop();
});

test('a new interval takes effect at once', async () => {
  const { monitor, tracker, source, clock } = monitored({ collectInterval: '1m' });
  source.add('a', {}, cores(0.5));
  tracker.run('a');
  await monitor.start();
  await clock.advance(3 * MINUTE);
  monitor.setCollectInterval('1s');
  source.readAt.clear();
  await clock.advance(10_000);
  expect(source.readAt.get('a')?.length).toBeGreaterThanOrEqual(9);
  expect(() => monitor.setCollectInterval(1)).toThrow(/at least 200 ms/);
  expect(monitor.getMonitorStats().collectInterval).toBe(1_000);
  await monitor.stop();
});

test('what is slow is read every 10 s, however fast the pace', async () => {
  const { monitor, tracker, source, clock } = monitored({ collectInterval: 200 });
  for (let index = 0; index < 10; index += 1) {
    source.add(`c${index}`, {}, cores(0.5));
    tracker.run(`c${index}`);
  }
  await monitor.start();
  await clock.advance(MINUTE);
  expect(source.reads).toBeGreaterThan(10 * 290);
  // The first reading is one more, the last one of the minute may be one less.
  expect(source.fullReads).toBeLessThanOrEqual(10 * 7);
  expect(source.fullReads).toBeGreaterThanOrEqual(10 * 6);
  await monitor.stop();
});

test('a machine that slept is a gap, not a spike', async () => {
  const source = new FakeUsageSource(() => clock.monotonic(), 'engine');
  const { monitor, tracker, clock } = monitored({ sources: [source] });
  source.add('a', {}, cores(0.3));
  tracker.run('a');
  await monitor.start();
  await clock.advance(MINUTE);
  source.isSlow = true;
  const latch = createLatch();
  source.gate = latch.opened;
  await clock.advance(10 * MINUTE);
  source.isSlow = false;
  latch.open();
  await clock.advance(1);
  expect(monitor.getWorkspaceMetrics('a')?.cpuPercent).toBeNull();
  expect(monitor.getMonitorStats().discards).toEqual({ resets: 0, gaps: 1, impossible: 0 });
  await clock.advance(20_000);
  expect(monitor.getWorkspaceMetrics('a')?.cpuPercent).toBeCloseTo(30);
  await monitor.stop();
});
