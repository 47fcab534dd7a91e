import type { ContainerRole } from '../model/container.ts';
import { labelOf } from './resolver-rules.ts';

const ROLES: readonly ContainerRole[] = ['service', 'one-shot', 'helper'];

/** What labels say a container is for; `null` when they say nothing. */
export function explicitRole(labels: Readonly<Record<string, string>>): ContainerRole | null {
  const told = labelOf(labels, 'tidewatch.role')?.trim().toLowerCase().replace('oneshot', 'one-shot');
  const role = ROLES.find((known) => known === told);
  if (role !== undefined) return role;
  if (labelOf(labels, 'io.lando.service-container')?.toUpperCase() === 'TRUE') return 'helper';
  // `docker compose run` makes these beside the services.
  if (labelOf(labels, 'com.docker.compose.oneoff') === 'True') return 'one-shot';
  return null;
}
