import { afterAll, beforeAll, expect, it } from 'vitest';
import { StubTracker } from '../../api/stub-api.contract.ts';
import { parseOpenMetrics } from '../../metrics/export/openmetrics-parser.contract.ts';
import { fedCollector } from '../../metrics/fed-collector.contract.ts';
import type { MetricsCollector } from '../../metrics/metrics-collector.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { cli, type StubDaemon, stubDaemon } from '../run-cli.contract.ts';

const START = Date.parse('2026-11-25T10:00:00Z');
const MINUTE = 60_000;

let daemon: StubDaemon;
let history: MetricsCollector;
beforeAll(async () => {
  const tracker = new StubTracker();
  tracker.put('shop', { name: 'Shop' });
  const clock = new FakeClock(START);
  const { collector, run } = await fedCollector({ clock });
  history = collector;
  await run({ durationMs: 10 * MINUTE, stepMs: MINUTE }, () => ({ shop: { cpu: 25 }, gone: { cpu: 1 } }));
  daemon = await stubDaemon({ tracker, history, clock });
});
afterAll(async () => {
  await daemon.close();
  await history.stop();
});

it('history is printed as OpenMetrics text that parsers take', async () => {
  const { code, out } = await cli(['history', 'shop', '--openmetrics', '--since', '10m', '--metrics', 'cpu'], daemon);
  expect(code).toBe(0);
  const samples = parseOpenMetrics(out);
  expect(samples.length).toBe(30);
  expect(samples[0]).toMatchObject({ labels: { workspace: 'shop', name: 'Shop', statistic: 'avg' }, value: 0.25 });
});

it('is printed in one form', async () => {
  const { code, err } = await cli(['history', 'shop', '--openmetrics', '--csv'], daemon);
  expect([code, err]).toEqual([2, expect.stringContaining('give one of --json, --csv, --openmetrics and --plot')]);
});
