import { connect } from 'node:net';
import type { InjectOptions } from 'fastify';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fedCollector } from '../metrics/fed-collector.contract.ts';
import { memorySeriesStore } from '../metrics/memory-series-store.ts';
import { ERRORS, TidewatchError } from '../model/errors.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { type LogFields, silentLogger } from '../runtime/logger.ts';
import { ROUTES } from './contract/routes.ts';
import { ProblemSchema, ReadinessSchema, StatsSchema } from './contract/status-schemas.ts';
import { renderHttpReference } from './http-reference.ts';
import { AUTHORIZED, type StubApi, stubApi, TOKEN } from './stub-api.contract.ts';

let stub: StubApi;
const logged: { message: string; fields: LogFields | undefined }[] = [];
beforeAll(async () => {
  stub = await stubApi({ logger: { ...silentLogger, error: (message, fields) => logged.push({ message, fields }) } });
});
afterAll(() => stub.close());

type Request = InjectOptions;

async function problem(request: Request) {
  const answer = await stub.api.app.inject({ headers: AUTHORIZED, ...request });
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const body = answer.json();
  expect([...Value.Errors(ProblemSchema, body)]).toEqual([]);
  expect(body.status).toBe(answer.statusCode);
  expect(body.requestId).toBe(answer.headers['x-request-id']);
  return { code: body.code, status: answer.statusCode, headers: answer.headers, detail: body.detail };
}

const json = { ...AUTHORIZED, 'content-type': 'application/json' };

describe('every error is a problem document', () => {
  test.each<[string, Request, string]>([
    ['an unknown path', { url: '/api/v1/nowhere' }, 'not_found'],
    ['a path that climbs', { url: '/../../etc/passwd' }, 'not_found'],
    ['broken percent-encoding', { url: '/api/v1/workspaces/%zz' }, 'bad_request'],
    ['broken UTF-8 in the path', { url: '/api/v1/workspaces/%ff' }, 'bad_request'],
    [
      'a body that is no JSON',
      { method: 'POST', url: '/api/v1/workspaces', headers: json, payload: '{"id":' },
      'bad_request',
    ],
    [
      'a body that would pollute',
      { method: 'POST', url: '/api/v1/workspaces', headers: json, payload: '{"id":"a","__proto__":{"x":1}}' },
      'bad_request',
    ],
    ['no body where one is needed', { method: 'POST', url: '/api/v1/workspaces', headers: json }, 'bad_request'],
    [
      'another media type',
      { method: 'POST', url: '/api/v1/workspaces', headers: { ...json, 'content-type': 'text/xml' }, payload: '<a/>' },
      'unsupported_media_type',
    ],
    [
      'a form outside of the log-in',
      {
        method: 'POST',
        url: '/api/v1/workspaces',
        headers: { ...json, 'content-type': 'application/x-www-form-urlencoded' },
        payload: 'id=a',
      },
      'unsupported_media_type',
    ],
    [
      'a body that is too large',
      { method: 'POST', url: '/api/v1/workspaces', headers: json, payload: `{"id":"${'x'.repeat(300_000)}"}` },
      'payload_too_large',
    ],
    ['unknown event types', { url: '/api/v1/events?types=status_changed,nope' }, 'bad_request'],
    ['a cursor that is no number', { url: '/api/v1/events?after=x' }, 'bad_request'],
    [
      'a Last-Event-ID that is no number',
      { url: '/api/v1/events/stream', headers: { ...AUTHORIZED, 'last-event-id': 'x' } },
      'bad_request',
    ],
  ])('%s', async (_what, request, code) => {
    const answer = await problem(request);
    expect(answer.code).toBe(code);
    expect(answer.status).toBe(ERRORS[code as keyof typeof ERRORS].status);
  });

  test.each([
    ['PUT', '/api/v1/workspaces', 'GET, POST'],
    ['POST', '/api/v1/workspaces/x', 'GET, PATCH, DELETE'],
    ['GET', '/api/v1/sync', 'POST'],
    ['DELETE', '/healthz', 'GET'],
    ['OPTIONS', '/api/v1/stats', 'GET'],
  ] as const)('%s %s is told which methods there are', async (method, url, allow) => {
    const answer = await problem({ method, url });
    expect(answer).toMatchObject({ code: 'method_not_allowed', status: 405, headers: { allow } });
  });

  test('a defect is logged with its request, and says nothing of itself to the client', async () => {
    const broken = vi.spyOn(stub.tracker, 'getAllWorkspaceStates').mockImplementation(() => {
      throw new Error('secret detail');
    });
    const answer = await problem({ url: '/api/v1/workspaces?q=hidden' });
    expect(answer).toMatchObject({ code: 'internal', status: 500 });
    broken.mockRestore();
    expect(answer.detail).not.toContain('secret');
    expect(logged).toHaveLength(1);
    expect(logged[0]?.fields).toMatchObject({ path: '/api/v1/workspaces', requestId: answer.headers['x-request-id'] });
  });

  test.each(['/api/v1/stats', '/api/v1/workspaces/shop', '/openapi.json'])(
    'a parameter that %s does not take is refused',
    async (path) => {
      expect(await problem({ url: `${path}?x=1` })).toMatchObject({
        ...{ code: 'bad_request', detail: 'query parameter x: there is none of this name' },
      });
    },
  );

  test('probes of health may have parameters', async () => {
    const answer = await stub.api.app.inject({ url: '/healthz?x=1', headers: { host: 'localhost' } });
    expect(answer.statusCode).toBe(200);
  });

  test('what is no HTTP gets an answer too', async () => {
    await stub.api.listen();
    const address = stub.api.address();
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(address.kind === 'tcp' ? address.port : 0, '127.0.0.1', () =>
        socket.write('nonsense\r\n\r\n'),
      );
      socket.on('data', (chunk) => (text += chunk)).on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"bad_request"');
  });
});

describe('headers', () => {
  test.each(['/api/v1/stats', '/login', '/nowhere', '/healthz', '/api/v1/workspaces/%zz'])(
    '%s has the security headers',
    async (url) => {
      const { headers } = await stub.api.app.inject({ url, headers: AUTHORIZED });
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toContain("default-src 'self'");
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['referrer-policy']).toBe('same-origin');
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    },
  );

  test('a request id of the client is not taken over', async () => {
    const { headers } = await stub.api.app.inject({
      url: '/healthz',
      headers: { ...AUTHORIZED, 'x-request-id': 'forged' },
    });
    expect(headers['x-request-id']).toMatch(/^r[0-9a-z]+$/);
  });
});

describe('health, readiness and figures', () => {
  const ready = () => stub.api.app.inject({ url: '/readyz', headers: { host: 'localhost' } });

  test('ready when engine, sync and store are', async () => {
    const answer = await ready();
    expect([answer.statusCode, answer.json().status, answer.json().missing]).toEqual([200, 'ready', []]);
    expect(Value.Check(ReadinessSchema, answer.json())).toBe(true);
  });

  test('not ready tells what is missing', async () => {
    stub.tracker.connected = false;
    stub.tracker.synced = false;
    const answer = await ready();
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ status: 'not_ready', missing: ['engine', 'sync'] });
    expect(answer.json().checks.engine.detail).toContain('unix:///stub.sock');
    expect(Value.Check(ReadinessSchema, answer.json())).toBe(true);
    expect((await stub.api.app.inject({ url: '/healthz', headers: { host: 'localhost' } })).statusCode).toBe(200);
    Object.assign(stub.tracker, { connected: true, synced: true });
  });

  test('not ready while the history cannot be written, though events can, until it is written again', async () => {
    const clock = new FakeClock(0);
    const series = memorySeriesStore();
    let isFull = true;
    const appendJournal: typeof series.appendJournal = (entry) => {
      if (isFull) throw new TidewatchError('store_unwritable', 'history.db: the disk is full');
      series.appendJournal(entry);
    };
    const { collector, give } = await fedCollector({ clock, store: { ...series, appendJournal } });
    const own = await stubApi({ history: collector });
    const ask = async () => (await own.api.app.inject({ url: '/readyz', headers: { host: 'localhost' } })).json();
    give('shop', { cpu: 1 });
    await clock.advance(10_000);
    expect(await ask()).toMatchObject({ status: 'not_ready', missing: ['store'] });
    expect((await ask()).checks.store.detail).toBe('history: history.db: the disk is full');
    isFull = false;
    await clock.advance(10_000);
    expect(await ask()).toMatchObject({ status: 'ready', missing: [] });
    await collector.stop();
    await own.close();
  });

  test('figures have the shape of the contract', async () => {
    const body = (await stub.api.app.inject({ url: '/api/v1/stats', headers: AUTHORIZED })).json();
    expect([...Value.Errors(StatsSchema, body)]).toEqual([]);
    expect(body.self).toMatchObject({ cpuSeconds: 0.123, uptimeSeconds: 1.235 });
    expect(JSON.stringify(body)).not.toContain(TOKEN);
  });
});

describe('the description', () => {
  test('has every route of the contract, with answers, and every reference leads somewhere', async () => {
    const document = (await stub.api.app.inject({ url: '/openapi.json', headers: AUTHORIZED })).json();
    expect(document.openapi).toBe('3.1.0');
    for (const [name, { method, path, answer }] of Object.entries(ROUTES)) {
      const operation = document.paths[path][method.toLowerCase()];
      expect(operation.operationId).toBe(name);
      expect(operation.responses).toHaveProperty(String(answer.status));
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(10);
    for (const name of references) expect(document.components.schemas).toHaveProperty(String(name));
  });

  test('the reference page has every route', () => {
    const page = renderHttpReference();
    for (const { method, path } of Object.values(ROUTES)) expect(page).toContain(`## ${method} ${path}\n`);
  });
});

describe('the page', () => {
  test('not built, it says so plainly', async () => {
    const answer = await stub.api.app.inject({ url: '/', headers: AUTHORIZED });
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toContain('make build');
  });
});
