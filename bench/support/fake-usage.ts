import { USAGE, type UsageFrame, type UsageReader, type UsageScope, type UsageSource } from '../../src/engine/usage.ts';
import type { Clock } from '../../src/runtime/clock.ts';

/** A clock that goes as far as it is told, at no cost; timers run when they are due. */
export class SteppedClock implements Clock {
  #at = 0;
  #timers: { readonly dueAt: number; readonly task: () => void }[] = [];

  now(): number {
    return 1.8e12 + this.#at;
  }

  monotonic(): number {
    return this.#at;
  }

  setTimer(delayMs: number, task: () => void): () => void {
    const timer = { dueAt: this.#at + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.setTimer(delayMs, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });
  }

  yieldTurn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets time pass; what the timers do must need no other turn. */
  run(durationMs: number): void {
    const until = this.#at + durationMs;
    for (;;) {
      let next = this.#timers[0];
      for (const timer of this.#timers) if (next !== undefined && timer.dueAt < next.dueAt) next = timer;
      if (next === undefined || next.dueAt > until) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#at = Math.max(this.#at, next.dueAt);
      next.task();
    }
    this.#at = until;
  }
}

/** A source whose readers fill frames as a cgroup reader does, without reading anything. */
export function fakeUsage(monotonic: () => number): UsageSource & { reader(index: number): UsageReader } {
  let opened = 0;
  const reader = (index: number) => new FakeReader(index, monotonic);
  return { name: 'cgroup', reader, open: () => Promise.resolve(reader(opened++)), close() {} };
}

const NOTHING_MISSING: UsageReader['missing'] = new Map();

/** As small as can be: what it takes of the heap counts as the monitor's. */
class FakeReader implements UsageReader {
  readonly #index: number;
  readonly #monotonic: () => number;

  constructor(index: number, monotonic: () => number) {
    this.#index = index;
    this.#monotonic = monotonic;
  }

  get missing(): UsageReader['missing'] {
    return NOTHING_MISSING;
  }

  read(frame: UsageFrame, scope: UsageScope): boolean {
    return fill(frame, { at: this.#monotonic(), index: this.#index, isFull: scope === 'full' });
  }

  close(): void {}
}

function fill(frame: UsageFrame, { at, index, isFull }: { at: number; index: number; isFull: boolean }): boolean {
  // Counters that only grow, with a load of its own for each container: 10 to 50 % of a core, never twice the same.
  frame[USAGE.cpuNs] = at * (0.1 + (index % 10) / 25) * 1e6 + Math.sin(at / 700 + index) * 5e6;
  frame[USAGE.cpuUserNs] = at * 3e5;
  frame[USAGE.cpuSystemNs] = at * 1e5;
  frame[USAGE.cpuPeriods] = at / 100;
  frame[USAGE.cpuThrottledPeriods] = at / 1000;
  frame[USAGE.memoryCharged] = 2e8 + (at % 50_000);
  frame[USAGE.memoryLimit] = 1e9;
  frame[USAGE.memoryPeak] = 3e8;
  frame[USAGE.networkRxBytes] = at * 10;
  frame[USAGE.networkTxBytes] = at * 5;
  frame[USAGE.diskReadBytes] = at;
  frame[USAGE.diskWriteBytes] = at * 2;
  frame[USAGE.pids] = 12;
  frame[USAGE.pidsLimit] = Number.POSITIVE_INFINITY;
  frame[USAGE.cpuPressureUs] = at * 10;
  frame[USAGE.memoryPressureUs] = at;
  frame[USAGE.ioPressureUs] = at * 2;
  if (isFull) frame[USAGE.memoryInactiveFile] = 5e7;
  return true;
}
