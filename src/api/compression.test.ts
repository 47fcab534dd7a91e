import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AUTHORIZED, type StubApi, stubApi } from './stub-api.contract.ts';

let stub: StubApi;

beforeEach(async () => {
  stub = await stubApi();
  for (let index = 0; index < 50; index += 1) stub.tracker.put(`workspace-${index}`, { owner: 'Zoë 张' });
});

afterEach(() => stub.close());

function ask(url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') {
  return stub.api.app.inject({ method, url, headers: { ...AUTHORIZED, ...headers } });
}

test.each([
  ['br', brotliDecompressSync],
  ['gzip', gunzipSync],
] as const)('a large answer in %s is the same, and known by the same tag', async (coding, decode) => {
  const plain = await ask('/api/v1/workspaces');
  const compressed = await ask('/api/v1/workspaces', { 'accept-encoding': coding });
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(compressed.headers).toMatchObject({
    'content-encoding': coding,
    'content-length': String(compressed.rawPayload.length),
    vary: 'accept-encoding',
    etag: plain.headers.etag,
  });
  expect(plain.headers.vary).toBe('accept-encoding');
  expect(compressed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 4);
  expect(decode(compressed.rawPayload)).toEqual(plain.rawPayload);
  const known = { 'accept-encoding': coding, 'if-none-match': String(plain.headers.etag) };
  const again = await ask('/api/v1/workspaces', known);
  expect([again.statusCode, again.rawPayload.length, again.headers['content-encoding']]).toEqual([304, 0, undefined]);
  expect(again.headers).toMatchObject({ etag: plain.headers.etag, vary: 'accept-encoding' });
});

test('HEAD has the headers of GET, and no body', async () => {
  for (const accept of ['identity', 'br']) {
    const get = await ask('/api/v1/workspaces', { 'accept-encoding': accept });
    const head = await ask('/api/v1/workspaces', { 'accept-encoding': accept }, 'HEAD');
    const of = ({ headers }: typeof get) =>
      ['content-encoding', 'content-length', 'content-type', 'etag', 'vary'].map((name) => headers[name]);
    expect(of(head)).toEqual(of(get));
    expect(head.rawPayload.length).toBe(0);
  }
});

test('a small answer stays as it is, unless it is not taken so', async () => {
  const url = '/api/v1/workspaces/workspace-1';
  expect((await ask(url, { 'accept-encoding': 'br, gzip' })).headers['content-encoding']).toBeUndefined();
  const refused = await ask(url, { 'accept-encoding': 'gzip, identity;q=0' });
  expect(refused.headers['content-encoding']).toBe('gzip');
  expect(JSON.parse(gunzipSync(refused.rawPayload).toString()).id).toBe('workspace-1');
});

test('errors are for everyone to read', async () => {
  const answer = await ask('/api/v1/workspaces/none', { 'accept-encoding': 'br, identity;q=0' });
  expect(answer.json().code).toBe('workspace_not_found');
});

test('a page that is asked for in several codings at once is right in each', async () => {
  const plain = await ask('/openapi.json');
  const answers = await Promise.all(
    ['br', 'gzip', 'identity', 'br'].map((accept) => ask('/openapi.json', { 'accept-encoding': accept })),
  );
  const decoded = answers.map(({ headers, rawPayload }) => {
    if (headers['content-encoding'] === 'br') return brotliDecompressSync(rawPayload);
    return headers['content-encoding'] === 'gzip' ? gunzipSync(rawPayload) : rawPayload;
  });
  for (const bytes of decoded) expect(bytes).toEqual(plain.rawPayload);
});

test('a stream of events is never compressed: each must arrive at once', async () => {
  await stub.api.listen();
  const ended = new AbortController();
  const headers = { authorization: AUTHORIZED.authorization, 'accept-encoding': 'br, gzip, identity;q=0' };
  const answer = await fetch(`${stub.api.url()}/api/v1/events/stream`, { headers, signal: ended.signal });
  expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, null]);
  ended.abort();
});
