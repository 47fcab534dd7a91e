import { expect, onTestFinished, test } from 'vitest';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { serveDaemon } from '../support/served-daemon.ts';

test('the configured rate holds for a token, and not for probes', async () => {
  const engine = await FakeEngine.listen({});
  onTestFinished(() => engine.close());
  await using daemon = await serveDaemon(engine.host, { 'api.rateLimit': 1, 'api.rateBurst': 1 });
  const headers = { authorization: `Bearer ${daemon.token}` };
  const statuses: number[] = [];
  // However slow the machine: one that comes within a second of the one before is refused.
  while (!statuses.includes(429)) statuses.push((await fetch(`${daemon.url}/api/v1/stats`, { headers })).status);
  expect(statuses[0]).toBe(200);
  expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200);
});
