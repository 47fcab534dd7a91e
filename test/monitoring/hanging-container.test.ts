import { expect, test } from 'vitest';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { eventually } from '../support/eventually.ts';
import { type StartedMonitoring, startMonitoring } from '../support/start-monitoring.ts';

const OTHERS = ['a', 'b', 'c'];

test('one container whose statistics hang is told as failing, asked seldom, and stops no other', async () => {
  // From Engine 25.0 on each container is asked for by itself. Those before are in test/faults: there one stops all.
  await using fake = await FakeEngine.listen({ apiVersion: '1.44' });
  for (const name of ['stuck', ...OTHERS]) fake.run({ name, labels: { 'tidewatch.workspace': name } });
  await using started = await startMonitoring(fake.host, {
    config: { 'monitor.source': 'engine', 'monitor.collectInterval': 200 },
    limits: { statsMs: 300, inspectMs: 300 },
  });
  for (const name of OTHERS) started.monitor.watch(name);
  await eventually(() => {
    for (const name of ['stuck', ...OTHERS]) expect(started.metricsOf(name)).not.toBeNull();
  });

  fake.freezeInspect('stuck');
  const problem = () => sourceOf(started, 'stuck')?.lastError;
  await eventually(() => expect(problem()).toMatch(/3 times in a row; it is asked again in \d+ s/));
  expect(started.metricsOf('stuck')).toBeNull();
  for (let reading = 0; reading < 15; reading += 1) await nextReadings(started);
  for (const name of OTHERS) expect(sourceOf(started, name)?.lastError).toBeNull();
  // Three before the pause of five seconds at least, one more should these readings have taken longer.
  const { collections } = started.monitor.getMonitorStats();
  expect(fake.calls.stats - collections - OTHERS.length).toBeLessThanOrEqual(4);

  fake.thawInspect('stuck');
  await eventually(() => expect(started.metricsOf('stuck')).not.toBeNull(), { within: 40_000 });
  expect(sourceOf(started, 'stuck')).toMatchObject({ source: 'engine', lastError: null });
}, 90_000);

function sourceOf({ monitor }: StartedMonitoring, workspaceId: string) {
  return monitor.getContainerSources().find((source) => source.workspaceId === workspaceId);
}

/** Each of the others is read once more. */
async function nextReadings(started: StartedMonitoring): Promise<void> {
  const before = OTHERS.map((name) => started.metricsOf(name)?.sampledAt ?? '');
  await eventually(() => {
    for (const [index, name] of OTHERS.entries()) {
      expect((started.metricsOf(name)?.sampledAt ?? '') > (before[index] ?? '')).toBe(true);
    }
  });
}
