import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { toTidewatchError } from '../../model/errors.ts';
import type { EventType } from '../../model/events.ts';
import { normalizeWorkspaceId } from '../../model/workspace-id.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { EventGap } from '../contract/event-schemas.ts';
import type { RESYNC_REASONS, ServerFrame, SubscribeFrame } from '../contract/live-frames.ts';
import { eventFilter } from './event-filter.ts';
import { type EventHub, type EventStream, STUCK_BEATS } from './event-hub.ts';
import type { EventEncoding, EventSink } from './event-sink.ts';
import { encodeFrame, LIMITED_LIVE_ENCODING, LIVE_ENCODING, snapshotParts } from './live-encoding.ts';
import { MessageLimit } from './message-limit.ts';
import type { MetricsHub, MetricsSink } from './metrics-hub.ts';
import type { MetricsFrame } from './metrics-table.ts';
import { readClientFrame } from './read-client-frame.ts';
import type { StateHub, StateSink, StateStream } from './state-hub.ts';
import { type WorkspaceScope, workspaceFilter } from './workspace-filter.ts';

/** What a connection is fed by. */
export interface LiveFeeds {
  readonly events: EventHub;
  readonly states: StateHub;
  readonly metrics: MetricsHub;
  readonly clock: Clock;
}

/** Close codes of RFC 6455, 7.4.1. */
export const CLOSE = { goingAway: 1001, notText: 1003, policy: 1008, failed: 1011 } as const;

/** Who took nothing for so long is told that states and figures in between were not sent. */
const SLOW_MS = 5_000;

type ResyncReason = (typeof RESYNC_REASONS)[number];

/** How long the socket takes nothing already, and whether the client was among the newest events when that began. */
interface Stall {
  readonly since: number;
  readonly wasCurrent: boolean;
}

/** A snapshot takes its time over a slow network: whoever is busy with one is not given the next one for it. */
const TAKING_SNAPSHOT: Stall = { since: Number.POSITIVE_INFINITY, wasCurrent: false };

/**
 * One WebSocket client. What its socket does not take is not queued: events wait in the log, of states and figures it gets those
 * that are newest when it takes something again.
 */
export class LiveConnection implements EventSink, StateSink, MetricsSink {
  readonly encoding: EventEncoding;
  readonly #ws: WebSocket;
  /** Written to directly: messages are made once for all clients, see {@link LIVE_ENCODING}. */
  readonly #socket: Socket;
  readonly #feeds: LiveFeeds;
  readonly #scope: WorkspaceScope | null;
  readonly #limit: MessageLimit;
  #events: EventStream | null = null;
  #states: StateStream | null = null;
  #leaveMetrics = () => {};
  #stall: Stall | null = null;
  #silentBeats = 0;
  /** A subscription that came while the socket took nothing. */
  #waiting: SubscribeFrame | null = null;

  constructor({ ws, socket }: { ws: WebSocket; socket: Socket }, feeds: LiveFeeds, scope: WorkspaceScope | null) {
    this.#ws = ws;
    this.#socket = socket;
    this.#feeds = feeds;
    this.#scope = scope;
    this.encoding = scope === null ? LIVE_ENCODING : LIMITED_LIVE_ENCODING;
    this.#limit = new MessageLimit(feeds.clock);
    socket.on('drain', () => this.#drained());
    ws.on('pong', () => this.#heard());
    ws.on('message', (data, isBinary) => this.#take(data, isBinary));
    ws.on('ping', (data) => this.#pinged(data));
  }

  get isFull(): boolean {
    return this.#socket.writableNeedDrain;
  }

  begin(cursor: number, gap: EventGap | null): void {
    if (gap === null) this.#sendSnapshot(cursor);
    else this.#resync('cursor_unknown', gap, cursor);
  }

  skip(gap: EventGap): void {
    this.#resync('cursor_too_old', gap, gap.to);
  }

  send({ message }: MetricsFrame): void {
    this.write(message);
  }

  write(chunk: Buffer): void {
    // The library has sent a close frame: nothing may come after it.
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    if (this.#socket.write(chunk)) return;
    // At its first events it may be far behind, and that is not for being slow.
    this.#stall ??= { since: this.#feeds.clock.monotonic(), wasCurrent: this.#events?.isCurrent === true };
  }

  end(): void {
    this.close(CLOSE.failed, 'the log cannot be read now; resume later');
  }

  cut(): void {
    this.#ws.terminate();
  }

  /** Says why, and ends it. A client that floods is not read any more while it is told so. */
  close(code: number, reason: string): void {
    this.leave();
    this.#ws.close(code, reason);
    if (code === CLOSE.policy) this.#ws.pause();
  }

  /** To be called in the pace of heartbeats: who is not heard of is cut. */
  beat(): void {
    this.#silentBeats += 1;
    if (this.#silentBeats >= STUCK_BEATS) this.cut();
  }

  /** Gives it nothing more. */
  leave(): void {
    this.#events?.close();
    this.#states?.close();
    this.#leaveMetrics();
    this.#events = null;
    this.#states = null;
    this.#leaveMetrics = () => {};
  }

  /** `false`: it sends too much. */
  #heard(): boolean {
    this.#silentBeats = 0;
    if (this.#ws.readyState !== this.#ws.OPEN) return false;
    const isModest = this.#limit.take();
    if (!isModest) this.close(CLOSE.policy, 'too many messages');
    return isModest;
  }

  #take(data: RawData, isBinary: boolean): void {
    if (!this.#heard()) return;
    if (isBinary) this.close(CLOSE.notText, 'messages are JSON in text frames');
    else this.#read(String(data));
  }

  #read(text: string): void {
    try {
      const frame = readClientFrame(text);
      if (frame.type === 'subscribe') this.#subscribe(frame);
      else if (frame.type === 'ping') this.#tell({ type: 'pong' });
    } catch (thrown) {
      const { code, message } = toTidewatchError(thrown);
      this.#tell({ type: 'error', code, detail: message });
    }
  }

  #pinged(data: Buffer): void {
    if (this.#heard() && !this.isFull) this.#ws.pong(data);
  }

  #tell(frame: ServerFrame): void {
    this.write(encodeFrame(frame));
  }

  #subscribe(frame: SubscribeFrame): void {
    const { events = ['*'], workspaces = ['*'], metrics = false } = frame;
    const types = events.includes('*') ? null : (events as EventType[]);
    const ids = workspaces.includes('*') ? null : workspaces.map(normalizeWorkspaceId);
    if (this.isFull) {
      this.#waiting = frame;
      return;
    }
    const filter = workspaceFilter(ids, this.#scope);
    const after = frame.after ?? this.#events?.cursor;
    this.leave();
    this.#states = this.#feeds.states.add(this, filter);
    this.#events = this.#feeds.events.add(this, { after, filter: eventFilter(types, filter) });
    if (metrics) this.#leaveMetrics = this.#feeds.metrics.add(this, filter);
  }

  #resync(reason: ResyncReason, gap: EventGap | null, seq: number): void {
    this.#tell({ type: 'resync', reason, gap: gap && { ...gap } });
    this.#sendSnapshot(seq);
  }

  #sendSnapshot(seq: number): void {
    if (this.#states === null) return;
    this.#socket.cork();
    for (const part of snapshotParts(seq, this.#states.snapshot())) this.write(part);
    this.#socket.uncork();
    if (this.#stall !== null) this.#stall = TAKING_SNAPSHOT;
  }

  #drained(): void {
    this.#silentBeats = 0;
    const { clock } = this.#feeds;
    const stall = this.#stall;
    this.#stall = null;
    if (this.#waiting !== null) {
      const frame = this.#waiting;
      this.#waiting = null;
      this.#subscribe(frame);
    }
    if (this.#events === null || stall === null) return;
    const isLate = clock.monotonic() - stall.since >= SLOW_MS || (stall.wasCurrent && !this.#events.isCurrent);
    if (isLate) this.#resync('too_slow', null, this.#events.cursor);
    else this.#states?.resume();
    this.#events.resume();
  }
}
