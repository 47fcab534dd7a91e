import type { CancelTimer, Clock } from '../runtime/clock.ts';
import { type Due, DueQueue } from './due-queue.ts';
import type { CpuMeter, OwnCost } from './own-cost.ts';

export interface LoopOptions<T extends Due> {
  readonly clock: Clock;
  readonly cpu: CpuMeter;
  readonly cost: OwnCost;
  /** Does what is due at `now` (monotonic ms); gives when it is due again, or `null` when never. Must not throw. */
  visit(item: T, now: number): number | null;
}

/** Other work waits no longer than this and one visit; 2 ms is promised. */
const SLICE_MS = 1.5;

/** Visits what is due, in slices short enough that nobody else waits, with one timer for all. */
export class CollectionLoop<T extends Due> {
  readonly #options: LoopOptions<T>;
  readonly #queue = new DueQueue<T>();
  #cancel: CancelTimer | null = null;
  #armedAt = Number.POSITIVE_INFINITY;
  #isRunning = false;
  #isStopped = false;
  #slices = 0;
  #longestMs = 0;

  constructor(options: LoopOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** How often it ran, and the longest time it held the event loop, ms. */
  get slices(): { readonly count: number; readonly longestMs: number } {
    return { count: this.#slices, longestMs: this.#longestMs };
  }

  /** An item comes in, or is due at another time than before. */
  schedule(item: T, dueAt: number): void {
    if (this.#isStopped) return;
    this.#queue.put(item, dueAt);
    if (!this.#isRunning) this.#arm();
  }

  remove(item: T): void {
    this.#queue.remove(item);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#queue.clear();
  }

  #arm(): void {
    const next = this.#queue.first()?.dueAt ?? Number.POSITIVE_INFINITY;
    if (this.#isStopped || next >= this.#armedAt) return;
    this.#cancel?.();
    this.#armedAt = next;
    const { clock } = this.#options;
    // A timer counts whole milliseconds: cut off, the last part of one would be another wake-up with nothing due.
    this.#cancel = clock.setTimer(Math.max(0, Math.ceil(next - clock.monotonic())), () => {
      this.#cancel = null;
      this.#armedAt = Number.POSITIVE_INFINITY;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (!this.#isStopped && !this.#slice()) await this.#options.clock.yieldTurn();
    this.#isRunning = false;
    this.#arm();
  }

  /** Gives whether nothing more is due. */
  #slice(): boolean {
    const { clock, cpu, cost, visit } = this.#options;
    const openedAt = clock.monotonic();
    const usedBefore = cpu();
    let now = openedAt;
    let item = this.#queue.first();
    while (item !== undefined && item.dueAt <= now && now - openedAt < SLICE_MS) {
      const dueAt = visit(item, now);
      if (dueAt === null) this.#queue.remove(item);
      else this.#queue.put(item, dueAt);
      now = clock.monotonic();
      item = this.#queue.first();
    }
    this.#slices += 1;
    this.#longestMs = Math.max(this.#longestMs, now - openedAt);
    cost.add(cpu() - usedBefore, now);
    return item === undefined || item.dueAt > now;
  }
}
