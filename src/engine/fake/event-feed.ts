import type { ServerResponse } from 'node:http';
import { systemClock } from '../../runtime/clock.ts';
import { type Happening, type ToldEvent, toldEvent } from './engine-event.ts';
import { type Filters, isAskedFor } from './filters.ts';

/** Docker's `eventsLimit`: events of all types, before any filter. */
const RING_SIZE = 256;

/** Docker's channel of one subscriber. */
const SLOTS = 1024;

/** One open `GET /events`. */
interface Subscriber {
  readonly response: ServerResponse;
  readonly filters: Filters;
  readonly legacy: boolean;
  /** Told, and not written yet. */
  readonly waiting: (string | Uint8Array)[];
}

/** What a `GET /events` asks for; instants in nanoseconds, inclusive. */
export interface Subscription {
  readonly since: bigint | null;
  readonly until: bigint | null;
  readonly filters: Filters;
  /** With the fields that Docker dropped with API 1.52. */
  readonly legacy: boolean;
}

/** Keeps the last 256 events and tells them to the subscribers. */
export class EventFeed {
  /** Events that were lost because a subscriber's channel was full. */
  overflowed = 0;
  readonly #subscribers = new Set<Subscriber>();
  readonly #dropsWhenFull: boolean;
  #ring: ToldEvent[] = [];
  #stalled = false;

  /** With `dropsWhenFull`, a subscriber who does not read loses what does not fit 1024 slots, as with Docker. */
  constructor(dropsWhenFull: boolean) {
    this.#dropsWhenFull = dropsWhenFull;
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** Bytes told that the subscribers' connections have not taken yet. */
  get unsentBytes(): number {
    let bytes = 0;
    for (const { response, waiting } of this.#subscribers) {
      bytes += response.writableLength;
      for (const chunk of waiting) bytes += chunk.length;
    }
    return bytes;
  }

  /** Keeps the event and tells it to all who asked for it. */
  publish(happening: Happening, timeNano: bigint): void {
    const event = toldEvent(happening, timeNano);
    this.#ring.push(event);
    if (this.#ring.length > RING_SIZE) this.#ring.shift();
    this.#tell(event);
  }

  /** Tells the newest `count` events once more: same text, same time. */
  repeat(count: number): void {
    for (const event of count > 0 ? this.#ring.slice(-count) : []) this.#tell(event);
  }

  /** Writes bytes into every stream as they are, one HTTP chunk each. */
  raw(chunks: readonly (string | Uint8Array)[]): void {
    for (const subscriber of this.#subscribers) {
      for (const chunk of chunks) this.#write(subscriber, chunk);
    }
  }

  /** Replays what the ring holds, then adds the response as subscriber (unless `live` is false). */
  subscribe(response: ServerResponse, subscription: Subscription, live: boolean): void {
    const { filters, legacy } = subscription;
    const subscriber: Subscriber = { response, filters, legacy, waiting: [] };
    for (const event of this.#replay(subscription)) this.#write(subscriber, legacy ? event.legacyLine : event.line);
    if (!live) return void response.end();
    this.#subscribers.add(subscriber);
    response.on('drain', () => this.#flush(subscriber));
    response.on('close', () => this.#subscribers.delete(subscriber));
  }

  /** Events stop flowing; the connections stay. */
  stall(): void {
    this.#stalled = true;
  }

  /** What was held back flows now. */
  unstall(): void {
    this.#stalled = false;
    for (const subscriber of this.#subscribers) this.#flush(subscriber);
  }

  /** Resolves when all that was told is handed to the system, or after a while when somebody does not read. */
  async flushed(): Promise<void> {
    for (let turn = 0; turn < 1000; turn += 1) {
      await systemClock.yieldTurn();
      if ([...this.#subscribers].every(({ response }) => response.writableLength === 0)) return;
    }
  }

  /** Ends every stream cleanly. */
  end(): void {
    for (const { response } of this.#subscribers) response.end();
    this.#subscribers.clear();
  }

  /** Breaks every stream's connection. */
  cut(): void {
    for (const { response } of this.#subscribers) {
      // Only TCP knows a reset; a unix socket that is closed within an answer looks like one to the reader.
      if (response.socket?.remoteAddress) response.socket.resetAndDestroy();
      else response.socket?.destroy();
    }
    this.#subscribers.clear();
  }

  /** Forgets the ring, as a new engine process does. */
  forget(): void {
    this.#ring = [];
  }

  // Docker reads the ring from its newest end and stops at the first older event, also where times are out of order.
  #replay({ since, until, filters }: Subscription): ToldEvent[] {
    if (since === null && until === null) return [];
    const found: ToldEvent[] = [];
    for (const event of this.#ring.toReversed()) {
      if (since !== null && event.timeNano < since) break;
      if (until !== null && until > 0n && event.timeNano > until) continue;
      if (isAskedFor(event, filters)) found.push(event);
    }
    return found.reverse();
  }

  #tell(event: ToldEvent): void {
    for (const subscriber of this.#subscribers) {
      if (isAskedFor(event, subscriber.filters)) {
        this.#write(subscriber, subscriber.legacy ? event.legacyLine : event.line);
      }
    }
  }

  #write(subscriber: Subscriber, chunk: string | Uint8Array): void {
    if (!this.#stalled && subscriber.waiting.length === 0 && !this.#isFull(subscriber)) {
      subscriber.response.write(chunk);
    } else if (this.#dropsWhenFull && subscriber.waiting.length >= SLOTS) {
      this.overflowed += 1;
    } else {
      subscriber.waiting.push(chunk);
    }
  }

  #isFull(subscriber: Subscriber): boolean {
    return this.#dropsWhenFull && subscriber.response.writableNeedDrain;
  }

  #flush(subscriber: Subscriber): void {
    if (this.#stalled) return;
    let written = 0;
    for (const chunk of subscriber.waiting) {
      if (this.#isFull(subscriber)) break;
      subscriber.response.write(chunk);
      written += 1;
    }
    subscriber.waiting.splice(0, written);
  }
}
