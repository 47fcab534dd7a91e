import { gapAt } from '../../events/log-entry.ts';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { EventsPort } from '../ports.ts';
import { acceptsEvent, type EventFilter, logQueryOf } from './event-filter.ts';
import { EventRing, eventFrame } from './event-ring.ts';
import type { EventEncoding, EventSink } from './event-sink.ts';
import { type PacedFlush, pacedFlush } from './paced-flush.ts';

/** What a client wants to see. */
export interface StreamRequest {
  /** Cursor; from now on unless given. */
  readonly after: number | undefined;
  readonly filter: EventFilter;
}

/** A client's place in the events. */
export interface EventStream {
  /** Last sequence number given or passed over. */
  readonly cursor: number;
  /** It is among the newest events, which are kept ready. */
  readonly isCurrent: boolean;
  /** The sink takes something again. */
  resume(): void;
  /** Gives it nothing more. */
  close(): void;
}

/** Keeps a connection through proxies, which cut idle ones after 60 s or less, and shows a dead client. */
export const HEARTBEAT_MS = 15_000;

/** A client that takes nothing, or is not heard of, for so many heartbeats is cut; it can resume. */
export const STUCK_BEATS = 4;

/** Events given to one client in one go. */
const CHUNK = 256;
const CHUNKS_KEPT = 64;

interface StreamClient {
  readonly sink: EventSink;
  readonly filter: EventFilter;
  cursor: number;
  isPumping: boolean;
  beatsFull: number;
}

/**
 * Gives events to any number of streams. Each client has only a cursor: one that keeps up is served from the ring, one that
 * does not from the log, and none costs memory or delays another.
 */
export class EventHub {
  readonly #parts: { events: EventsPort; clock: Clock; logger: Logger };
  readonly #clients = new Set<StreamClient>();
  readonly #ring: EventRing;
  readonly #unsubscribe: () => void;
  readonly #flush: PacedFlush;
  /** What is made of the ring, for all clients at one place that want the same. */
  readonly #chunks = new Map<string, Buffer>();
  #cancelBeat: CancelTimer;
  #isClosed = false;

  constructor(parts: { events: EventsPort; clock: Clock; logger: Logger }) {
    this.#parts = parts;
    const { events, clock } = parts;
    this.#ring = new EventRing(Math.max(events.log.bounds().lastSeq, events.getStats().store.lastSeq));
    this.#flush = pacedFlush(clock, () => {
      for (const client of this.#clients) void this.#pump(client);
    });
    this.#unsubscribe = events.on(
      '*',
      (event) => {
        this.#ring.push(event);
        this.#chunks.clear();
        this.#flush.request();
      },
      { name: 'event streams' },
    );
    this.#cancelBeat = clock.setTimer(HEARTBEAT_MS, () => this.#beat());
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Newest sequence number told. */
  get lastSeq(): number {
    return this.#ring.top;
  }

  /** Begins a stream. It is to be closed when its connection ends. */
  add(sink: EventSink, { after, filter }: StreamRequest): EventStream {
    const { top } = this.#ring;
    // What is in the log may not have come here yet.
    const isOurs = after === undefined || after <= Math.max(top, this.#parts.events.log.bounds().lastSeq);
    const client = { sink, filter, cursor: isOurs ? (after ?? top) : top, isPumping: false, beatsFull: 0 };
    if (this.#isClosed) sink.end();
    else {
      this.#clients.add(client);
      sink.begin(client.cursor, isOurs ? null : gapAt(after, { firstSeq: 1, lastSeq: top }));
      void this.#pump(client);
    }
    return this.#streamOf(client);
  }

  /** Ends all streams; their clients resume elsewhere or later. */
  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#flush.close();
    this.#cancelBeat();
    for (const { sink } of this.#clients) sink.end();
    this.#clients.clear();
  }

  #streamOf(client: StreamClient): EventStream {
    const ring = this.#ring;
    return {
      get cursor() {
        return client.cursor;
      },
      get isCurrent() {
        return client.cursor >= ring.floor;
      },
      resume: () => {
        client.beatsFull = 0;
        void this.#pump(client);
      },
      close: () => this.#clients.delete(client),
    };
  }

  async #pump(client: StreamClient): Promise<void> {
    if (client.isPumping) return;
    client.isPumping = true;
    try {
      while (this.#clients.has(client) && !client.sink.isFull && client.cursor < this.#ring.top) {
        if (client.cursor >= this.#ring.floor) this.#giveFromRing(client);
        else {
          this.#giveFromLog(client);
          await this.#parts.clock.yieldTurn();
        }
      }
    } catch (error) {
      this.#parts.logger.warn('an event stream was ended: the log cannot be read', { error });
      this.#clients.delete(client);
      client.sink.end();
    } finally {
      client.isPumping = false;
    }
  }

  #giveFromRing(client: StreamClient): void {
    const { cursor, filter, sink } = client;
    const key = `${sink.encoding.name} ${cursor} ${filter.key}`;
    let chunk = this.#chunks.get(key);
    if (chunk === undefined) {
      const frames = this.#ring.after(cursor, CHUNK).filter(({ event }) => acceptsEvent(filter, event));
      chunk = sink.encoding.events(frames);
      // Clients that resume are at many places: those at one place come together or not at all.
      if (this.#chunks.size >= CHUNKS_KEPT) this.#chunks.clear();
      this.#chunks.set(key, chunk);
    }
    client.cursor = Math.min(cursor + CHUNK, this.#ring.top);
    if (chunk.length > 0) sink.write(chunk);
  }

  /** Events that left the ring. What the log does not have either is told as a gap. */
  #giveFromLog(client: StreamClient): void {
    const { cursor, filter, sink } = client;
    const { log } = this.#parts.events;
    const { floor } = this.#ring;
    if (log.bounds().lastSeq <= cursor) {
      client.cursor = floor;
      sink.skip({ from: cursor + 1, to: floor });
      return;
    }
    const page = log.read({ after: cursor, limit: CHUNK, ...logQueryOf(filter) });
    if (page.gap !== null && page.gap.to > floor) {
      // The newest ones are in the ring, whatever the log has deleted.
      client.cursor = floor;
      sink.skip({ from: page.gap.from, to: floor });
      return;
    }
    client.cursor = Math.max(page.nextAfter, cursor + 1);
    if (page.gap !== null) sink.skip(page.gap);
    const frames = page.items.filter((event) => acceptsEvent(filter, event)).map(eventFrame);
    if (frames.length > 0) sink.write(sink.encoding.events(frames));
  }

  #beat(): void {
    const beats = new Map<string, Buffer>();
    for (const client of this.#clients) {
      const { sink, cursor } = client;
      if (!sink.isFull) {
        client.beatsFull = 0;
        sink.write(shared(beats, sink.encoding, cursor));
      } else if (++client.beatsFull >= STUCK_BEATS) {
        this.#clients.delete(client);
        sink.cut();
      }
    }
    this.#cancelBeat = this.#parts.clock.setTimer(HEARTBEAT_MS, () => this.#beat());
  }
}

function shared(beats: Map<string, Buffer>, encoding: EventEncoding, cursor: number): Buffer {
  const key = `${encoding.name} ${cursor}`;
  const beat = beats.get(key) ?? encoding.heartbeat(cursor);
  beats.set(key, beat);
  return beat;
}
