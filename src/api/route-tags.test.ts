import { expect, test } from 'vitest';
import { ROUTES } from './contract/routes.ts';
import { renderOpenApi } from './openapi.ts';
import { ROUTE_TAGS, tagOf } from './route-tags.ts';

test('routes are told by what they are about', () => {
  expect(tagOf('/api/v1/workspaces/{id}')).toBe('Workspaces');
  expect(tagOf('/api/v1/workspaces/{id}/sync')).toBe('Workspaces');
  expect(tagOf('/api/v1/workspaces/{id}/rollups')).toBe('History');
  expect(tagOf('/api/v1/workspaces/{id}/events')).toBe('Events');
  expect(tagOf('/api/v1/events/stream')).toBe('Events');
  expect(tagOf('/api/v1/tokens/{id}')).toBe('Access');
  expect(tagOf('/healthz')).toBe('Daemon');
});

test('every tag has a route, and OpenAPI names the tag of each', () => {
  expect(new Set(Object.values(ROUTES).map(({ path }) => tagOf(path)))).toEqual(new Set(ROUTE_TAGS));
  expect(renderOpenApi('1')).toMatchObject({
    tags: ROUTE_TAGS.map((name) => ({ name })),
    paths: { '/api/v1/events': { get: { tags: ['Events'] } } },
  });
});
