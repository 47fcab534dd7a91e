import { gapAt } from '../../events/log-entry.ts';
import type { EventType, TidewatchEvent } from '../../model/events.ts';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { EventGap } from '../contract/event-schemas.ts';
import type { EventsPort } from '../ports.ts';
import { EventRing, eventFrame } from './event-ring.ts';

/** What a stream is written to: a server's response. */
export interface StreamSink {
  /** `false`: full, wait for `drain`. */
  write(chunk: Buffer | string): boolean;
  once(event: 'drain', listener: () => void): unknown;
  end(): unknown;
  destroy(): unknown;
}

/** What a client wants to see. */
export interface StreamRequest {
  /** Cursor; from now on unless given. */
  readonly after: number | undefined;
  /** `null`: all. */
  readonly types: ReadonlySet<EventType> | null;
  readonly workspace: string | null;
}

/** Keeps a connection through proxies, which cut idle ones after 60 s or less, and shows a dead client. */
const HEARTBEAT_MS = 15_000;

/** A client that takes nothing for so many heartbeats is cut; it can resume. */
const STUCK_BEATS = 4;

/** Events given to one client in one go. */
const CHUNK = 256;

/** A reconnecting browser waits this long. */
const RETRY_MS = 2_000;

interface StreamClient {
  readonly sink: StreamSink;
  readonly request: StreamRequest;
  /** Last sequence number given or passed over. */
  cursor: number;
  /** The sink is full. */
  isFull: boolean;
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
  #cancelBeat: CancelTimer;
  #isFlushDue = false;
  #isClosed = false;
  #shared: { readonly from: number; readonly to: number; readonly chunk: Buffer } | null = null;

  constructor(parts: { events: EventsPort; clock: Clock; logger: Logger }) {
    this.#parts = parts;
    const { events } = parts;
    this.#ring = new EventRing(Math.max(events.log.bounds().lastSeq, events.getStats().store.lastSeq));
    this.#unsubscribe = events.on('*', (event) => this.#take(event), { name: 'event streams' });
    this.#cancelBeat = parts.clock.setTimer(HEARTBEAT_MS, () => this.#beat());
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Newest sequence number told. */
  get lastSeq(): number {
    return this.#ring.top;
  }

  /** Begins a stream. Gives how to take the client away when its connection ends. */
  add(sink: StreamSink, request: StreamRequest): () => void {
    const { top } = this.#ring;
    const after = request.after ?? top;
    // What is in the log may not have come here yet.
    const isOurs = after <= Math.max(top, this.#parts.events.log.bounds().lastSeq);
    const client = { sink, request, cursor: isOurs ? after : top, isFull: false, isPumping: false, beatsFull: 0 };
    if (this.#isClosed) {
      sink.end();
      return () => {};
    }
    this.#clients.add(client);
    const gap = isOurs ? null : gapAt(after, { firstSeq: 1, lastSeq: top });
    this.#write(client, `retry: ${RETRY_MS}\n${gap === null ? '' : gapFrame(gap)}id: ${client.cursor}\n\n`);
    void this.#pump(client);
    return () => this.#clients.delete(client);
  }

  /** Ends all streams; their clients resume elsewhere or later. */
  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#cancelBeat();
    for (const { sink } of this.#clients) sink.end();
    this.#clients.clear();
  }

  #take(event: TidewatchEvent): void {
    this.#ring.push(event);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    // Once per turn: a burst becomes one write per client.
    void this.#parts.clock.yieldTurn().then(() => {
      this.#isFlushDue = false;
      for (const client of this.#clients) void this.#pump(client);
    });
  }

  async #pump(client: StreamClient): Promise<void> {
    if (client.isPumping) return;
    client.isPumping = true;
    try {
      while (this.#clients.has(client) && !client.isFull && client.cursor < this.#ring.top) {
        if (client.cursor >= this.#ring.floor) this.#write(client, this.#fromRing(client));
        else {
          this.#write(client, this.#fromLog(client));
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

  #fromRing(client: StreamClient): Buffer | string {
    const { cursor, request } = client;
    const isUnfiltered = request.types === null && request.workspace === null;
    const shared = this.#shared;
    if (isUnfiltered && shared?.from === cursor && shared.to === Math.min(cursor + CHUNK, this.#ring.top)) {
      client.cursor = shared.to;
      return shared.chunk;
    }
    const frames = this.#ring.after(cursor, CHUNK);
    client.cursor = frames.at(-1)?.seq ?? this.#ring.top;
    const text = frames.map(({ event, text }) => (isWanted(event, request) ? text : '')).join('');
    if (!isUnfiltered) return text;
    const chunk = Buffer.from(text);
    this.#shared = { from: cursor, to: client.cursor, chunk };
    return chunk;
  }

  /** Events that left the ring. What the log does not have either is told as a gap. */
  #fromLog(client: StreamClient): string {
    const { cursor, request } = client;
    const { log } = this.#parts.events;
    const { floor } = this.#ring;
    if (log.bounds().lastSeq <= cursor) {
      client.cursor = floor;
      return gapFrame({ from: cursor + 1, to: floor });
    }
    const { types, workspace } = request;
    const page = log.read({
      after: cursor,
      limit: CHUNK,
      ...(types && { types: [...types] }),
      ...(workspace !== null && { workspaceId: workspace }),
    });
    client.cursor = Math.max(page.nextAfter, cursor + 1);
    return `${page.gap === null ? '' : gapFrame(page.gap)}${page.items.map(eventFrame).join('')}`;
  }

  #write(client: StreamClient, chunk: Buffer | string): void {
    if (chunk.length === 0 || client.sink.write(chunk)) return;
    client.isFull = true;
    client.sink.once('drain', () => {
      client.isFull = false;
      client.beatsFull = 0;
      void this.#pump(client);
    });
  }

  #beat(): void {
    for (const client of this.#clients) {
      // The cursor goes along, so that a filtered client resumes where it is and not at its last event.
      if (!client.isFull) this.#write(client, `: heartbeat\nid: ${client.cursor}\n\n`);
      else if (++client.beatsFull >= STUCK_BEATS) {
        this.#clients.delete(client);
        client.sink.destroy();
      }
    }
    this.#cancelBeat = this.#parts.clock.setTimer(HEARTBEAT_MS, () => this.#beat());
  }
}

function isWanted(event: TidewatchEvent, { types, workspace }: StreamRequest): boolean {
  return (types === null || types.has(event.type)) && (workspace === null || event.workspaceId === workspace);
}

/** Tells what can no longer be given. */
function gapFrame(gap: EventGap): string {
  return `event: gap\ndata: ${JSON.stringify(gap)}\n\n`;
}
