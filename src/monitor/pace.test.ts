import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLatch } from '../runtime/latch.ts';
import { cores, FakeUsageSource } from './fake-usage-source.contract.ts';
import { monitored } from './monitored.contract.ts';
import { checkCollectInterval, idleStretch, nextSlot, offsetOf, placeOf } from './pace.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('every container has its own slot in every interval, and the same one whenever one asks', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.integer({ min: 200, max: 60_000 }), fc.string(), (now, intervalMs, id) => {
      const place = placeOf(offsetOf(id), 1_000);
      const next = nextSlot(now, intervalMs, place);
      expect(next - now).toBeGreaterThanOrEqual(intervalMs / 2 - 1e-6);
      expect(next - now).toBeLessThanOrEqual(intervalMs * 1.5 + 1e-6);
      expect(nextSlot(next, intervalMs, place) - next).toBeCloseTo(intervalMs, 3);
    }),
  );
});

test('containers are spread over the interval, about a hundred for each wake-up', () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => `${index}`.padStart(64, 'c'));
  const slots = new Map<number, number>();
  for (const id of ids) {
    const place = placeOf(offsetOf(id), ids.length);
    slots.set(place, (slots.get(place) ?? 0) + 1);
  }
  expect([...slots.keys()].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((slot) => slot / 8));
  expect(Math.max(...slots.values())).toBeLessThan(180);
  expect([1, 128].map((containers) => placeOf(offsetOf('a'), containers))).toEqual([0, 0]);
});

test('others that come and go move a container by less than a slot', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 128 }), (id, few, more) => {
      const offset = offsetOf(id);
      const place = placeOf(offset, few);
      const slot = 1 / 2 ** Math.ceil(Math.log2(Math.max(1, few / 128)));
      const moved = placeOf(offset, few + more) - place;
      expect(moved).toBeGreaterThanOrEqual(0);
      expect(moved).toBeLessThan(slot);
    }),
  );
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
  expect(source.slowReads).toBeLessThanOrEqual(10 * 7);
  expect(source.slowReads).toBeGreaterThanOrEqual(10 * 6);
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

test.each([
  ['ahead', HOUR],
  ['back', -HOUR],
])('a wall clock that is set an hour %s changes no pace and makes no spike', async (_, step) => {
  const { monitor, tracker, source, clock } = monitored({ slowWhenIdle: false });
  source.add('a', {}, cores(0.3));
  tracker.run('a');
  await monitor.start();
  await clock.advance(MINUTE);
  const before = source.readAt.get('a')?.length ?? 0;
  clock.step(step);
  const steppedAt = clock.now();
  await clock.advance(1_000);
  // What was read just before the step was read just before now.
  const sampledAt = () => Date.parse(monitor.getWorkspaceMetrics('a')?.sampledAt ?? '');
  expect(clock.now() - sampledAt()).toBeLessThanOrEqual(11_000);
  expect(sampledAt()).toBeLessThanOrEqual(clock.now());
  await clock.advance(MINUTE);
  expect(sampledAt()).toBeGreaterThan(steppedAt);
  expect((source.readAt.get('a')?.length ?? 0) - before).toBe(6);
  expect(monitor.getWorkspaceMetrics('a')?.cpuPercent).toBeCloseTo(30);
  expect(monitor.getWorkspaceMetrics('a')?.uptime).toBeGreaterThanOrEqual(0);
  expect(monitor.getMonitorStats().discards).toEqual({ resets: 0, gaps: 0, impossible: 0 });
  await monitor.stop();
});
