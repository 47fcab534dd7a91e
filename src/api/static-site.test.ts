import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AUTHORIZED, type StubApi, stubApi } from './stub-api.contract.ts';

let dir = '';
let stub: StubApi;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidewatch-site-'));
  mkdirSync(join(dir, 'web/assets'), { recursive: true });
  writeFileSync(join(dir, 'web/index.html'), '<title>page</title>');
  writeFileSync(join(dir, 'web/docs.html'), '<title>API</title>');
  writeFileSync(join(dir, 'web/assets/app-1a2b.js'), '1');
  writeFileSync(join(dir, 'web/.secret'), 'no');
  writeFileSync(join(dir, 'outside.txt'), 'no');
  stub = await stubApi({ webRoot: join(dir, 'web') });
});
afterEach(async () => {
  await stub.close();
  rmSync(dir, { recursive: true, force: true });
});

const get = (url: string) => stub.api.app.inject({ url, headers: AUTHORIZED });

test('the page is served and asked for each time; its hashed files are kept', async () => {
  const page = await get('/');
  expect([page.statusCode, page.body, page.headers['cache-control']]).toEqual([200, '<title>page</title>', 'no-cache']);
  const asset = await get('/assets/app-1a2b.js');
  expect([asset.statusCode, asset.headers['cache-control']]).toEqual([200, 'private, max-age=31536000, immutable']);
  expect(asset.headers['content-security-policy']).toContain("default-src 'self'");
});

test('a file that was compressed by the build is sent so to whom takes it', async () => {
  const script = '1;'.repeat(1_000);
  writeFileSync(join(dir, 'web/assets/large-3c4d.js'), script);
  writeFileSync(join(dir, 'web/assets/large-3c4d.js.br'), brotliCompressSync(script));
  const of = async (accept: string) => {
    const headers = { ...AUTHORIZED, 'accept-encoding': accept };
    const { headers: head, rawPayload } = await stub.api.app.inject({ url: '/assets/large-3c4d.js', headers });
    expect(head).toMatchObject({ vary: 'accept-encoding', 'cache-control': 'private, max-age=31536000, immutable' });
    expect(head['content-type']).toContain('javascript');
    return { coding: head['content-encoding'], rawPayload };
  };
  const compressed = await of('gzip, br');
  expect([compressed.coding, brotliDecompressSync(compressed.rawPayload).toString()]).toEqual(['br', script]);
  for (const accept of ['identity', 'br;q=0', 'deflate']) {
    const plain = await of(accept);
    expect([plain.coding, plain.rawPayload.toString()]).toEqual([undefined, script]);
  }
});

test.each([
  '/../outside.txt',
  '/%2e%2e/outside.txt',
  '/..%2foutside.txt',
  '/.secret',
  '/assets',
  '/missing.js',
  '/assets/%00',
])('%s is not served', async (url) => {
  const answer = await get(url);
  expect([400, 403, 404]).toContain(answer.statusCode);
  expect(answer.body).not.toBe('no');
  expect(answer.headers['content-type']).toContain('application/problem+json');
});

test('the API is not hidden by the page', async () => {
  expect((await get('/api/v1/workspaces')).statusCode).toBe(200);
  expect((await get('/api/v1/sync')).statusCode).toBe(405);
});

test('the page to try the API at is at /docs', async () => {
  const page = await get('/docs');
  expect([page.statusCode, page.body, page.headers['cache-control']]).toEqual([200, '<title>API</title>', 'no-cache']);
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.headers['content-security-policy']).toContain("default-src 'self'");
  expect((await stub.api.app.inject({ method: 'POST', url: '/docs', headers: AUTHORIZED })).headers.allow).toBe('GET');
});

test.each([
  ['/api/v1/docs', '/docs'],
  ['/api/v1/openapi.json', '/openapi.json'],
])('%s leads to %s', async (from, to) => {
  const answer = await get(from);
  expect([answer.statusCode, answer.headers.location]).toEqual([308, to]);
});

test('visitors are sent to the log-in, programs are told', async () => {
  const visit = (url: string, accept: string) => stub.api.app.inject({ url, headers: { host: 'localhost', accept } });
  expect((await visit('/docs', 'text/html')).headers.location).toBe('/login');
  expect((await visit('/api/v1/docs', 'text/html')).headers.location).toBe('/docs');
  expect((await visit('/docs', '*/*')).statusCode).toBe(401);
});
