import { refuseOption, TidewatchError } from '../model/errors.ts';
import { type EventDraft, type EventType, isEventType, type TidewatchEvent } from '../model/events.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { checkedLogger, type Logger, silentLogger } from '../runtime/logger.ts';
import type {
  EventBusPort,
  EventBusStats,
  EventHandler,
  EventPlugin,
  SubscribeOptions,
  Unsubscribe,
} from './event-bus.ts';
import { EventDispatcher } from './event-dispatcher.ts';
import type { EventLog, EventReader } from './event-log.ts';
import { LogWriter } from './log-writer.ts';
import { memoryEventLog } from './memory-event-log.ts';
import { installPlugin } from './plugin.ts';
import { EVENT_RETENTION_DEFAULTS, type EventRetention, startRetention } from './retention.ts';
import { Subscription } from './subscription.ts';
import { toldLog } from './told-log.ts';

export interface EventBusOptions {
  /** Where events are kept; in memory (the newest 10,000) unless given. */
  readonly log?: EventLog;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** How long events are kept. */
  readonly retention?: Partial<EventRetention>;
}

/** A program that makes up types must not fill the log with them. */
const REFUSED_TYPES_MOST = 32;

/**
 * The in-process bus. An event is committed to the log, then told; each subscriber has a queue of its own and gets one
 * event at a time, in order. Nothing a handler does delays the one who emits or another handler.
 */
export class EventBus implements EventBusPort {
  /** All events told so far, also those that wait for a log that cannot be written now. */
  readonly log: EventReader;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #dispatcher: EventDispatcher;
  readonly #writer: LogWriter;
  readonly #startRetention: () => () => void;
  #stopRetention: (() => void) | undefined;
  /** In the order of their installation. */
  readonly #plugins = new Set<() => Promise<void>>();
  #idlers: (() => void)[] = [];
  #closing: Promise<void> | undefined;
  #emitted = 0;
  #refused = 0;
  readonly #refusedTypes = new Set<string>();
  #closedStats = { dropped: 0, errors: 0, slowCalls: 0 };

  constructor(options: EventBusOptions = {}) {
    const { clock = systemClock, log = memoryEventLog({ clock }) } = options;
    const logger = checkedLogger(options.logger ?? silentLogger, refuseOption);
    const onIdle = () => this.#wakeIdlers();
    this.#clock = clock;
    this.#logger = logger;
    this.#dispatcher = new EventDispatcher(clock, onIdle);
    const publish = (events: readonly TidewatchEvent[]) => {
      this.#emitted += events.length;
      this.#dispatcher.publish(events);
    };
    this.#writer = new LogWriter({ log, clock, logger, publish, onIdle });
    this.log = toldLog(log, this.#writer.told);
    const retention = { ...EVENT_RETENTION_DEFAULTS, ...options.retention };
    this.#startRetention = () => startRetention({ log, clock, logger, retention });
  }

  emit(draft: EventDraft): void {
    this.emitAll([draft]);
  }

  emitAll(drafts: readonly EventDraft[]): void {
    const events = drafts.filter((draft) => this.#isEvent(draft));
    if (events.length === 0) return;
    this.#stopRetention ??= this.#startRetention();
    this.#writer.add(events);
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

  /** Throws `plugin_failed` when the plug-in cannot be installed; nothing of it stays. */
  use(plugin: EventPlugin): Unsubscribe {
    const remove = installPlugin(this, plugin, this.#logger);
    const removeOnce = () => (this.#plugins.delete(removeOnce) ? remove() : Promise.resolve());
    this.#plugins.add(removeOnce);
    return () => void removeOnce();
  }

  /**
   * Resolves when all events are in the log and handed over, or after `limitMs` (default 5 s); gives whether they are.
   * A log that cannot be written is tried once more at once.
   */
  async drain(limitMs = 5_000): Promise<boolean> {
    const limit = this.#clock.monotonic() + limitMs;
    this.#writer.retryNow();
    while (!this.#isIdle()) {
      const left = limit - this.#clock.monotonic();
      if (left <= 0) return false;
      const woken = new AbortController();
      this.#idlers.push(() => woken.abort());
      await this.#clock.sleep(left, woken.signal);
    }
    return true;
  }

  /** Drains, takes plug-ins and subscribers away, and brings what is left into the log. The log stays open. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
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
    this.#tellRefused(draft);
    return false;
  }

  /** Once per type: who emits one emits more, and `getStats` counts them. */
  #tellRefused(draft: { readonly type?: unknown } | null | undefined): void {
    const type = typeof draft?.type === 'string' ? draft.type.slice(0, 64) : 'none';
    if (this.#refusedTypes.has(type) || this.#refusedTypes.size >= REFUSED_TYPES_MOST) return;
    this.#refusedTypes.add(type);
    this.#logger.error('what was emitted is no event: it needs a known type and an ISO timestamp', { type });
  }

  #remove(subscription: Subscription): void {
    if (subscription.closed) return;
    this.#closedStats.dropped += subscription.dropped;
    this.#closedStats.errors += subscription.errors;
    this.#closedStats.slowCalls += subscription.slowCalls;
    this.#dispatcher.remove(subscription);
  }

  #isIdle(): boolean {
    return this.#writer.pending === 0 && this.#dispatcher.idle;
  }

  async #close(): Promise<void> {
    // Nothing to wait for when the disk is full: what was told is told.
    await this.drain(this.#writer.state.writable ? 5_000 : 500);
    for (const remove of [...this.#plugins].reverse()) await remove();
    this.#writer.stop();
    this.#stopRetention?.();
    for (const subscription of this.#dispatcher.subscriptions) this.#remove(subscription);
  }

  #wakeIdlers(): void {
    const idlers = this.#idlers;
    this.#idlers = [];
    for (const wake of idlers) wake();
  }
}
