import { expect, test } from 'vitest';
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { FakeUsageSource } from '../../src/monitor/fake-usage-source.contract.ts';
import { ResourceMonitor } from '../../src/monitor/resource-monitor.ts';
import { Tracker } from '../../src/tracker/tracker.ts';
import { eventually } from '../support/eventually.ts';

const FOUND = 40;
const STARTED = 10;

test('tracker and monitor together inspect each container once, whether it was found or seen to start', async () => {
  await using fake = await FakeEngine.listen();
  const engine = createDockerEngine({ host: fake.host });
  const source = new FakeUsageSource(() => performance.now());
  for (const id of fake.addMany(FOUND)) source.add(id);
  const tracker = new Tracker({ engine });
  const monitor = new ResourceMonitor({ tracker, engine, sources: [source] });
  try {
    await monitor.start();
    await tracker.start();
    await eventually(() => expect(source.opened).toBe(FOUND));
    await eventually(() => expect(tracker.getStats().inspections).toBe(FOUND));
    expect(fake.calls.inspect).toBe(FOUND);
    for (let n = 0; n < STARTED; n += 1) source.add(fake.run({ name: `started-${n}` }));
    await eventually(() => expect(source.opened).toBe(FOUND + STARTED));
    expect(fake.calls.inspect).toBe(FOUND + STARTED);
  } finally {
    await monitor.stop();
    await tracker.stop();
    await engine.close();
  }
});
