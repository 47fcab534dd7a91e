import { expect, test } from 'vitest';
import type { ContainerSign } from '../model/container.ts';
import { monitored } from './monitored.contract.ts';

const S = 1_000;
const MINUTE = 60 * S;
const CHECK = '/bin/sh -c curl -f localhost';

interface Lookup {
  readonly healthCommand?: string | null;
  /** The engine answers when it resolves. */
  readonly answered?: Promise<void>;
}

/** A monitored workspace `a` with one container `a` that runs. */
async function quiet({ healthCommand = null, answered = Promise.resolve() }: Lookup = {}) {
  const parts = monitored({
    target: async (containerId) => {
      await answered;
      return { containerId, pid: 1, network: 'own', healthCommand };
    },
  });
  const { monitor, tracker, source, clock } = parts;
  source.add('a');
  tracker.run('a', '2025-12-31T00:00:00Z');
  await monitor.start();
  await clock.advance(S);
  const sign = (kind: ContainerSign['kind'], command = '', at = clock.now()) =>
    tracker.sign('a', { containerId: 'a', kind, command, at });
  /** The newest sign, as `when what`; `undefined`: nothing was ever done. */
  const newest = () => {
    const [evidence] = monitor.getWorkspaceActivity('a')?.evidence ?? [];
    return evidence && `${(Date.parse(evidence.at) - clock.now()) / S} ${evidence.what}`;
  };
  return { ...parts, sign, newest };
}

test('a command in a container is activity when it happened, told by its program without its arguments', async () => {
  const { sign, newest, clock, monitor } = await quiet();
  sign('exec', '/usr/bin/psql --password=secret', clock.now() - 5 * S);
  expect(newest()).toBe('-5 exec psql');
  expect(monitor.getWorkspaceActivity('a')?.lastActivity).toBe(new Date(clock.now() - 5 * S).toISOString());
  expect(monitor.getWorkspaceActivity('a')?.evidence[0]?.containerId).toBe('a');
  expect(JSON.stringify(monitor.getWorkspaceActivity('a'))).not.toContain('secret');
});

test.each(['attach', 'terminal', 'copy', 'started'] as const)('%s is activity', async (kind) => {
  const { sign, newest } = await quiet({ healthCommand: CHECK });
  sign(kind);
  expect(newest()).toBe(`0 ${kind}`);
});

test('the container’s own health check is none, however often and whenever it runs', async () => {
  const { sign, newest, clock } = await quiet({ healthCommand: CHECK });
  for (const pause of [1, 1, 1, 7, 30, 2]) {
    sign('exec', CHECK);
    await clock.advance(pause * S);
  }
  expect(newest()).toBeUndefined();
  sign('exec', 'bash');
  expect(newest()).toBe('0 exec bash');
});

test('what came before it is known whether there is a health check is judged when it is', async () => {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { sign, newest, clock } = await quiet({ healthCommand: CHECK, answered });
  for (let second = 0; second < 20; second += 1) {
    sign('exec', CHECK);
    if (second === 3) sign('exec', 'bash');
    await clock.advance(S);
  }
  expect(newest()).toBeUndefined();
  answer();
  await clock.advance(S);
  expect(newest()).toBe('-18 exec bash');
});

test('commands at equal distances are a clock’s work; somebody’s in between is still seen', async () => {
  const { sign, newest, clock } = await quiet();
  const pollFor = async (minutes: number) => {
    for (let n = 0; n < minutes; n += 1) {
      sign('exec', 'df -h');
      await clock.advance(MINUTE + (n % 3) * S);
    }
  };
  await pollFor(5);
  expect(newest()).toMatch(/ exec df$/);
  const seen = newest()?.split(' ')[0];
  await pollFor(60);
  expect(Number(newest()?.split(' ')[0])).toBeLessThan(Number(seen) - 59 * 60);
  sign('exec', 'bash');
  expect(newest()).toBe('0 exec bash');
  // The same command, half way between two beats.
  await clock.advance(25 * S);
  sign('exec', 'df -h');
  expect(newest()).toBe('0 exec df');
  await clock.advance(36 * S);
  await pollFor(10);
  expect(newest()).toMatch(/^-6\d\d exec df$/);
});

test('a container that a clock starts anew each time is a clock’s work too', async () => {
  const { sign, newest, clock, tracker } = await quiet();
  for (let hour = 0; hour < 12; hour += 1) {
    const at = clock.now();
    tracker.sign('a', { containerId: `job-${hour}`, kind: 'attach', command: '', at });
    tracker.sign('a', { containerId: `job-${hour}`, kind: 'started', command: '', at: at + 100 });
    await clock.advance(60 * MINUTE);
  }
  // The first ones cannot be known.
  expect(Number(newest()?.split(' ')[0])).toBeLessThan(-7 * 3_600);
  await clock.advance(MINUTE);
  sign('attach');
  expect(newest()).toBe('0 attach');
});

test('a clock of the engine that is ahead puts nothing into the future', async () => {
  const { sign, newest, clock } = await quiet();
  sign('attach', '', clock.now() + 60 * MINUTE);
  expect(newest()).toBe('0 attach');
});

test('what nobody monitors has no activity', async () => {
  const { sign, monitor, tracker, clock } = await quiet();
  monitor.stopMonitoring('a');
  sign('attach');
  expect(monitor.getWorkspaceActivity('a')?.lastActivity).toBeNull();
  tracker.sign('stranger', { containerId: 'x', kind: 'attach', command: '', at: clock.now() });
  expect(monitor.getWorkspaceActivity('stranger')).toBeUndefined();
  await monitor.stop();
});
