import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type StubApi, stubApi, TOKEN } from '../../src/api/stub-api.contract.ts';
import { eventually } from '../support/eventually.ts';
import { exchange, type RawAnswer, type RawClient, rawClient, readAnswers } from '../support/raw-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOST = 'Host: localhost\r\n';
const AUTH = `${HOST}Authorization: Bearer ${TOKEN}\r\n`;
const CLOSE = `${AUTH}Connection: close\r\n`;
const JSON_TYPE = 'Content-Type: application/json\r\n';
const SECRET = 'a secret beside the page';

/** A request is late after so long here: what the tests wait for would take a minute with the real limits. */
const LATE_MS = 1_000;

let stub: StubApi;
let port: number;
let bystander: Bystander;
beforeEach(async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'web'));
  await writeFile(join(folder, 'secret'), SECRET);
  await writeFile(join(folder, 'web', 'index.html'), '<!doctype html>');
  stub = await stubApi({ webRoot: join(folder, 'web'), limits: { requestMs: LATE_MS, connections: 600 } });
  for (let index = 0; index < 50; index += 1) stub.tracker.put(`workspace-${index}`);
  await stub.api.listen();
  const address = stub.api.address();
  port = address.kind === 'tcp' ? address.port : 0;
  bystander = startBystander(port);
});
afterEach(async () => {
  await bystander.stop();
  await stub.close();
});

interface Bystander {
  /** Right answers so far. */
  count(): number;
  /** Throws what went wrong. */
  stop(): Promise<void>;
}

/** Another client, which asks properly all the time and must be answered properly all the time. */
function startBystander(to: number): Bystander {
  const ending = new AbortController();
  let count = 0;
  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      const answer = await fetch(`http://127.0.0.1:${to}/api/v1/workspaces?limit=5`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      const { total } = (await answer.json()) as { total: number };
      if (answer.status !== 200 || total < 50)
        throw new Error(`the bystander got ${answer.status}, ${total} workspaces`);
      count += 1;
    }
  }
  const running = run();
  running.catch(() => {});
  return {
    count: () => count,
    stop() {
      ending.abort();
      return running;
    },
  };
}

/** The bystander is answered three times more. */
async function expectOthersUnharmed(): Promise<void> {
  const before = bystander.count();
  await eventually(() => expect(bystander.count()).toBeGreaterThan(before + 2));
}

function expectProblem(answer: RawAnswer | undefined, status: number): void {
  expect(answer?.status).toBe(status);
  expect(answer?.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({
    status,
    code: expect.any(String),
    detail: expect.any(String),
  });
}

describe('what is no proper request is refused with a problem document', () => {
  const post = (body: string | Uint8Array, more = '') => [
    `POST /api/v1/workspaces HTTP/1.1\r\n${CLOSE}${JSON_TYPE}${more}Content-Length: ${body.length}\r\n\r\n`,
    body,
  ];
  const get = (target: string, headers = CLOSE, version = 'HTTP/1.1') => [`GET ${target} ${version}\r\n${headers}\r\n`];
  const chunked = (headers: string, body: string) => [
    `POST /api/v1/workspaces HTTP/1.1\r\n${CLOSE}${headers}Transfer-Encoding: chunked\r\n\r\n${body}`,
  ];
  const REQUESTS: readonly (readonly [what: string, pieces: readonly (string | Uint8Array)[], status: number])[] = [
    ['no HTTP', ['hello?\r\n\r\n'], 400],
    ['bytes', [Uint8Array.from({ length: 300 }, (_, index) => (index * 7) % 256)], 400],
    ['the greeting of TLS', [Buffer.from('1603010200010001fc0303', 'hex'), '\r\n\r\n'], 400],
    ['the greeting of HTTP/2', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], 400],
    ['a method that there is not', [`BREW / HTTP/1.1\r\n${CLOSE}\r\n`], 400],
    ['a method in small letters', [`get / HTTP/1.1\r\n${CLOSE}\r\n`], 400],
    ['a method of WebDAV', [`PROPFIND /api/v1/workspaces HTTP/1.1\r\n${CLOSE}\r\n`], 405],
    ['PUT', [`PUT /api/v1/workspaces/a HTTP/1.1\r\n${CLOSE}Content-Length: 0\r\n\r\n`], 405],
    ['TRACE', [`TRACE /api/v1/workspaces HTTP/1.1\r\n${CLOSE}\r\n`], 405],
    ['no Host', get('/healthz', 'Connection: close\r\n'), 403],
    ['HTTP/1.0 without Host', get('/healthz', '', 'HTTP/1.0'), 403],
    ['a foreign Host', get('/healthz', 'Host: evil.example\r\nConnection: close\r\n'), 403],
    ['two Hosts', get('/healthz', `${HOST}Host: evil.example\r\nConnection: close\r\n`), 400],
    ['a foreign Origin', [`POST /api/v1/sync HTTP/1.1\r\n${CLOSE}Origin: http://evil.example\r\n\r\n`], 403],
    ['no token', get('/api/v1/workspaces', `${HOST}Connection: close\r\n`), 401],
    ['a path of another machine', get('http://evil.example/api/v1/workspaces/none'), 404],
    ['a path without a slash', get('api/v1/workspaces'), 400],
    ['broken percent-encoding', get('/api/v1/workspaces/%zz'), 400],
    ['broken UTF-8 in the path', get('/api/v1/workspaces/%c3%28'), 400],
    ['broken UTF-8 in the query', get('/api/v1/workspaces?q=%c3%28'), 400],
    ['a zero byte in the path', get('/api/v1/workspaces/a%00b'), 404],
    ['bytes beyond ASCII in the path', [Buffer.from(`GET /\xff\xfe HTTP/1.1\r\n${CLOSE}\r\n`, 'latin1')], 400],
    ['a line break in an id', get('/api/v1/workspaces/a%0d%0aSet-Cookie:%20x=1'), 404],
    ['an id of 1,000 characters', get(`/api/v1/workspaces/${'a'.repeat(1_000)}`), 404],
    ['an id of 2,000 characters', get(`/api/v1/workspaces/${'a'.repeat(2_000)}`), 404],
    ['a query of 15 kB', get(`/api/v1/workspaces?q=${'x'.repeat(15_000)}`), 400],
    ['5,000 parameters', get(`/api/v1/workspaces?${'a&'.repeat(5_000)}a=1`), 400],
    ['headers of 20 kB', get('/healthz', `${CLOSE}X: ${'x'.repeat(20_000)}\r\n`), 431],
    ['3,000 headers', get('/healthz', `${CLOSE}${'X: y\r\n'.repeat(3_000)}`), 400],
    ['a zero byte in a header', get('/healthz', `${CLOSE}X: a\0b\r\n`), 400],
    ['a header that goes on in the next line', get('/healthz', `${CLOSE}X: a\r\n b\r\n`), 400],
    ['a name of a header with a blank', get('/healthz', `${CLOSE}X : a\r\n`), 400],
    ['two lengths', [`POST /api/v1/sync HTTP/1.1\r\n${CLOSE}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`], 400],
    ['a negative length', [`POST /api/v1/sync HTTP/1.1\r\n${CLOSE}Content-Length: -1\r\n\r\n`], 400],
    [
      'a length beside chunks, to smuggle a request in',
      [`POST /api/v1/sync HTTP/1.1\r\n${CLOSE}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
      400,
    ],
    ['chunks of no length', chunked(JSON_TYPE, 'xyz\r\n'), 400],
    ['chunks of no length of another kind', chunked('', 'xyz\r\n'), 415],
    ['a body that is no JSON', post('{"id":'), 400],
    ['a body that is no UTF-8', post(Buffer.from('{"id":"a","name":"\xff\xfe"}', 'latin1')), 400],
    ['a body with half a surrogate', post(Buffer.from('7b226964223a22eda080227d', 'hex')), 400],
    ['a body that is a list', post('[]'), 400],
    ['a body of another kind', post('a=b', 'Content-Type: text/plain\r\n'), 400],
    ['an id that climbs', post('{"id":"../../etc/passwd"}'), 400],
    ['a name with a line break', post('{"id":"a","name":"x\\r\\ny"}'), 400],
    ['nesting without end', post(`{"id":${'['.repeat(100_000)}`), 400],
    ['nesting that is closed', post(`{"id":"a","labels":${'['.repeat(50_000)}${']'.repeat(50_000)}}`), 400],
    ['prototypes', post('{"id":"a","__proto__":{"admin":true}}'), 400],
    ['a body of 300 kB', post(`{"id":"${'x'.repeat(300_000)}"}`), 413],
    [
      'a length of a terabyte',
      [`POST /api/v1/workspaces HTTP/1.1\r\n${CLOSE}${JSON_TYPE}Content-Length: 1000000000000\r\n\r\n{`],
      413,
    ],
  ];
  test.each(REQUESTS)('%s', async (_what, pieces, status) => {
    const answers = await exchange(port, ...pieces);
    expect(answers).toHaveLength(1);
    expectProblem(answers[0], status);
    expect(answers[0]?.headers).not.toHaveProperty('set-cookie');
    await expectOthersUnharmed();
  });
});

describe('no path leads out of the page’s folder', () => {
  test.each([
    '/../secret',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/%2e%2e%2fsecret',
    '/..%5csecret',
    '/.%2e/.%2e/.%2e/.%2e/etc/passwd',
    '//etc/passwd',
    '/assets/../../secret',
    '/assets/..%2f..%2fsecret',
    '/index.html%00/../../secret',
    '/%252e%252e/secret',
    '/api/v1/workspaces/..%2f..%2f..%2fsecret',
    '/api/v1/workspaces/%2e%2e/metrics/../../../../secret',
  ])('%s', async (target) => {
    const [answer] = await exchange(port, `GET ${target} HTTP/1.1\r\n${CLOSE}\r\n`);
    expect([400, 403, 404]).toContain(answer?.status);
    expect(answer?.body).not.toMatch(new RegExp(`${SECRET}|root:`));
  });
});

describe('slow clients', () => {
  const SLOW: readonly (readonly [what: string, beginning: string])[] = [
    ['say nothing', ''],
    ['do not end their headers', `POST /api/v1/workspaces HTTP/1.1\r\n${AUTH}X-Slow: a`],
    ['do not end their body', `POST /api/v1/workspaces HTTP/1.1\r\n${AUTH}${JSON_TYPE}Content-Length: 100\r\n\r\n{`],
    [
      'do not end their chunks',
      `POST /api/v1/workspaces HTTP/1.1\r\n${AUTH}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
    ],
  ];
  test.each(SLOW)(
    'that %s are told that they are late, and ended; others are served meanwhile',
    async (_what, text) => {
      const clients = Array.from({ length: 200 }, () => begin(text));
      await eventually(() => expect(clients.every(({ socket }) => !socket.connecting)).toBe(true));
      await expectOthersUnharmed();
      for (const answers of (await Promise.all(clients.map(({ ended }) => ended))).map(readAnswers)) {
        expectProblem(answers[0], 408);
      }
    },
  );

  test('that keep dripping are ended all the same', async () => {
    const client = begin(`GET /healthz HTTP/1.1\r\n${HOST}X-Slow: `);
    const drip = setInterval(() => client.write('x'), 50);
    onTestFinished(() => clearInterval(drip));
    expectProblem(readAnswers(await client.ended)[0], 408);
  });

  test('that do not read what they asked for hold up nobody', async () => {
    const clients = Array.from({ length: 50 }, () => begin(''));
    for (const client of clients) {
      client.socket.pause();
      client.write(`GET /api/v1/workspaces?limit=1000 HTTP/1.1\r\n${AUTH}\r\n`.repeat(100));
    }
    await expectOthersUnharmed();
    for (const { socket } of clients) socket.destroy();
  });

  test('that do not read what they asked for are cut', async () => {
    const { api, tracker, close } = await stubApi({ limits: { stillMs: 200 } });
    onTestFinished(close);
    for (let index = 0; index < 500; index += 1) tracker.put(`workspace-${index}`);
    await api.listen();
    const address = api.address();
    let accepted = 0;
    api.app.server.on('connection', () => {
      accepted += 1;
    });
    const clients = Array.from({ length: 5 }, () => rawClient(address.kind === 'tcp' ? address.port : 0));
    onTestFinished(() => clients.forEach(({ socket }) => void socket.destroy()));
    for (const client of clients) {
      client.socket.pause();
      client.write(`GET /api/v1/workspaces?limit=500 HTTP/1.1\r\n${AUTH}\r\n`.repeat(100));
    }
    const connections = () => new Promise((resolve) => api.app.server.getConnections((_, count) => resolve(count)));
    await eventually(() => expect(accepted).toBe(5));
    await eventually(async () => expect(await connections()).toBe(0));
  });
});

function begin(text: string): RawClient {
  const client = rawClient(port);
  onTestFinished(() => void client.socket.destroy());
  client.write(text);
  return client;
}

test('requests in one piece are answered one after the other', async () => {
  const answers = await exchange(
    port,
    ...Array.from(
      { length: 300 },
      (_, index) => `GET /api/v1/workspaces/workspace-${index % 50} HTTP/1.1\r\n${AUTH}\r\n`,
    ),
    `GET /healthz HTTP/1.1\r\n${CLOSE}\r\n`,
  );
  const ids = answers.slice(0, -1).map(({ body }) => (JSON.parse(body) as { id: string }).id);
  expect(ids).toEqual(Array.from({ length: 300 }, (_, index) => `workspace-${index % 50}`));
});

test('HTTP/1.0 is answered, and its connection ended', async () => {
  const [answer] = await exchange(port, `GET /healthz HTTP/1.0\r\n${HOST}\r\n`);
  expect(answer).toMatchObject({ status: 200, body: '{"status":"ok"}' });
});

test('a broken request after a good one in one piece ends the connection after the good answer', async () => {
  const [good, broken] = await exchange(port, `GET /healthz HTTP/1.1\r\n${HOST}\r\nnonsense\r\n\r\n`);
  expect(good?.status).toBe(200);
  expectProblem(broken, 400);
});

test('connections beyond the limit are closed, and there is room again when others go', async () => {
  const clients = Array.from({ length: 1_000 }, () => begin(''));
  await eventually(() => expect(clients.filter(({ socket }) => socket.destroyed).length).toBeGreaterThan(390));
  await expectOthersUnharmed();
  await Promise.all(clients.map(({ ended }) => ended));
  const [answer] = await exchange(port, `GET /healthz HTTP/1.1\r\n${CLOSE}\r\n`);
  expect(answer?.status).toBe(200);
});

test('a client that hangs up in the middle, again and again, harms nobody', async () => {
  for (let round = 0; round < 300; round += 1) {
    const client = rawClient(port);
    client.write(`POST /api/v1/workspaces HTTP/1.1\r\n${AUTH}${JSON_TYPE}Content-Length: 50\r\n\r\n{"id":`);
    client.socket.resetAndDestroy();
  }
  await expectOthersUnharmed();
});
