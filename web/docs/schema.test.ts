import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import type { RouteSpec } from '../../src/api/contract/route-spec.ts';
import { ROUTES } from '../../src/api/contract/routes.ts';
import { renderOpenApi } from '../../src/api/openapi.ts';
import { matching, type OpenApi, operationsOf } from './description.ts';
import { exampleOf } from './example.ts';
import { innerObjects, typeWords } from './schema-words.ts';

const description = renderOpenApi('1') as OpenApi;
const { schemas } = description.components;
const operations = operationsOf(description);

describe('the description of the API', () => {
  test('has every route once', () => {
    expect(operations.map(({ id }) => id)).toHaveLength(Object.keys(ROUTES).length);
    expect(operations.find(({ id }) => id === 'updateWorkspace')).toMatchObject({
      ...{ method: 'PATCH', path: '/api/v1/workspaces/{id}', tag: 'Workspaces', role: 'operator' },
    });
    expect(operations.find(({ id }) => id === 'getHealth')?.role).toBeNull();
    expect(operations.find(({ id }) => id === 'live')?.frames?.server.length).toBeGreaterThan(5);
  });

  test('is searched by words of method, path, summary and parameters', () => {
    const ids = (q: string) => matching(operations, q).map(({ id }) => id);
    expect(ids('POST sync')).toEqual(['syncWorkspace', 'syncAll']);
    expect(ids('maxpoints')).toContain('getWorkspaceMetrics');
    expect(ids('no such thing')).toEqual([]);
    expect(ids(' ')).toHaveLength(operations.length);
  });
});

describe('a schema', () => {
  test.each([
    [{ $ref: '#/components/schemas/Workspace' }, 'Workspace'],
    [{ type: 'array', items: { $ref: '#/components/schemas/Event' } }, 'Event[]'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string | null'],
    [{ type: 'array', items: { enum: ['a', 'b'] } }, '("a" | "b")[]'],
    [{ type: 'integer', minimum: 1, maximum: 1000 }, 'integer 1…1000'],
    [{ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, 'integer ≥ 0'],
    [{ type: 'string', maxLength: 9 }, 'string (≤ 9 characters)'],
    [{ type: 'string', format: 'date-time' }, 'date-time'],
    [{ type: 'object', additionalProperties: { type: 'number' } }, '{ [key]: number }'],
    [{}, 'any'],
  ])('%j is told as %s', (schema, words) => {
    expect(typeWords(schema)).toBe(words);
  });

  test('of a page of workspaces has fields, through lists and references', () => {
    const [page] = innerObjects({ $ref: '#/components/schemas/WorkspacePage' }, schemas);
    expect(Object.keys(page?.properties ?? {})).toContain('items');
    const [workspace] = innerObjects(page?.properties?.items ?? {}, schemas);
    expect(Object.keys(workspace?.properties ?? {})).toContain('freshness');
  });
});

const bodies = Object.entries<RouteSpec>(ROUTES).flatMap(([id, { body }]) => (body ? [{ id, body }] : []));

describe('an example', () => {
  test.each(bodies)('of the body of $id is valid and asks for no more than it should', ({ id, body }) => {
    const example = exampleOf(operations.find((operation) => operation.id === id)?.body ?? {}, schemas);
    expect(Value.Check(body, example)).toBe(true);
  });

  test.each(operations.flatMap(({ id, answers }) => answers.flatMap(({ schema }) => (schema ? [{ id, schema }] : []))))(
    'of an answer of $id has an end',
    ({ schema }) => {
      expect(JSON.stringify(exampleOf(schema, schemas)).length).toBeLessThan(100_000);
    },
  );
});
