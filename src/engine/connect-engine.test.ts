import { expect, test } from 'vitest';
import { connectEngine } from './connect-engine.ts';
import { FakeEngine } from './fake/fake-engine.ts';

test('gives an engine that answers', async () => {
  await using fake = await FakeEngine.listen();
  const engine = await connectEngine({ host: fake.host });
  expect(engine.endpoint).toEqual({ url: fake.host, foundBy: 'option' });
  expect(engine.getStats().calls.ping).toBe(1);
  await engine.close();
});

test('rejects with why it does not answer', async () => {
  await using fake = await FakeEngine.listen();
  fake.refuse('_ping');
  await expect(connectEngine({ host: fake.host })).rejects.toMatchObject({ code: 'engine_forbidden' });
  await fake.goDown();
  await expect(connectEngine({ host: fake.host })).rejects.toMatchObject({ code: 'engine_unreachable' });
});

test('rejects, and does not throw, when the address cannot be understood', async () => {
  await expect(connectEngine({ host: 'ftp://far' })).rejects.toMatchObject({ code: 'engine_endpoint_invalid' });
});
