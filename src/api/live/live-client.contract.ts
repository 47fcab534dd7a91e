import type { Socket } from 'node:net';
import { expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { ListenAddress } from '../../runtime/listen-address.ts';
import type { ServerFrame } from '../contract/live-frames.ts';
import { AUTHORIZED } from '../stub-api.contract.ts';

type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { readonly type: T }>;

const eventually = { timeout: 20_000, interval: 5 };

/** A WebSocket client for tests: it keeps what it is sent. */
export class LiveTestClient {
  readonly ws: WebSocket;
  readonly frames: ServerFrame[] = [];
  closed: { readonly code: number; readonly reason: string } | null = null;
  refused: number | null = null;
  /** The connection below, which can stop reading. */
  socket: Socket | null = null;

  constructor(address: ListenAddress, headers: Record<string, string> = {}) {
    const port = address.kind === 'tcp' ? address.port : 0;
    this.ws = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, {
      headers: { authorization: AUTHORIZED.authorization, ...headers },
      perMessageDeflate: false,
    });
    this.ws.on('upgrade', ({ socket }) => {
      this.socket = socket;
    });
    this.ws.on('message', (data) => this.frames.push(JSON.parse(String(data)) as ServerFrame));
    this.ws.on('unexpected-response', (_request, response) => {
      this.refused = response.statusCode ?? 0;
      this.ws.terminate();
    });
    this.ws.on('error', () => {});
    this.ws.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
  }

  async opened(): Promise<this> {
    await vi.waitFor(() => expect(this.ws.readyState).toBe(WebSocket.OPEN), eventually);
    return this;
  }

  /** Subscribes, and waits for the snapshot. */
  async subscribe(fields: object = {}): Promise<this> {
    await this.opened();
    const before = this.of('snapshot').length;
    this.send({ type: 'subscribe', ...fields });
    await this.until(() => expect(this.of('snapshot').length).toBeGreaterThan(before));
    return this;
  }

  send(frame: unknown): void {
    this.ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  of<T extends ServerFrame['type']>(type: T): FrameOf<T>[] {
    return this.frames.filter((frame): frame is FrameOf<T> => frame.type === type);
  }

  get seqs(): number[] {
    return this.of('event').map(({ event }) => event.seq);
  }

  get types(): string[] {
    return this.frames.map(({ type }) => type);
  }

  until(check: () => unknown): Promise<unknown> {
    return vi.waitFor(check, eventually);
  }
}
