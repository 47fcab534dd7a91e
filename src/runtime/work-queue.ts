import type { Clock } from './clock.ts';

/** Options of a keyed work queue. */
export interface WorkQueueOptions<K> {
  readonly clock: Clock;
  /** How many keys are worked on at once. */
  readonly concurrency: number;
  /** Works on one key; must not reject (what it throws goes to `onError`). */
  process(key: K): Promise<void>;
  onError(key: K, error: unknown): void;
}

/**
 * A queue of keys, not of jobs: a key waits at most once however often it is added, is never worked on twice at the same
 * time, and comes again when it was added while being worked on. Bursts collapse into one run. Keys are worked on in the
 * order in which they were first added.
 */
export class WorkQueue<K> {
  readonly #options: WorkQueueOptions<K>;
  readonly #waiting = new Set<K>();
  readonly #running = new Set<K>();
  readonly #again = new Set<K>();
  readonly #delayed = new Map<K, { readonly dueAt: number; readonly cancel: () => void }>();
  #idlers: (() => void)[] = [];
  #closed = false;

  constructor(options: WorkQueueOptions<K>) {
    this.#options = options;
  }

  /** Waiting, delayed or under way. */
  get size(): number {
    return this.#waiting.size + this.#running.size + this.#delayed.size;
  }

  add(key: K): void {
    if (this.#closed) return;
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
    if (this.#running.has(key)) {
      this.#again.add(key);
    } else {
      this.#waiting.add(key);
      this.#pump();
    }
  }

  /** Adds after a delay; an earlier date for the same key wins. */
  addAfter(key: K, delayMs: number): void {
    if (this.#closed || this.#waiting.has(key)) return;
    const { clock } = this.#options;
    const dueAt = clock.monotonic() + delayMs;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.dueAt <= dueAt) return;
    earlier?.cancel();
    this.#delayed.set(key, { dueAt, cancel: clock.setTimer(delayMs, () => this.add(key)) });
  }

  /** Resolves when nothing waits and nothing is under way; delayed keys do not count. */
  idle(): Promise<void> {
    if (this.#running.size === 0 && this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idlers.push(resolve));
  }

  /** Takes no more keys, drops the waiting ones and resolves when what is under way has ended. */
  close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    this.#again.clear();
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    return this.idle();
  }

  #pump(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.concurrency) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#run(key);
    }
    if (this.#running.size > 0) return;
    const idlers = this.#idlers;
    this.#idlers = [];
    for (const wake of idlers) wake();
  }

  async #run(key: K): Promise<void> {
    try {
      await this.#options.process(key);
    } catch (error) {
      this.#options.onError(key, error);
    }
    this.#running.delete(key);
    if (this.#again.delete(key) && !this.#closed) this.#waiting.add(key);
    this.#pump();
  }
}
