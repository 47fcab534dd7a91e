import { API_BASE } from './contract/route-spec.ts';

/** What routes are about, in the order in which they are shown. */
export const ROUTE_TAGS = ['Workspaces', 'History', 'Events', 'Webhooks', 'Access', 'Daemon'] as const;
export type RouteTag = (typeof ROUTE_TAGS)[number];

/** The first that matches the path below the base. */
const BY_PATH: readonly (readonly [RegExp, RouteTag])[] = [
  [/^\/workspaces\/\{id\}\/events$|^\/events\b|^\/live$/, 'Events'],
  [/^\/workspaces\/\{id\}\/(metrics|rollups|trend)$|^\/usage$/, 'History'],
  [/^\/(workspaces|sync|summary)\b/, 'Workspaces'],
  [/^\/webhooks\b/, 'Webhooks'],
  [/^\/(me|tokens|audit)\b/, 'Access'],
];

/** What a route is about, by its path: routes of one path belong together without saying so. */
export function tagOf(path: string): RouteTag {
  const below = path.startsWith(API_BASE) ? path.slice(API_BASE.length) : path;
  return BY_PATH.find(([pattern]) => pattern.test(below))?.[1] ?? 'Daemon';
}
