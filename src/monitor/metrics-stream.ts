import type { WorkspaceMetrics } from '../model/workspace.ts';
import { BoundedQueue } from '../runtime/bounded-queue.ts';

/** Figures a slow reader may be behind before the oldest are dropped. */
const CAPACITY = 16;

const DONE: IteratorResult<WorkspaceMetrics, undefined> = { done: true, value: undefined };

/** One reader's figures of a workspace, in order; of a reader too slow for them, the newest. */
export class MetricsStream implements AsyncIterableIterator<WorkspaceMetrics, undefined> {
  readonly #queue = new BoundedQueue<WorkspaceMetrics>(CAPACITY);
  readonly #onEnd: (stream: MetricsStream) => void;
  #waiting: ((result: IteratorResult<WorkspaceMetrics, undefined>) => void)[] = [];
  #isEnded = false;

  constructor(onEnd: (stream: MetricsStream) => void) {
    this.#onEnd = onEnd;
  }

  /** How many figures the reader missed. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Gives whether an older one had to make room. */
  push(metrics: WorkspaceMetrics): boolean {
    const resolve = this.#waiting.shift();
    if (resolve === undefined) return this.#queue.push(metrics) !== undefined;
    resolve({ done: false, value: metrics });
    return false;
  }

  /** No more figures come; those that wait can still be read. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#onEnd(this);
    for (const resolve of this.#waiting) resolve(DONE);
    this.#waiting = [];
  }

  next(): Promise<IteratorResult<WorkspaceMetrics, undefined>> {
    const value = this.#queue.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#isEnded) return Promise.resolve(DONE);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<WorkspaceMetrics, undefined>> {
    this.#queue.clear();
    this.end();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
