import { type ContainerRecord, recordOf } from './container-record.ts';

/** A minute and an hour into the tests' time; all their instants are relative to {@link T0}. */
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** When the tests' containers start. */
export const T0 = Date.UTC(2026, 0, 1);

/** A service that has been running since {@link T0}, but for what a test says of it. */
export function someContainer(fields: Partial<ContainerRecord> = {}): ContainerRecord {
  const row = {
    id: 'c1',
    name: 'web',
    image: 'web:1',
    state: 'running' as const,
    health: null,
    exitCode: null,
    createdAt: T0,
    labels: {},
    bindSources: [],
  };
  const record = recordOf(row, { workspaceId: 'w', role: 'service' }, T0);
  return { ...record, startedAt: T0, restartPolicy: 'no', ...fields };
}

/** One that ran for an hour and whose end an event told, but for what a test says of it. */
export function someEnded(exitCode: number | null, fields: Partial<ContainerRecord> = {}): ContainerRecord {
  const end = T0 + HOUR;
  return someContainer({ state: 'exited', exitCode, finishedAt: end, stateSince: end, endSeenBy: 'event', ...fields });
}
