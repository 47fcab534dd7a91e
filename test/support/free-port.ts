import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A TCP port of the loopback that is free, below those the system gives away by itself. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const outcome = Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)]);
    server.listen(port, '127.0.0.1');
    const isFree = await outcome;
    server.close();
    if (isFree) return port;
  }
}
