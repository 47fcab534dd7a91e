import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../runtime/fake-clock.ts';
import { LiveTestClient } from './live/live-client.contract.ts';
import { AUTHORIZED, makeToken, type StubApi, stubApi } from './stub-api.contract.ts';

const { host } = AUTHORIZED;

async function limitedApi(perSecond: number, burst: number): Promise<StubApi & { readonly clock: FakeClock }> {
  const clock = new FakeClock();
  const stub = await stubApi({ clock, rateLimit: { perSecond, burst } });
  onTestFinished(() => stub.close());
  return { ...stub, clock };
}

async function ask(
  { api }: StubApi,
  headers: Record<string, string>,
  { url = '/api/v1/stats', from = '10.0.0.1' } = {},
) {
  const answer = await api.app.inject({ url, headers, remoteAddress: from });
  const { code, detail } = answer.statusCode < 400 ? { code: 'done', detail: '' } : answer.json();
  return { status: answer.statusCode, code, detail, headers: answer.headers };
}

async function codesOf(times: number, request: () => Promise<{ code: string }>): Promise<string[]> {
  const codes: string[] = [];
  for (let time = 0; time < times; time += 1) codes.push((await request()).code);
  return codes;
}

describe('a token', () => {
  test('may ask its burst at once, then at its rate; each has its own, and 429 says when to come again', async () => {
    const stub = await limitedApi(2, 3);
    const ci = await makeToken(stub, { name: 'ci', role: 'viewer' });
    const other = await makeToken(stub, { role: 'viewer' });
    expect(await codesOf(3, () => ask(stub, ci.headers))).toEqual(['done', 'done', 'done']);
    const refused = await ask(stub, ci.headers);
    expect(refused).toMatchObject({ status: 429, code: 'too_many_requests' });
    expect(refused.detail).toContain('who has the token "ci" sends more than 2 requests a second; try again in 1 s');
    expect(refused.headers).toMatchObject({
      'retry-after': '1',
      'ratelimit-policy': '"requests";q=3;w=2',
      ratelimit: '"requests";r=0;t=2',
      'content-type': 'application/problem+json; charset=utf-8',
    });
    // A path that is not there counts as well.
    expect((await ask(stub, ci.headers, { url: '/nowhere' })).code).toBe('too_many_requests');
    expect((await ask(stub, other.headers)).code).toBe('done');
    await stub.clock.advance(500);
    expect(await codesOf(2, () => ask(stub, ci.headers))).toEqual(['done', 'too_many_requests']);
    // A wall clock that is set back holds nobody up.
    stub.clock.step(-86_400_000);
    await stub.clock.advance(1_500);
    expect(await codesOf(4, () => ask(stub, ci.headers))).toEqual(['done', 'done', 'done', 'too_many_requests']);
  });

  test('hears what is left when less than half is', async () => {
    const stub = await limitedApi(1, 4);
    const answers = [];
    for (let time = 0; time < 4; time += 1) answers.push((await ask(stub, AUTHORIZED)).headers.ratelimit);
    expect(answers).toEqual([undefined, undefined, '"requests";r=1;t=3', '"requests";r=0;t=4']);
  });

  test('counts with the sessions that began with it', async () => {
    const stub = await limitedApi(1, 2);
    const form = { host, 'content-type': 'application/json', origin: `http://${host}` };
    const { secret, headers } = await makeToken(stub, { role: 'viewer' });
    const logIn = await stub.api.app.inject({
      method: 'POST',
      url: '/login',
      headers: form,
      payload: { token: secret },
    });
    const cookie = String(logIn.headers['set-cookie']).split(';', 1)[0] ?? '';
    expect((await ask(stub, { host, cookie })).code).toBe('done');
    expect(await codesOf(2, () => ask(stub, headers))).toEqual(['done', 'too_many_requests']);
    expect((await ask(stub, { host, cookie })).code).toBe('too_many_requests');
  });

  test('counts with its WebSockets and streams, as they begin', async () => {
    const stub = await limitedApi(1, 2);
    await stub.api.listen();
    const live = await new LiveTestClient(stub.api.address()).opened();
    onTestFinished(() => live.ws.terminate());
    const url = stub.api.url();
    const { authorization } = AUTHORIZED;
    const stream = await fetch(`${url}/api/v1/events/stream`, { headers: { authorization } });
    expect(stream.status).toBe(200);
    await stream.body?.cancel();
    expect((await fetch(`${url}/api/v1/events/stream`, { headers: { authorization } })).status).toBe(429);
    const late = new LiveTestClient(stub.api.address());
    await late.until(() => expect(late.refused).toBe(429));
    // What is open goes on.
    await live.subscribe();
  });
});

describe('an address without a valid token', () => {
  test('is refused by the same measure, and holds up no token and no other address', async () => {
    const stub = await limitedApi(1, 3);
    expect(await codesOf(4, () => ask(stub, { host }))).toEqual([
      ...['unauthorized', 'unauthorized', 'unauthorized', 'too_many_requests'],
    ]);
    expect((await ask(stub, { host }, { url: '/login' })).status).toBe(429);
    expect((await ask(stub, { host }, { from: '10.0.0.2' })).code).toBe('unauthorized');
    expect((await ask(stub, AUTHORIZED)).code).toBe('done');
  });

  test('learns nothing of tokens it tries: it is slowed down first, right token or wrong', async () => {
    const stub = await limitedApi(1, 25);
    const { headers } = await makeToken(stub, { role: 'viewer' });
    const wrong = { ...AUTHORIZED, authorization: 'Bearer wrong' };
    expect(new Set(await codesOf(20, () => ask(stub, wrong)))).toEqual(new Set(['unauthorized']));
    expect(new Set(await codesOf(5, () => ask(stub, { host })))).toEqual(new Set(['unauthorized']));
    expect((await ask(stub, { host })).code).toBe('too_many_requests');
    expect(await ask(stub, wrong)).toMatchObject({ code: 'too_many_attempts' });
    expect(await ask(stub, headers)).toMatchObject({ code: 'too_many_attempts' });
  });

  test('probes are answered always', async () => {
    const stub = await limitedApi(1, 1);
    for (const url of ['/healthz', '/readyz']) {
      for (let time = 0; time < 5; time += 1) expect((await ask(stub, { host }, { url })).status).toBe(200);
    }
    expect((await ask(stub, { host })).code).toBe('unauthorized');
  });
});

test('without a limit nothing is counted', async () => {
  const stub = await stubApi({ rateLimit: null });
  onTestFinished(() => stub.close());
  expect(new Set(await codesOf(50, () => ask(stub, AUTHORIZED)))).toEqual(new Set(['done']));
});
