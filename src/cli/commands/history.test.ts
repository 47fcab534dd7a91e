import { afterAll, beforeAll, expect, it } from 'vitest';
import { StubTracker } from '../../api/stub-tracker.contract.ts';
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
  const wanted = ['--openmetrics', '--since', '10m', '--metrics', 'cpu', '--points', '10'];
  const { code, out } = await cli(['history', 'shop', ...wanted], daemon);
  expect(code).toBe(0);
  const samples = parseOpenMetrics(out);
  expect(samples.length).toBe(30);
  expect(samples[0]).toMatchObject({ labels: { workspace: 'shop', name: 'Shop', statistic: 'avg' }, value: 0.25 });
});

it('is printed in one form', async () => {
  const { code, err } = await cli(['history', 'shop', '--openmetrics', '--csv'], daemon);
  expect([code, err]).toEqual([2, expect.stringContaining('give one of --json, --csv, --openmetrics and --plot')]);
});

it('history is deleted only by a whole id or name, and with --yes', async () => {
  const purge = (...args: string[]) => cli(['history', ...args, '--purge'], daemon);
  expect(await purge('shop')).toMatchObject({ code: 2, err: expect.stringContaining('add --yes') });
  expect(await purge('sh', '--yes')).toMatchObject({
    code: 2,
    err: expect.stringContaining('if you mean shop, give that'),
  });
  expect(await purge('nobody', '--yes')).toMatchObject({ code: 3, err: expect.stringContaining('"nobody"') });
  const withOthers = { code: 2, err: expect.stringContaining('it takes --yes and nothing else') };
  expect(await purge('shop', '--yes', '--since', '7d')).toMatchObject(withOthers);
  expect(await cli(['history', 'shop', '--yes'], daemon)).toMatchObject(withOthers);
  expect(history.hasHistory('shop')).toBe(true);
  expect(await purge('Shop', '--yes')).toMatchObject({ code: 0, out: 'Deleted what was kept of what shop used.\n' });
  expect([history.hasHistory('shop'), history.hasHistory('gone')]).toEqual([false, true]);
  const again = { code: 3, err: expect.stringContaining('nothing is kept of what a workspace "shop" used') };
  expect(await purge('shop', '--yes')).toMatchObject(again);
  expect(JSON.parse((await purge('gone', '--yes', '--json')).out)).toEqual({ workspaceId: 'gone', purged: true });
  expect(history.hasHistory('gone')).toBe(false);
});
