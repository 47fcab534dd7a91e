import { describe, expect, it } from 'vitest';
import type { ContainerRecord } from './container-record.ts';
import { HOUR, MINUTE, SECOND, someEnded, T0 } from './some-container.contract.ts';
import { endRequestOf, stopCauseOf } from './stop-cause.ts';

const END = T0 + HOUR;
const kill = (signal: number, before: number) => ({ killSignal: signal, killedAt: END - before });
const stop = { ...kill(15, 50), stopRequestedAt: END + 20 };
const oom = (before: number) => ({ oomKilled: true, oomAt: END - before });
const unseen = { endSeenBy: 'sync' as const };

describe('why a run ended', () => {
  it.each<[string, number | null, Partial<ContainerRecord>, string, string]>([
    // what happened                         code  facts                                   phase           reason
    ['exit 0', 0, {}, 'completed', 'exited_normally'],
    ['exit 0 of a one-shot', 0, { role: 'one-shot' }, 'completed', 'one_shot_completed'],
    ['exit 0 of a one-shot, unseen', 0, { ...unseen, role: 'one-shot' }, 'completed', 'one_shot_completed'],
    ['exit 3', 3, {}, 'crashed', 'exited_with_error'],
    ['command not found', 127, {}, 'crashed', 'exited_with_error'],
    ['SIGSEGV', 139, {}, 'crashed', 'exited_with_error'],
    ['SIGABRT', 134, {}, 'crashed', 'exited_with_error'],
    ['no exit code', null, {}, 'stopped', 'ended_unseen'],

    ['docker stop', 143, stop, 'stopped', 'stopped_by_request'],
    ['docker stop, program exits with 0', 0, stop, 'stopped', 'stopped_by_request'],
    ['docker stop, program exits with 1', 1, stop, 'stopped', 'stopped_by_request'],
    ['docker stop, TERM ignored', 137, { ...kill(9, 30), stopRequestedAt: END + 20 }, 'stopped', 'stopped_by_request'],
    ['docker stop, before the event stop', 143, kill(15, 50), 'stopped', 'stopped_by_request'],
    ['docker stop -t 50, before the event stop', 0, kill(15, 50 * SECOND), 'stopped', 'stopped_by_request'],
    ['STOPSIGNAL SIGQUIT', 0, kill(3, 50), 'stopped', 'stopped_by_request'],
    ['docker kill', 137, kill(9, 30), 'stopped', 'killed_by_request'],
    ['a kill of no known signal', 137, kill(0, 30), 'stopped', 'killed_by_request'],
    ['kill -s HUP that ends it', 129, kill(1, 10), 'stopped', 'stopped_by_request'],
    ['kill -s HUP, then a crash', 1, kill(1, 10), 'crashed', 'exited_with_error'],
    ['kill -s TERM ignored, a crash much later', 1, kill(15, 2 * MINUTE), 'crashed', 'exited_with_error'],
    ['kill -s USR1, then exit 0', 0, kill(10, 10), 'completed', 'exited_normally'],

    ['kill -9 on the host', 137, {}, 'crashed', 'ended_by_signal'],
    ['TERM from inside', 143, {}, 'stopped', 'ended_by_signal'],
    ['Ctrl-C at a terminal', 130, {}, 'stopped', 'ended_by_signal'],

    ['out of memory', 137, oom(36), 'out-of-memory', 'out_of_memory'],
    ['out of memory, by the flag alone', 137, { oomKilled: true }, 'out-of-memory', 'out_of_memory'],
    ['out of memory, unseen, by the flag', 137, { ...unseen, oomKilled: true }, 'out-of-memory', 'out_of_memory'],
    [
      'out of memory while it was being stopped',
      137,
      { ...oom(36), ...kill(15, 500) },
      'out-of-memory',
      'out_of_memory',
    ],
    ['a child out of memory, kill -9 an hour later', 137, oom(50 * MINUTE), 'crashed', 'ended_by_signal'],
    ['a child out of memory, then docker kill', 137, { ...oom(500), ...kill(9, 30) }, 'stopped', 'killed_by_request'],
    ['the flag of a child, then docker kill', 137, { oomKilled: true, ...kill(9, 30) }, 'stopped', 'killed_by_request'],
    ['a child out of memory, exit 0', 0, oom(30), 'completed', 'exited_normally'],
    ['a child out of memory, exit 1', 1, oom(30), 'crashed', 'exited_with_error'],

    ['engine restart', 137, { endSeenBy: 'engine-restart' }, 'stopped', 'engine_restarted'],
    ['engine restart, its own stop', 0, { endSeenBy: 'engine-restart', ...stop }, 'stopped', 'engine_restarted'],

    ['unseen, exit 0', 0, unseen, 'stopped', 'ended_unseen'],
    ['unseen, exit 137', 137, unseen, 'stopped', 'ended_unseen'],
    ['unseen, exit 143, from a list alone', 143, { endSeenBy: null }, 'stopped', 'ended_unseen'],
    ['unseen, exit 255', 255, unseen, 'stopped', 'ended_unseen'],
    ['unseen, no exit code', null, unseen, 'stopped', 'ended_unseen'],
    ['unseen, exit 1', 1, unseen, 'crashed', 'exited_with_error'],
    ['unseen, SIGSEGV', 139, unseen, 'crashed', 'exited_with_error'],

    ['a failed start', 127, { startError: 'exec: "nope": not found' }, 'crashed', 'start_failed'],
  ])('%s', (...[, exitCode, fields, phase, code]) => {
    expect(stopCauseOf(someEnded(exitCode, fields))).toMatchObject({ phase, code });
  });

  it.each<[number | null, Partial<ContainerRecord>, string | undefined]>([
    [3, {}, 'exit code 3'],
    [137, {}, 'exit code 137 (SIGKILL)'],
    [127, {}, 'exit code 127 (the command was not found)'],
    [1, oom(30), 'exit code 1, a process of it had been ended for lack of memory'],
    [137, oom(30), 'exit code 137 (SIGKILL)'],
    [0, {}, undefined],
    [127, { startError: 'x'.repeat(5_000) }, 'x'.repeat(200)],
  ])('says exit code %s in words', (exitCode, fields, detail) => {
    expect(stopCauseOf(someEnded(exitCode, fields)).detail).toBe(detail);
  });
});

it('an end is asked for by a stop or an ending signal, not by any signal', () => {
  expect(endRequestOf(someEnded(0, stop))).toBe('stop');
  expect(endRequestOf(someEnded(137, kill(9, 5)))).toBe('kill');
  expect(endRequestOf(someEnded(1, kill(1, 5)))).toBeNull();
  expect(endRequestOf(someEnded(1))).toBeNull();
});
