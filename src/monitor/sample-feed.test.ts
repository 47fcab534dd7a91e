import { expect, test } from 'vitest';
import { METRICS } from '../model/metric-catalogue.ts';
import { cores } from './fake-usage-source.contract.ts';
import { monitored } from './monitored.contract.ts';

const MB = 1e6;

function heard() {
  const all: { id: string; at: number; values: Record<string, number> }[] = [];
  const listener = (id: string, at: number, values: Float64Array) =>
    void all.push({
      id,
      at,
      values: Object.fromEntries(METRICS.map((metric, index) => [metric, values[index] as number])),
    });
  return { all, listener };
}

test('history gets one sample of a workspace in an interval: sums, limits, the worst of the ratios', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', { networkRxBytes: 0, cpuPressureUs: 0 }, { ...cores(0.5), networkRxBytes: 2, cpuPressureUs: 100 });
  source.add('b', { cpuPressureUs: 0, pids: 3 }, { ...cores(0.251), cpuPressureUs: 300.04 });
  tracker.set('w', [{ id: 'a' }, { id: 'b' }]);
  const { all, listener } = heard();
  const end = monitor.onSample(listener);
  await monitor.start();
  await clock.advance(60_000);
  expect(all.length).toBeGreaterThanOrEqual(5);
  expect(all.length).toBeLessThanOrEqual(8);
  expect(all.every(({ at }) => at % 100 === 0)).toBe(true);
  expect(all.at(-1)).toMatchObject({
    id: 'w',
    values: { memory: 200 * MB, memoryLimit: 2e9, networkRx: 2_000, diskRead: Number.NaN, pids: 4, cpuPressure: 0.3 },
  });
  expect(all.at(-1)?.values.cpu).toBe(75.1);
  end();
  const before = all.length;
  await clock.advance(60_000);
  expect(all.length).toBe(before);
  await monitor.stop();
});

test('a listener that throws harms nobody else', async () => {
  const { monitor, tracker, source, clock } = monitored();
  source.add('a', {}, cores(0.5));
  tracker.run('a');
  const { all, listener } = heard();
  monitor.onSample(() => {
    throw new Error('disk full');
  });
  monitor.onSample(listener);
  await monitor.start();
  await clock.advance(30_000);
  expect(all.length).toBeGreaterThanOrEqual(2);
  expect(monitor.getMonitorStats().failures).toBe(0);
  await monitor.stop();
});
