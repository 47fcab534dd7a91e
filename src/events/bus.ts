import { TidewatchError } from '../model/errors.ts';
import { type EventDraft, type EventType, isEventType, type TidewatchEvent } from '../model/events.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type Logger, silentLogger } from '../runtime/logger.ts';
import type {
  EventBusPort,
  EventBusStats,
  EventHandler,
  EventPlugin,
  SubscribeOptions,
  Unsubscribe,
} from './event-bus.ts';
import { EventDispatcher } from './event-dispatcher.ts';
import type { EventLog } from './event-log.ts';
import { LogWriter } from './log-writer.ts';
import { memoryEventLog } from './memory-event-log.ts';
import { Subscription } from './subscription.ts';

export interface EventBusOptions {
  /** Where events are kept; in memory (the newest 10,000) unless given. */
  readonly log?: EventLog;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/**
 * The in-process bus. An event is committed to the log, then told; each subscriber has a queue of its own and gets one
 * event at a time, in order. Nothing a handler does delays the one who emits or another handler.
 */
export class EventBus implements EventBusPort {
  readonly log: EventLog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #dispatcher: EventDispatcher;
  readonly #writer: LogWriter;
  readonly #teardowns = new Set<Unsubscribe>();
  #idlers: (() => void)[] = [];
  #emitted = 0;
  #refused = 0;
  #closedStats = { dropped: 0, errors: 0, slowCalls: 0 };

  constructor({ clock = systemClock, logger = silentLogger, log = memoryEventLog({ clock }) }: EventBusOptions = {}) {
    this.log = log;
    this.#clock = clock;
    this.#logger = logger;
    this.#dispatcher = new EventDispatcher(clock, () => this.#wakeIdlers());
    const publish = (events: readonly TidewatchEvent[]) => {
      this.#emitted += events.length;
      this.#dispatcher.publish(events);
    };
    this.#writer = new LogWriter({ log, clock, logger, publish });
  }

  emit(draft: EventDraft): void {
    this.emitAll([draft]);
  }

  emitAll(drafts: readonly EventDraft[]): void {
    const events = drafts.filter((draft) => this.#isEvent(draft));
    if (events.length > 0) this.#writer.add(events);
  }

  on<T extends EventType>(type: T | '*', handler: EventHandler<T>, options: SubscribeOptions = {}): Unsubscribe {
    if (type !== '*' && !isEventType(type)) {
      throw new TidewatchError('bad_request', `there is no event type "${String(type)}"; "*" means all`);
    }
    const name = options.name ?? `${type} handler`;
    const shared = { ...options, name, type, clock: this.#clock, logger: this.#logger };
    // Only events of the type are offered to it, so the handler of one type may take the place of one of all.
    const subscription = new Subscription({ ...shared, handler: handler as EventHandler });
    this.#dispatcher.add(subscription);
    return () => this.#remove(subscription);
  }

  use(plugin: EventPlugin): Unsubscribe {
    const subscribed: Unsubscribe[] = [];
    const view: EventBusPort = {
      emit: (draft) => this.emit(draft),
      emitAll: (drafts) => this.emitAll(drafts),
      use: (inner) => this.use(inner),
      on: (type, handler, options) => {
        const off = this.on(type, handler, { name: plugin.name, ...options });
        subscribed.push(off);
        return off;
      },
    };
    const teardown = plugin.install(view);
    const remove = () => {
      if (!this.#teardowns.delete(remove)) return;
      for (const off of subscribed) off();
      this.#tearDown(plugin.name, teardown ?? (() => {}));
    };
    this.#teardowns.add(remove);
    return remove;
  }

  /** Resolves when all events are in the log and handed over, or after `limitMs` (default 5 s); gives whether they are. */
  async drain(limitMs = 5_000): Promise<boolean> {
    const until = this.#clock.monotonic() + limitMs;
    while (this.#writer.pending > 0 || !this.#dispatcher.idle) {
      const left = until - this.#clock.monotonic();
      if (left <= 0) return false;
      const woken = new AbortController();
      this.#idlers.push(() => woken.abort());
      if (this.#writer.pending > 0) await this.#clock.yieldTurn();
      else await this.#clock.sleep(left, woken.signal);
      if (!this.#writer.state.writable) return false;
    }
    return true;
  }

  /** Drains, takes plug-ins and subscribers away, and brings what is left into the log. */
  async close(): Promise<void> {
    await this.drain();
    this.#writer.flush();
    this.#writer.close();
    for (const remove of [...this.#teardowns]) remove();
    for (const subscription of this.#dispatcher.subscriptions) this.#remove(subscription);
  }

  getStats(): EventBusStats {
    const { subscriptions } = this.#dispatcher;
    const sum = (of: (subscription: Subscription) => number) =>
      subscriptions.reduce((total, one) => total + of(one), 0);
    return {
      emitted: this.#emitted,
      delivered: this.#dispatcher.delivered,
      dropped: this.#closedStats.dropped + sum(({ dropped }) => dropped),
      handlerErrors: this.#closedStats.errors + sum(({ errors }) => errors),
      slowCalls: this.#closedStats.slowCalls + sum(({ slowCalls }) => slowCalls),
      pending: this.#writer.pending,
      store: { ...this.#writer.state, refused: this.#refused },
      subscribers: subscriptions.map(({ name, queued, dropped, errors }) => ({ name, queued, dropped, errors })),
    };
  }

  /** A library user's draft may be anything; a log with a hole in its types would stop every reader. */
  #isEvent(draft: EventDraft): boolean {
    const isOne =
      typeof draft === 'object' && draft !== null && isEventType(draft.type) && typeof draft.timestamp === 'string';
    if (isOne) return true;
    this.#refused += 1;
    this.#logger.error('what was emitted is no event: it needs a known type and an ISO timestamp');
    return false;
  }

  #remove(subscription: Subscription): void {
    if (subscription.closed) return;
    this.#closedStats.dropped += subscription.dropped;
    this.#closedStats.errors += subscription.errors;
    this.#closedStats.slowCalls += subscription.slowCalls;
    this.#dispatcher.remove(subscription);
  }

  #tearDown(name: string, teardown: () => void | Promise<void>): void {
    const failed = (error: unknown) => this.#logger.error('the teardown of a plug-in failed', { plugin: name, error });
    try {
      Promise.resolve(teardown()).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #wakeIdlers(): void {
    const idlers = this.#idlers;
    this.#idlers = [];
    for (const wake of idlers) wake();
  }
}
