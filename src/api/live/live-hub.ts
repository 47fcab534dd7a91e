import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Grant } from '../../access/grant.ts';
import type { CancelTimer } from '../../runtime/clock.ts';
import { HEARTBEAT_MS } from './event-hub.ts';
import { CLOSE, LiveConnection, type LiveFeeds } from './live-connection.ts';

/** Clients have so long to answer a close frame when the daemon stops. */
const CLOSE_MS = 1_000;

/** All WebSocket clients. */
export class LiveHub {
  readonly #feeds: LiveFeeds;
  readonly #connections = new Set<LiveConnection>();
  #cancelBeat: CancelTimer = () => {};
  #isClosed = false;
  #onEmpty = () => {};

  constructor(feeds: LiveFeeds) {
    this.#feeds = feeds;
  }

  get size(): number {
    return this.#connections.size;
  }

  accept(ends: { readonly ws: WebSocket; readonly socket: Socket }, grant: Pick<Grant, 'scope' | 'onEnd'>): void {
    const connection = new LiveConnection(ends, this.#feeds, grant.scope);
    this.#connections.add(connection);
    if (this.#connections.size === 1) this.#schedule();
    const forgetEnd = grant.onEnd(() => connection.close(CLOSE.policy, 'the right to see this has ended'));
    // What is wrong with it is told by the close code, which the library sends.
    ends.ws.on('error', () => connection.leave());
    ends.ws.on('close', () => {
      forgetEnd();
      this.#remove(connection);
    });
    if (this.#isClosed) connection.close(CLOSE.goingAway, STOPPING);
  }

  /** Ends all connections, and waits until they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const empty = new AbortController();
    this.#onEmpty = () => empty.abort();
    for (const connection of this.#connections) connection.close(CLOSE.goingAway, STOPPING);
    if (this.#connections.size > 0) await this.#feeds.clock.sleep(CLOSE_MS, empty.signal);
    for (const connection of this.#connections) connection.cut();
    this.#cancelBeat();
  }

  #remove(connection: LiveConnection): void {
    connection.leave();
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    this.#cancelBeat();
    this.#onEmpty();
  }

  #schedule(): void {
    this.#cancelBeat = this.#feeds.clock.setTimer(HEARTBEAT_MS, () => {
      for (const connection of this.#connections) connection.beat();
      this.#schedule();
    });
  }
}

const STOPPING = 'the daemon is stopping';
