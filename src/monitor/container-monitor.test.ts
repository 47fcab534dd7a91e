import { expect, test } from 'vitest';
import { USAGE, type UsageFrame, type UsageReader, type UsageScope } from '../engine/usage.ts';
import { ContainerMonitor, type SampleContext } from './container-monitor.ts';
import { FIGURE } from './figures.ts';

/** A container whose reader is the test's own. */
function reading(reader: Partial<UsageReader>, isWaiting = false) {
  let now = 0;
  const told: string[] = [];
  const context: SampleContext = {
    bounds: {
      scope: 'full',
      isAsleep: false,
      elapsed: 0,
      longestMs: 0,
      cores: 4,
      hostMemory: Number.POSITIVE_INFINITY,
    },
    discards: { resets: 0, gaps: 0, impossible: 0 },
    sink: {
      onReading: () => void told.push('reading'),
      onEnded: () => void told.push('ended'),
      onFailed: (_container, { message }) => void told.push(message),
    },
    monotonic: () => now,
    now: () => now,
  };
  const container = new ContainerMonitor('c', 'w', null);
  container.pacedMs = 10_000;
  const open = () =>
    container.open(Object.assign(reader, { missing: new Map(), close() {} }) as UsageReader, isWaiting);
  open();
  const sampleAt = async (at: number) => {
    now = at;
    container.sample(at, context);
    await Promise.resolve();
    await Promise.resolve();
  };
  return { container, context, told, open, sampleAt, cpu: () => container.ledger[FIGURE.cpu] as number };
}

test('what a reader left untouched is what it told before', async () => {
  const frames: UsageFrame[] = [];
  const { container, sampleAt, open } = reading({
    read: (frame) => {
      frames.push(frame);
      frame[USAGE.cpuNs] = 1e9;
      if (frames.length === 1) frame[USAGE.memoryCharged] = 500;
      return true;
    },
  });
  await sampleAt(0);
  await sampleAt(1_000);
  expect(container.ledger[FIGURE.memory]).toBe(500);
  expect(container.ledger[FIGURE.cpu]).toBe(0);
  expect(frames[1]).toBe(frames[0]);
  open();
  expect(container.ledger[FIGURE.memory]).toBeNaN();
  await sampleAt(2_000);
  expect(container.ledger[FIGURE.memory]).toBeNaN();
});

test('every second what people look at, the other counters and what is slow now and then', async () => {
  const scopes: UsageScope[] = [];
  const { container, sampleAt } = reading({
    read: (frame, scope) => {
      scopes.push(scope);
      frame[USAGE.cpuNs] = scopes.length * 1e6;
      return true;
    },
  });
  container.pacedMs = 1_000;
  for (let second = 0; second < 62; second += 1) await sampleAt(second * 1_000);
  expect(scopes.slice(0, 2)).toEqual(['full', 'medium']);
  const count = (scope: UsageScope) => scopes.slice(2).filter((one) => one === scope).length;
  expect([count('full'), count('large'), count('medium'), count('cheap')]).toEqual([1, 5, 6, 48]);
  container.pacedMs = 10_000;
  scopes.length = 0;
  for (let second = 70; second < 190; second += 10) await sampleAt(second * 1_000);
  expect([count('full'), count('large')]).toEqual([2, 8]);
  expect(scopes.slice(0, 2)).toEqual(['large', 'large']);
});

test('a source that waits tells everything each time, also when it repeats itself in between', async () => {
  let takenAt = 0;
  const { container, sampleAt } = reading(
    {
      get takenAt() {
        return takenAt;
      },
      read: (frame) => {
        frame[USAGE.cpuNs] = takenAt * 1e6;
        frame[USAGE.cpuUserNs] = takenAt * 0.5e6;
        return Promise.resolve(true);
      },
    },
    true,
  );
  container.pacedMs = 1_000;
  for (let second = 0; second < 60; second += 1) {
    takenAt = second - (second % 5);
    takenAt *= 1_000;
    await sampleAt(second * 1_000);
    if (second >= 5) expect(container.ledger[FIGURE.cpuUser]).toBeCloseTo(50);
  }
});

test('rates are over the time between the instants at which the source took its figures', async () => {
  const answers = { takenAt: 0, cpuNs: 0 };
  const { sampleAt, cpu, told } = reading(
    {
      get takenAt() {
        return answers.takenAt;
      },
      read: (frame) => {
        frame[USAGE.cpuNs] = answers.cpuNs;
        return Promise.resolve(true);
      },
    },
    true,
  );
  const answerAt = (at: number, answer: typeof answers) => {
    Object.assign(answers, answer);
    return sampleAt(at);
  };
  await answerAt(1_000, { takenAt: 70_000, cpuNs: 0 });
  await answerAt(3_000, { takenAt: 71_000, cpuNs: 1e9 });
  expect(cpu()).toBe(100);
  await answerAt(4_000, { takenAt: 71_000, cpuNs: 1e9 });
  expect(cpu()).toBe(100);
  expect(told).toHaveLength(2);
  await answerAt(5_000, { takenAt: 10, cpuNs: 2e9 });
  expect(cpu()).toBe(50);
});

test('a reading that fails is told, and leaves no baseline behind', async () => {
  let fails = false;
  let cpuNs = 0;
  const { sampleAt, cpu, told, container } = reading({
    read: (frame) => {
      cpuNs += 1e9;
      frame[USAGE.cpuNs] = cpuNs;
      if (fails) throw new Error('unreadable');
      return true;
    },
  });
  await sampleAt(0);
  fails = true;
  await sampleAt(5_000);
  expect([told.at(-1), container.failures, container.lastError]).toEqual(['unreadable', 1, 'unreadable']);
  fails = false;
  await sampleAt(10_000);
  expect(cpu()).toBe(20);
  expect(container.failures).toBe(0);
});

test.each([true, false])('a reading that the source spares is no failure (as a promise: %s)', async (isWaiting) => {
  const reader = {
    isPaused: false,
    read: () => {
      const error = new Error(reader.isPaused ? 'asked again in 30 s' : 'unreadable');
      if (isWaiting) return Promise.reject(error);
      throw error;
    },
  };
  const { sampleAt, told, container } = reading(reader, isWaiting);
  await sampleAt(0);
  reader.isPaused = true;
  for (const at of [10_000, 20_000]) await sampleAt(at);
  expect(told).toEqual(['unreadable']);
  expect([container.failures, container.lastError]).toEqual([1, 'asked again in 30 s']);
  reader.isPaused = false;
  await sampleAt(30_000);
  expect([told.length, container.failures]).toEqual([2, 2]);
});
