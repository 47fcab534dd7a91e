import { expect, onTestFinished, test } from 'vitest';
import { prefersOpenMetrics } from './metrics-route.ts';
import { AUTHORIZED, stubApi } from './stub-api.contract.ts';

async function get(headers: Readonly<Record<string, string>>) {
  const stub = await stubApi();
  onTestFinished(stub.close);
  return stub.api.app.inject({ url: '/metrics', headers });
}

test('/metrics needs a token', async () => {
  expect((await get({ host: 'localhost' })).statusCode).toBe(401);
  const answer = await get(AUTHORIZED);
  expect([answer.statusCode, answer.body]).toEqual([200, 'prometheus\n']);
  expect(answer.headers).toMatchObject({
    'content-type': 'text/plain',
    vary: 'accept, accept-encoding',
    'cache-control': 'no-store',
  });
});

test('/metrics is OpenMetrics for who asks for it', async () => {
  expect((await get({ ...AUTHORIZED, accept: 'application/openmetrics-text' })).body).toBe('openmetrics\n');
});

test('a token limited to an owner gets the workspaces of this owner alone, and nothing of webhooks', async () => {
  const stub = await stubApi({
    metrics: {
      text: async (_format, scope) => ({
        mediaType: 'text/plain',
        body: Buffer.from(['mine', 'theirs', 'nobody'].filter((id) => scope === null || scope(id)).join()),
      }),
    },
  });
  onTestFinished(stub.close);
  const { app } = stub.api;
  stub.tracker.put('mine', { owner: 'ana' });
  stub.tracker.put('theirs', { owner: 'bo' });
  const payload = { name: 'ana', role: 'admin', owners: ['ana'] };
  const made = await app.inject({ method: 'POST', url: '/api/v1/tokens', headers: AUTHORIZED, payload });
  const limited = { ...AUTHORIZED, authorization: `Bearer ${made.json<{ secret: string }>().secret}` };
  expect((await app.inject({ url: '/metrics', headers: limited })).body).toBe('mine');
  expect((await app.inject({ url: '/metrics', headers: AUTHORIZED })).body).toBe('mine,theirs,nobody');
  expect((await app.inject({ url: '/api/v1/webhooks', headers: limited })).statusCode).toBe(403);
  expect((await app.inject({ url: '/api/v1/webhooks', headers: AUTHORIZED })).json()).toEqual({ items: [] });
});

test.each([
  // As Prometheus 2.42 sends it.
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    true,
  ],
  ['application/openmetrics-text', true],
  ['application/openmetrics-text; version=1.0.0; charset=utf-8', true],
  ['text/plain;version=0.0.4;q=1,application/openmetrics-text;q=0.5', false],
  ['application/openmetrics-text;version=0.0.1', false],
  ['application/openmetrics-text;q=0', false],
  ['text/plain', false],
  ['*/*', false],
  ['', false],
  [';;,=;q=x,', false],
])('Accept: %s', (accept, isOpenMetrics) => {
  expect(prefersOpenMetrics(accept)).toBe(isOpenMetrics);
});
