import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type StubApi, stubApi, TOKEN } from './stub-api.contract.ts';

let stub: StubApi;
let port: number;
beforeEach(async () => {
  stub = await stubApi();
  await stub.api.listen();
  const address = stub.api.address();
  port = address.kind === 'tcp' ? address.port : 0;
});
afterEach(() => stub.close());

/** Generous: the machine may be loaded. */
const WAIT = { timeout: 15_000, interval: 5 };

const HOST = 'Host: localhost\r\n';
const AUTHORIZED = `${HOST}Authorization: Bearer ${TOKEN}\r\n`;
const HEALTH = `GET /healthz HTTP/1.1\r\n${HOST}\r\n`;
const STREAM = `GET /api/v1/events/stream HTTP/1.1\r\n${AUTHORIZED}\r\n`;
const UPGRADE = `GET /api/v1/live HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;

/** Sends it all in one piece; gives what comes until the end, and the connection. */
function send(text: string): { readonly socket: Socket; readonly received: Promise<string> } {
  const socket = connect({ port, host: '127.0.0.1' }).setEncoding('utf8');
  const received = new Promise<string>((resolve, reject) => {
    let all = '';
    socket.on('data', (data) => {
      all += String(data);
    });
    socket.once('error', reject).once('close', () => resolve(all));
  });
  socket.write(text);
  return { socket, received };
}

test.each([
  ['one that is answered at once', HEALTH],
  ['several', `${HEALTH}${HEALTH}`],
  ['a stream', STREAM],
  ['two streams', `${STREAM}${STREAM}`],
])(
  'an upgrade in one piece with requests before it ends its connection and nothing else: %s',
  async (_what, before) => {
    expect(await send(`${before}${UPGRADE}`).received).toMatch(/^HTTP\/1\.1 200 /);
    await vi.waitFor(() => expect(stub.api.getStats().streams).toBe(0), WAIT);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  },
);

test('streams that wait behind another one of their connection end with it', async () => {
  const { socket, received } = send(`${STREAM}${STREAM}${STREAM}`);
  await vi.waitFor(() => expect(stub.api.getStats().streams).toBe(3), WAIT);
  socket.destroy();
  await received;
  await vi.waitFor(() => expect(stub.api.getStats()).toMatchObject({ streams: 0, requests: 3 }), WAIT);
});
