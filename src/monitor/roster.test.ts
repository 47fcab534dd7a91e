import { expect, test } from 'vitest';
import { monitored } from './monitored.contract.ts';

test('hundreds of containers are opened a few at each turn of the event loop', async () => {
  const { monitor, tracker, source } = monitored();
  for (let index = 0; index < 300; index += 1) {
    source.add(`c${index}`);
    tracker.run(`c${index}`);
  }
  await monitor.start();
  let most = 0;
  while (source.opened < 300) {
    const before = source.opened;
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, source.opened - before);
  }
  expect(most).toBeLessThanOrEqual(8);
  await monitor.stop();
});
