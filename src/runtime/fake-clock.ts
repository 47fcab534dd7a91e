import type { CancelTimer, Clock } from './clock.ts';

interface FakeTimer {
  readonly dueAt: number;
  readonly order: number;
  readonly task: () => void;
}

const SETTLE_TURNS = 8;

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #wall: number;
  #monotonic = 0;
  #order = 0;
  #timers: FakeTimer[] = [];

  /** `at`: first instant, epoch ms. */
  constructor(at = Date.UTC(2026, 0, 1)) {
    this.#wall = at;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Timers set and not yet due. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  setTimer(delayMs: number, task: () => void): CancelTimer {
    const timer = { dueAt: this.#monotonic + Math.max(0, delayMs), order: this.#order++, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = this.setTimer(delayMs, wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** A turn of the real event loop: pending I/O goes on, time does not. */
  yieldTurn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets `durationMs` pass; timers run in order, each followed by the microtasks and I/O it leads to. */
  async advance(durationMs: number): Promise<void> {
    await this.#settle();
    const until = this.#monotonic + durationMs;
    for (let next = this.#takeDue(until); next; next = this.#takeDue(until)) {
      this.#moveTo(Math.max(next.dueAt, this.#monotonic));
      next.task();
      await this.#settle();
    }
    this.#moveTo(until);
    await this.#settle();
  }

  /** The wall clock jumps; monotonic time does not notice. */
  step(byMs: number): void {
    this.#wall += byMs;
  }

  /** Chains of promises that end in other promises need more than one turn. */
  async #settle(): Promise<void> {
    for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await this.yieldTurn();
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }

  #takeDue(until: number) {
    let first: FakeTimer | undefined;
    for (const timer of this.#timers) {
      const isEarlier =
        first === undefined || timer.dueAt < first.dueAt || (timer.dueAt === first.dueAt && timer.order < first.order);
      if (timer.dueAt <= until && isEarlier) first = timer;
    }
    this.#timers = this.#timers.filter((timer) => timer !== first);
    return first;
  }
}
