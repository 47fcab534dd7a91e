import { expect, test } from 'vitest';
import { cores } from './fake-usage-source.contract.ts';
import { monitored } from './monitored.contract.ts';
import { OwnCost } from './own-cost.ts';

function costing(limitPercent: number) {
  const changes: number[] = [];
  const cost = new OwnCost(limitPercent, (slowdown) => changes.push(slowdown));
  let now = 0;
  /** Windows of 5 s in which this share of a core was used. */
  const spend = (percent: number, windows = 1) => {
    for (let index = 0; index < windows * 50; index += 1) {
      now += 100;
      cost.add(percent, now);
    }
  };
  spend(0);
  return { cost, changes, spend };
}

test('what it costs is a share of time, and nothing slows down below the limit', () => {
  const { cost, changes, spend } = costing(3);
  spend(2, 10);
  expect(cost.stats()).toMatchObject({ limitPercent: 3, slowdown: 1, slowdowns: 0 });
  expect(cost.stats().cpuPercent).toBeCloseTo(2);
  expect(changes).toEqual([]);
});

test('it slows down before the limit is reached, tells so once, and comes back when there is less to do', () => {
  const { cost, changes, spend } = costing(3);
  spend(2.6, 2);
  expect(cost.slowdown).toBeGreaterThan(1);
  expect(changes).toHaveLength(1);
  spend(2.6, 1);
  expect(changes).toHaveLength(1);
  spend(0.1, 10);
  expect(cost.slowdown).toBe(1);
  expect(changes).toEqual([expect.any(Number), 1]);
  expect(cost.stats().slowdowns).toBe(1);
});

test('under a load that is far too high it settles below its limit', () => {
  const { cost, spend } = costing(3);
  for (let window = 0; window < 50; window += 1) {
    spend(40 / cost.slowdown);
    if (window > 5) expect(cost.stats().cpuPercent).toBeLessThan(3);
  }
  expect(cost.slowdown).toBeLessThan(30);
});

test('a monitor that costs too much reads less often, and says so', async () => {
  let reads = () => 0;
  // Each reading takes half a millisecond: 5 % of a core for all.
  const { monitor, tracker, source, clock, lines } = monitored({ collectInterval: '1s', cpu: () => reads() * 0.5 });
  reads = () => source.reads;
  for (let index = 0; index < 100; index += 1) {
    source.add(`c${index}`, {}, cores(0.5));
    tracker.run(`c${index}`);
  }
  await monitor.start();
  await clock.advance(60_000);
  const before = source.reads;
  await clock.advance(60_000);
  const { ownCost } = monitor.getMonitorStats();
  expect(ownCost.slowdown).toBeGreaterThan(1.5);
  expect(ownCost.cpuPercent).toBeLessThan(3);
  expect(source.reads - before).toBeLessThan(100 * 45);
  expect(source.reads - before).toBeGreaterThan(100 * 10);
  expect(lines.filter(({ message }) => message.startsWith('monitoring slows down'))).toHaveLength(1);
  await monitor.stop();
});
