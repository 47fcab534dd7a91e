import type { EventDraft, EventType, TidewatchEvent } from '../model/events.ts';

/** Called with each event, one after the other. A slow or throwing handler harms nobody else. */
export type EventHandler<T extends EventType = EventType> = (event: TidewatchEvent<T>) => void | Promise<void>;

/** Stops a subscription; events already queued for it are discarded. */
export type Unsubscribe = () => void;

export interface SubscribeOptions {
  /** Name in logs and statistics. */
  readonly name?: string;
  /** Longest queue before the oldest event is dropped and counted (default 10,000). */
  readonly capacity?: number;
  /** Called when events were dropped, with how many since the last call: a subscriber that must not miss resumes from the log. */
  readonly onDrop?: (dropped: number) => void;
}

/** A set of handlers installed together. */
export interface EventPlugin {
  readonly name: string;
  /** Called once with the bus; gives the teardown. */
  install(bus: EventBusPort): void | (() => void | Promise<void>);
}

/** The conversation between the parts. `emit` never blocks and never throws. */
export interface EventBusPort {
  /** Commits the event to the log, then hands it to the subscribers; order is kept. */
  emit(draft: EventDraft): void;
  /** Several at once, in order: one transaction. */
  emitAll(drafts: readonly EventDraft[]): void;
  on<T extends EventType>(type: T | '*', handler: EventHandler<T>, options?: SubscribeOptions): Unsubscribe;
  use(plugin: EventPlugin): Unsubscribe;
}

export interface EventBusStats {
  readonly emitted: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly handlerErrors: number;
  /** Events waiting for a store that cannot be written now. */
  readonly pending: number;
  /** Handler calls that held the event loop longer than 50 ms. */
  readonly slowCalls: number;
  /** How the log stands. */
  readonly store: EventStoreState;
  readonly subscribers: readonly {
    readonly name: string;
    readonly queued: number;
    readonly dropped: number;
    readonly errors: number;
  }[];
}

/** How the writer stands to the log. */
export interface EventStoreState {
  /** `false` while events are told from memory because the log cannot be written. */
  readonly writable: boolean;
  /** Since when it is as it is, ISO 8601; `null` when it never changed. */
  readonly since: string | null;
  /** Why the log cannot be written, or could not the last time. */
  readonly lastError: string | null;
  /** Newest sequence number told. */
  readonly lastSeq: number;
  /** Events that will never be in the log: it could not be written for too long. */
  readonly lost: number;
  /** Drafts that were no events and were refused. */
  readonly refused: number;
}
