import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTAINER_STATES } from '../model/container.ts';
import { REASONS } from '../model/reasons.ts';
import { PHASES } from '../model/workspace.ts';
import type { ContainerRecord } from './container-record.ts';
import { deriveContainer } from './derive-container.ts';
import { anyContainer, HOUR, SECOND, someContainer, someEnded, T0 } from './some-container.contract.ts';

const LOOP = { deaths: [T0 - 3, T0 - 2, T0 - 1], restartPolicy: 'always' as const };

describe('where a container is, an hour after it started', () => {
  it.each<[string, Partial<ContainerRecord>, string, string]>([
    // what the engine says             fields                                     phase             reason
    ['running', {}, 'running', 'container_running'],
    ['running, healthy', { health: 'healthy' }, 'running', 'container_running'],
    ['running, health starting', { health: 'starting' }, 'starting', 'container_starting'],
    ['running, unhealthy', { health: 'unhealthy' }, 'unhealthy', 'container_unhealthy'],
    ['running, child out of memory', { oomKilled: true, oomAt: T0 + 5 }, 'running', 'child_out_of_memory'],
    [
      'running, child out of memory, unhealthy',
      { oomKilled: true, health: 'unhealthy' },
      'unhealthy',
      'container_unhealthy',
    ],
    ['running after kill -s HUP', { killSignal: 1, killedAt: T0 + 5 }, 'running', 'container_running'],
    ['being stopped (Podman)', { state: 'stopping' }, 'running', 'container_running'],
    ['paused', { state: 'paused' }, 'paused', 'container_paused'],
    ['paused in a loop', { ...LOOP, state: 'paused' }, 'paused', 'container_paused'],
    ['restarting', { state: 'restarting', exitCode: 1 }, 'restarting', 'container_restarting'],
    [
      'restarting in a loop',
      { ...LOOP, state: 'restarting', deaths: [HOUR - 2, HOUR - 1, HOUR].map((at) => T0 + at) },
      'crash-looping',
      'crash_loop',
    ],
    ['created long ago', { state: 'created' }, 'stopped', 'container_created'],
    ['created a moment ago', { state: 'created', createdAt: T0 + HOUR - 1 }, 'starting', 'container_created'],
    ['initialised (Podman)', { state: 'initialized' }, 'stopped', 'container_created'],
    ['created, start failed', { state: 'created', startError: 'no such file' }, 'crashed', 'start_failed'],
    [
      'ran before, start failed',
      { state: 'exited', exitCode: 128, startError: 'port taken' },
      'crashed',
      'start_failed',
    ],
    ['exited with 3', { state: 'exited', exitCode: 3, endSeenBy: 'event' }, 'crashed', 'exited_with_error'],
    ['exited with 0', { state: 'exited', exitCode: 0, endSeenBy: 'event' }, 'completed', 'exited_normally'],
    ['exited, from a list alone', { state: 'exited', exitCode: 0 }, 'stopped', 'ended_unseen'],
    ['being removed', { state: 'removing' }, 'stopped', 'container_removing'],
    ['dead', { state: 'dead' }, 'stopped', 'container_dead'],
    ['gone', { state: 'removed' }, 'missing', 'container_missing'],
    ['a new word', { state: 'unknown' }, 'stopped', 'unknown_state'],
  ])('%s', (...[, fields, phase, code]) => {
    expect(deriveContainer(someContainer(fields), T0 + HOUR)).toMatchObject({ phase, reason: { code } });
  });
});

describe('what is told with it', () => {
  it('is the exit code, by the name of its signal', () => {
    const { reason, cause } = deriveContainer(someEnded(137), T0 + HOUR);
    expect(reason.message).toBe('ended by a signal, and the engine told of no request: exit code 137 (SIGKILL)');
    expect(cause).toBe('ended_by_signal');
  });

  it('is why it ended, while it waits for its restart', () => {
    const { reason, cause } = deriveContainer(someEnded(1, { state: 'restarting' }), T0 + HOUR);
    expect(reason.message).toBe('ended and about to be restarted by its restart policy: exit code 1');
    expect(cause).toBe('exited_with_error');
  });

  it('is how often it ended and why, in a loop', () => {
    const deaths = [1, 2, 3].map((second) => T0 + second * SECOND);
    const looping = someEnded(137, { ...LOOP, state: 'restarting', deaths, oomKilled: true });
    expect(deriveContainer(looping, T0 + 4 * SECOND).reason.message).toBe(
      'ends and is restarted again and again: 3 times in 5 min, last out of memory',
    );
  });

  it('is no cause while nothing has ended', () => {
    expect(deriveContainer(someContainer(), T0).cause).toBeNull();
  });
});

describe('what time alone changes', () => {
  it('a created container is starting for a minute', () => {
    const created = someContainer({ state: 'created', startedAt: null });
    expect(deriveContainer(created, T0 + 59 * SECOND)).toMatchObject({
      phase: 'starting',
      recheckAt: T0 + 60 * SECOND,
    });
    expect(deriveContainer(created, T0 + 60 * SECOND)).toMatchObject({ phase: 'stopped', recheckAt: null });
  });

  it('an end under on-failure is a restart to come for a second', () => {
    const died = someEnded(1, { restartPolicy: 'on-failure' });
    expect(deriveContainer(died, T0 + HOUR)).toMatchObject({ phase: 'restarting', recheckAt: T0 + HOUR + SECOND });
    expect(deriveContainer(died, T0 + HOUR + SECOND)).toMatchObject({ phase: 'crashed', recheckAt: null });
  });
});

describe('whatever a record holds', () => {
  it('has one phase and one reason of the model', () => {
    fc.assert(
      fc.property(anyContainer(), fc.integer({ min: -HOUR, max: 2 * HOUR }), (record, after) => {
        const { phase, reason, recheckAt } = deriveContainer(record, T0 + after);
        expect(PHASES).toContain(phase);
        expect(Object.keys(REASONS)).toContain(reason.code);
        expect(reason.message.length).toBeLessThan(500);
        // A time to look again that has passed would make the tracker look for ever.
        if (recheckAt !== null) expect(recheckAt).toBeGreaterThan(T0 + after);
      }),
      { numRuns: 500 },
    );
  });

  it('is as it was until the time to look again', () => {
    fc.assert(
      fc.property(
        anyContainer(),
        fc.integer({ min: 0, max: HOUR }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (record, after, share) => {
          const now = T0 + after;
          const { phase, recheckAt } = deriveContainer(record, now);
          const later = recheckAt === null ? now + share * 24 * HOUR : now + share * (recheckAt - now - 1);
          expect(deriveContainer(record, Math.max(now, later)).phase).toBe(phase);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each(CONTAINER_STATES)('state %s has a row of its own or the last one', (state) => {
    expect(deriveContainer(someContainer({ state }), T0).phase).toBeTruthy();
  });
});
