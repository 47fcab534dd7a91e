/**
 * `live-clients PORT websocket|sse`: many clients, which only look when what arrives. They read no JSON, so that the processor they
 * share with the server is left to it.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { TOKEN } from '../../src/api/stub-api.contract.ts';
import { offer } from '../support/child.ts';
import { type Spread, spreadOf } from '../support/spread.ts';
import { createWallClock } from '../support/wall-clock.ts';

/** What arrived at all clients together. */
export interface Arrivals {
  readonly events: number;
  /** From the instant in an event to its arrival, ms; `null` without any. */
  readonly delivery: Spread | null;
  readonly metricsFrames: number;
  readonly bytes: number;
}

const [, , port = '', protocol = 'websocket'] = process.argv;
const now = createWallClock();
const EVENT = Buffer.from('told at <');
const EVENT_LENGTH = EVENT.length + '1795627614183.123'.length;
const METRICS = Buffer.from('"samples":[');

const sockets: Socket[] = [];
let eventMs: number[] = [];
let metricsFrames = 0;
let bytes = 0;

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
  const delivery = eventMs.length === 0 ? null : spreadOf(eventMs);
  const taken = { events: eventMs.length, delivery, metricsFrames, bytes };
  eventMs = [];
  metricsFrames = 0;
  bytes = 0;
  return taken;
}

async function openOne(isBusy: boolean): Promise<void> {
  const socket = connect(Number(port), '127.0.0.1');
  sockets.push(socket);
  socket.setNoDelay(true).on('error', () => {});
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  if (protocol === 'sse') {
    socket.write(`GET /api/v1/events/stream?metrics=${isBusy} HTTP/1.1\r\n${head}\r\n`);
  } else {
    const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`;
    const key = randomBytes(16).toString('base64');
    socket.write(`GET /api/v1/live HTTP/1.1\r\n${head}${upgrade}Sec-WebSocket-Key: ${key}\r\n\r\n`);
    await once(socket, 'data');
    socket.write(masked(JSON.stringify({ type: 'subscribe', metrics: isBusy })));
  }
  await once(socket, 'data');
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = look(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), chunk.length);
  });
}

/** Counts what is in the bytes; gives those at the end that may be half of something. */
function look(data: Buffer, newBytes: number): Buffer {
  bytes += newBytes;
  const at = now();
  let end = 0;
  for (let found = data.indexOf(METRICS); found >= 0; found = data.indexOf(METRICS, found + METRICS.length)) {
    metricsFrames += 1;
    end = found + METRICS.length;
  }
  for (let found = data.indexOf(EVENT); found >= 0; found = data.indexOf(EVENT, found + EVENT_LENGTH)) {
    if (data.length < found + EVENT_LENGTH) return Buffer.from(data.subarray(found));
    end = Math.max(end, found + EVENT_LENGTH);
    eventMs.push(at - Number(data.toString('latin1', found + EVENT.length, found + EVENT_LENGTH)));
  }
  return Buffer.from(data.subarray(Math.max(end, data.length - EVENT_LENGTH)));
}

/** A text as a client's message: final, masked, shorter than 126 bytes. */
function masked(text: string): Buffer {
  const payload = Buffer.from(text);
  const key = randomBytes(4);
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ (key[index % 4] ?? 0);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), key, payload]);
}
