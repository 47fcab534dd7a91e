import fc from 'fast-check';
import type { RestartPolicy } from '../engine/engine.ts';
import { CONTAINER_STATES } from '../model/container.ts';
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

const INSTANT = fc.integer({ min: -HOUR, max: HOUR }).map((after) => T0 + after);
const MAYBE_INSTANT = fc.option(INSTANT);

/** Any record the tracker could hold, and some it could not. */
export function anyContainer(fields: Partial<ContainerRecord> = {}): fc.Arbitrary<ContainerRecord> {
  const varied = {
    id: fc.stringMatching(/^[0-9a-f]{8}$/),
    role: fc.constantFrom<ContainerRecord['role']>('service', 'one-shot', 'helper'),
    state: fc.constantFrom(...CONTAINER_STATES),
    stateSince: INSTANT,
    health: fc.constantFrom<ContainerRecord['health']>('none', 'starting', 'healthy', 'unhealthy'),
    exitCode: fc.option(fc.constantFrom(0, 1, 3, 125, 127, 130, 134, 137, 139, 143, 255, -1)),
    oomKilled: fc.boolean(),
    oomAt: MAYBE_INSTANT,
    startError: fc.constantFrom('', '', '', 'no such file'),
    restartCount: fc.option(fc.nat({ max: 9 })),
    restartPolicy: fc.option(fc.constantFrom<RestartPolicy>('no', 'always', 'on-failure', 'unless-stopped')),
    createdAt: MAYBE_INSTANT,
    startedAt: MAYBE_INSTANT,
    finishedAt: MAYBE_INSTANT,
    killSignal: fc.option(fc.constantFrom(0, 1, 9, 15)),
    killedAt: MAYBE_INSTANT,
    stopRequestedAt: MAYBE_INSTANT,
    endSeenBy: fc.option(fc.constantFrom<'event' | 'sync' | 'engine-restart'>('event', 'sync', 'engine-restart')),
    deaths: fc.array(INSTANT, { maxLength: 8 }).map((deaths) => deaths.sort((a, b) => a - b)),
  };
  return fc.record(varied).map((any) => ({ ...someContainer(), ...any, ...fields }));
}
