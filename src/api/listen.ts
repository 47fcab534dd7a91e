import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { TidewatchError } from '../model/errors.ts';
import { formatListenAddress, type ListenAddress } from '../runtime/listen-address.ts';

/** Begins to listen. Gives the true address (port 0 became a number). Throws `listen_failed` with what to do. */
export async function listen(app: FastifyInstance, address: ListenAddress): Promise<ListenAddress> {
  try {
    if (address.kind === 'unix') {
      await removeStaleSocket(address.path);
      await app.listen({ path: address.path });
      // The token is asked for on the socket too; its mode is a second lock.
      await chmod(address.path, 0o660);
      return address;
    }
    await app.listen({ host: address.host, port: address.port });
    const bound = app.server.address();
    return bound !== null && typeof bound === 'object' ? { ...address, port: bound.port } : address;
  } catch (error) {
    throw listenFailed(error, formatListenAddress(address));
  }
}

/** A socket nobody listens on, left by a process that was killed. Anything else at the path is left alone. */
async function removeStaleSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isSocket() && !(await answers(path))) await unlink(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use. Stop the program that uses it, or set listen to another address',
  EADDRNOTAVAIL: 'this machine does not have this address. Set listen to 127.0.0.1:PORT or to one it has',
  EACCES: 'this user may not listen there. Use a port of 1024 or higher, or a folder of this user',
  ENOTFOUND: 'there is no such host name. Set listen to a number or a name of this machine',
  ENOENT: 'its folder does not exist. Make the folder first',
};

function listenFailed(error: unknown, address: string): TidewatchError {
  const { code, message } = error as { code?: string; message?: string };
  const why = REMEDIES[code ?? ''] ?? message ?? String(error);
  return new TidewatchError('listen_failed', `cannot listen on ${address}: ${why}`, { cause: error });
}
