/**
 * `live-clients PORT websocket|sse`: many clients, which only look when what arrives. They read no JSON, so that the processor they
 * share with the server is left to it.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { TOKEN } from '../../src/api/stub-api.contract.ts';
import { type ArrivalCounts, type Reader, serverSentReader, webSocketReader } from '../support/arrivals.ts';
import { offer } from '../support/child.ts';
import { type Spread, spreadOf } from '../support/spread.ts';
import { createWallClock } from '../support/wall-clock.ts';

/** What arrived at all clients together. */
export interface Arrivals {
  readonly events: number;
  /** From the instant in an event to its arrival, ms; `null` without any. */
  readonly delivery: Spread | null;
  readonly metricsFrames: number;
  /** Of whole frames of figures; `null` without any. */
  readonly metricsDelivery: Spread | null;
  readonly bytes: number;
}

const [, , port = '', protocol = 'websocket'] = process.argv;
const now = createWallClock();
const sockets: Socket[] = [];
const counts: ArrivalCounts = { eventMs: [], metricsFrames: 0, metricsMs: [] };
let bytes = 0;

/** One for all: what is read is counted before the next socket is. */
const buffer = Buffer.alloc(256 * 1024);

offer({ open, take, close }, () => {
  for (const socket of sockets) socket.destroy();
});

/** Opens so many clients, some at a time. */
async function open(count: number, isBusy: boolean): Promise<void> {
  for (let opened = 0; opened < count; opened += 20) {
    await Promise.all(Array.from({ length: Math.min(20, count - opened) }, () => openOne(isBusy)));
  }
}

function close(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
}

function take(): Arrivals {
  const { eventMs, metricsFrames, metricsMs } = counts;
  const delivery = eventMs.length === 0 ? null : spreadOf(eventMs);
  const metricsDelivery = metricsMs.length === 0 ? null : spreadOf(metricsMs);
  const taken = { events: eventMs.length, delivery, metricsFrames, metricsDelivery, bytes };
  counts.eventMs = [];
  counts.metricsFrames = 0;
  counts.metricsMs = [];
  bytes = 0;
  return taken;
}

async function openOne(isBusy: boolean): Promise<void> {
  const isWebSocket = protocol === 'websocket';
  let read: Reader | null = null;
  let wake = (_head: string) => {};
  const next = () =>
    new Promise<string>((resolve) => {
      wake = resolve;
    });
  const callback = (count: number) => {
    bytes += count;
    const chunk = buffer.subarray(0, count);
    if (read === null) wake(chunk.toString('latin1'));
    else read(chunk);
    return true;
  };
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true, onread: { buffer, callback } });
  sockets.push(socket);
  socket.on('error', () => {});
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  if (isWebSocket) {
    const key = randomBytes(16).toString('base64');
    const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`;
    socket.write(`GET /api/v1/live HTTP/1.1\r\n${head}${upgrade}\r\n`);
    await next();
    read = webSocketReader(counts, now);
    socket.write(masked(JSON.stringify({ type: 'subscribe', metrics: isBusy })));
  } else {
    socket.write(`GET /api/v1/events/stream?metrics=${isBusy} HTTP/1.1\r\n${head}\r\n`);
    await next();
    read = serverSentReader(counts, now);
  }
}

/** A text as a client's message: final, masked, shorter than 126 bytes. */
function masked(text: string): Buffer {
  const payload = Buffer.from(text);
  const key = randomBytes(4);
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ (key[index % 4] ?? 0);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), key, payload]);
}
