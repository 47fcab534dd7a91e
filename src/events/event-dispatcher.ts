import type { TidewatchEvent } from '../model/events.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Subscription } from './subscription.ts';
import { createTurnBudget, type TurnBudget } from './turn-budget.ts';

/** Longest share of a turn of the event loop that handlers get before sockets and timers have theirs. */
const SLICE_MS = 8;

/** Hands events to the subscribers: one event at a time per subscriber, the subscribers in turn. */
export class EventDispatcher {
  delivered = 0;
  #subscriptions: readonly Subscription[] = [];
  /** Those with an event to hand over and no handler at work, in the order they are served. */
  readonly #ready = new Set<Subscription>();
  readonly #budget: TurnBudget;
  readonly #onIdle: () => void;
  /** Those whose asynchronous handler is at work. */
  readonly #busy = new Set<Subscription>();
  #pumping = false;

  constructor(clock: Clock, onIdle: () => void) {
    this.#budget = createTurnBudget(clock, SLICE_MS, () => this.#pump());
    this.#onIdle = onIdle;
  }

  get subscriptions(): readonly Subscription[] {
    return this.#subscriptions;
  }

  /** Nothing waits and no handler is at work. */
  get idle(): boolean {
    return this.#ready.size === 0 && this.#busy.size === 0;
  }

  add(subscription: Subscription): void {
    this.#subscriptions = [...this.#subscriptions, subscription];
  }

  remove(subscription: Subscription): void {
    subscription.close();
    this.#ready.delete(subscription);
    this.#busy.delete(subscription);
    this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    if (this.idle) this.#onIdle();
  }

  /** Queues events for all who asked for them and begins to hand them over. */
  publish(events: readonly TidewatchEvent[]): void {
    for (const subscription of this.#subscriptions) {
      for (const event of events) subscription.offer(event);
      if (subscription.queued > 0 && !this.#busy.has(subscription)) this.#ready.add(subscription);
      subscription.tellDrops();
    }
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#ready.size > 0 && !this.#budget.spent()) this.#serveNext();
    this.#pumping = false;
    if (this.idle) this.#onIdle();
  }

  #serveNext(): void {
    const [subscription] = this.#ready;
    if (subscription === undefined) return;
    this.#ready.delete(subscription);
    this.delivered += 1;
    const work = subscription.deliver();
    if (work !== undefined) void this.#waitFor(subscription, work);
    else if (subscription.queued > 0) this.#ready.add(subscription);
  }

  async #waitFor(subscription: Subscription, work: Promise<void>): Promise<void> {
    this.#busy.add(subscription);
    await work;
    this.#busy.delete(subscription);
    if (subscription.queued > 0) this.#ready.add(subscription);
    this.#pump();
  }
}
