import { TidewatchError } from '../model/errors.ts';
import type { FetchLike, SocketFactory, SocketLike } from './client-request.ts';
import { type Destination, socketPathOf } from './destination.ts';

/** Plain fetch, or in Node one that can what fetch cannot. Throws `bad_request` where there is none. */
export async function fetchFor(to: Destination): Promise<FetchLike> {
  if (socketPathOf(to.url) === undefined && to.ca === undefined) return globalThis.fetch;
  if (!isNode()) throw new TidewatchError('bad_request', 'a browser reaches no unix socket, and trusts whom it trusts');
  const { nodeFetch } = await import('./node-transport.ts');
  return nodeFetch(to);
}

/** Node before 22 has no WebSocket, and later ones send no token; the package is not loaded in a browser. */
export async function socketFor(to: Destination): Promise<SocketFactory> {
  if (!isNode()) return (url) => new browserGlobals.WebSocket(url);
  const { nodeSocket } = await import('./node-transport.ts');
  return nodeSocket(to);
}

function isNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined;
}

const browserGlobals = globalThis as unknown as { readonly WebSocket: new (url: string) => SocketLike };
