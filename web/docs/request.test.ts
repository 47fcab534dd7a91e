import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation } from './description.ts';
import { curlOf, missingOf, requestOf } from './request.ts';

const operation: Operation = {
  id: 'getThing',
  method: 'GET',
  path: '/api/v1/things/{id}',
  tag: 'Things',
  summary: '',
  role: 'viewer',
  parameters: [
    { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
    { name: 'label', in: 'query', required: false, schema: { type: 'array', items: { type: 'string' } } },
    { name: 'limit', in: 'query', required: false, schema: { type: 'integer' } },
  ],
  body: null,
  answers: [],
  frames: null,
};
const filled = (fields: Record<string, string>, body = '') => ({ fields: new Map(Object.entries(fields)), body });

describe('a request', () => {
  test('has its fields in their places, lists with a value a line, empty ones left out', () => {
    expect(requestOf(operation, filled({ id: 'a/b c', label: 'x=1\n\n y ', limit: '' }))).toEqual({
      method: 'GET',
      url: '/api/v1/things/a%2Fb%20c?label=x%3D1&label=y',
      body: null,
    });
  });

  test('tells what must be filled in and is not', () => {
    expect(missingOf(operation, filled({ id: ' ' }))).toEqual(['id']);
    expect(missingOf(operation, filled({ id: 'a' }))).toEqual([]);
  });

  test('has a body where the operation takes one', () => {
    const post = { ...operation, method: 'POST', path: '/x', parameters: [], body: { type: 'object' } };
    expect(requestOf(post, filled({}, '{"a":1}'))).toEqual({ method: 'POST', url: '/x', body: '{"a":1}' });
  });
});

describe('the line for a terminal', () => {
  const line = (method: string, body: string | null, stream = false) =>
    curlOf({ method, url: '/x?a=1&b=2', body }, { origin: 'http://127.0.0.1:7420', stream });

  test('is what one would write', () => {
    expect(line('GET', null, true)).toBe(`curl -N -H "Authorization: Bearer $TOKEN" 'http://127.0.0.1:7420/x?a=1&b=2'`);
    expect(line('POST', '{\n  "a": 1\n}')).toBe(
      `curl -X POST -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"a":1}' 'http://127.0.0.1:7420/x?a=1&b=2'`,
    );
  });

  test('gives a shell the body as it is, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
        (text) => {
          const body = JSON.stringify({ text });
          const show = line('POST', body).replace(/^curl/, 'printf "%s\\n"');
          const words = execFileSync('sh', ['-c', show], { env: { TOKEN: 't' }, encoding: 'utf8' }).split('\n');
          expect(words).toContain(body);
        },
      ),
      { numRuns: 30 },
    );
  });
});
