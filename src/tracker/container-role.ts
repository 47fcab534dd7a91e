import type { ContainerRole } from '../model/container.ts';
import { type Labels, labelOf } from './resolver-rule.ts';
import { DDEV_ACTION } from './resolver-rules.ts';

/** What `tidewatch.role` may say. */
const ROLES: ReadonlyMap<string, ContainerRole> = new Map([
  ['service', 'service'],
  ['one-shot', 'one-shot'],
  ['oneshot', 'one-shot'],
  ['helper', 'helper'],
]);

/** What labels say a container is for; `null` when they say nothing. An unknown word in `tidewatch.role` says nothing. */
export function roleOf(labels: Labels): ContainerRole | null {
  const told = labelOf(labels, 'tidewatch.role');
  const role = told === null ? undefined : ROLES.get(told.slice(0, 32).trim().toLowerCase());
  return role ?? (isToolHelper(labels) ? 'helper' : null);
}

/** Containers that tools start beside the services for a moment, or for all workspaces at once. */
function isToolHelper(labels: Labels): boolean {
  // What `docker compose run` made stays there after a command that failed, as a test run: that is no crash of the project.
  if (labelOf(labels, 'com.docker.compose.oneoff')?.toLowerCase() === 'true') return true;
  if (labelOf(labels, 'io.lando.service-container')?.toUpperCase() === 'TRUE') return true;
  return labelOf(labels, 'com.ddev.site-name')?.endsWith(DDEV_ACTION) === true;
}
