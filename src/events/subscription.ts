import type { EventType, TidewatchEvent } from '../model/events.ts';
import { BoundedQueue } from '../runtime/bounded-queue.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { EventHandler, SubscribeOptions } from './event-bus.ts';

/** A handler that holds the loop longer than this is told: at 60 frames a second it costs three of them. */
const SLOW_CALL_MS = 50;

/** One line per subscriber and this long, whatever it does. */
const LOG_EVERY_MS = 10_000;

export interface SubscriptionOptions extends SubscribeOptions {
  readonly name: string;
  readonly type: EventType | '*';
  readonly handler: EventHandler;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One subscriber: its queue, its handler, and what went wrong with it. */
export class Subscription {
  readonly name: string;
  closed = false;
  errors = 0;
  slowCalls = 0;
  readonly #queue: BoundedQueue<TidewatchEvent>;
  readonly #options: SubscriptionOptions;
  #untoldDrops = 0;
  #quietUntil = Number.NEGATIVE_INFINITY;
  #quietLines = 0;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.name = options.name;
    this.#queue = new BoundedQueue(options.capacity ?? 10_000);
  }

  get queued(): number {
    return this.#queue.size;
  }

  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Queues the event if the subscriber asked for its type; says whether it did. */
  offer(event: TidewatchEvent): boolean {
    const { type } = this.#options;
    if (this.closed || (type !== '*' && type !== event.type)) return false;
    if (this.#queue.push(event) !== undefined) this.#untoldDrops += 1;
    return true;
  }

  /** Tells the subscriber of events it will not see. */
  tellDrops(): void {
    const dropped = this.#untoldDrops;
    if (dropped === 0 || this.closed) return;
    this.#untoldDrops = 0;
    this.#log('an event subscriber is too slow; its oldest events were dropped', { dropped });
    try {
      this.#options.onDrop?.(dropped);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Hands over the next event; gives a promise while the handler is still at work on it. Never throws or rejects. */
  deliver(): Promise<void> | undefined {
    const event = this.#queue.shift();
    if (event === undefined || this.closed) return undefined;
    const startedAt = this.#options.clock.monotonic();
    try {
      const result: unknown = this.#options.handler(event);
      if (isThenable(result)) return Promise.resolve(result).then(ignore, (error: unknown) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#timed(this.#options.clock.monotonic() - startedAt);
    }
    return undefined;
  }

  /** Takes no more events and forgets those it has. */
  close(): void {
    this.closed = true;
    this.#queue.clear();
  }

  #timed(tookMs: number): void {
    if (tookMs <= SLOW_CALL_MS) return;
    this.slowCalls += 1;
    this.#log('an event handler held the event loop', { tookMs: Math.round(tookMs) });
  }

  #failed(error: unknown): void {
    this.errors += 1;
    this.#log('an event handler failed', { error });
  }

  #log(message: string, fields: Record<string, unknown>): void {
    const now = this.#options.clock.monotonic();
    if (now < this.#quietUntil) {
      this.#quietLines += 1;
      return;
    }
    this.#options.logger.warn(message, { subscriber: this.name, ...fields, unsaid: this.#quietLines });
    this.#quietUntil = now + LOG_EVERY_MS;
    this.#quietLines = 0;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function ignore(): void {}
