import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { WebSocket } from 'ws';
import type { FetchLike, SocketFactory } from './client-request.ts';
import { type Destination, socketPathOf } from './destination.ts';

/** A daemon that does not answer is not waited for longer. */
const HANDSHAKE_MS = 30_000;

/** WebSockets of Node, which can send the token, reach a unix socket and trust an authority of the program's own. */
export function nodeSocket({ url, ca }: Destination): SocketFactory {
  const socketPath = socketPathOf(url);
  const over = socketPath === undefined ? {} : { createConnection: () => connect(socketPath) };
  const shared = { ...over, ...(ca !== undefined && { ca }), perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MS };
  return (address, headers) => new WebSocket(address, { ...shared, headers: { ...headers } });
}

/** What fetch cannot: through a unix socket, or with an authority of the program's own. */
export function nodeFetch({ url, ca }: Destination): FetchLike {
  const socketPath = socketPathOf(url);
  if (socketPath !== undefined) {
    const base = url.replace(/\/+$/, '').length;
    return (call, init) => fetchOver(httpRequest, { socketPath, host: 'localhost', path: call.slice(base) }, init);
  }
  return (call, init) => {
    const { protocol, hostname, port, pathname, search } = new URL(call);
    const target = { host: hostname.replace(/^\[|\]$/g, ''), port, path: `${pathname}${search}` };
    return protocol === 'https:'
      ? fetchOver(httpsRequest, { ...target, ca }, init)
      : fetchOver(httpRequest, target, init);
  };
}

/** The part of fetch that the client needs. */
function fetchOver(
  begin: (options: RequestOptions, answer: (message: IncomingMessage) => void) => ReturnType<typeof httpRequest>,
  target: RequestOptions & { readonly ca?: string | undefined },
  { method = 'GET', headers, body, signal }: RequestInit,
): Promise<Response> {
  return new Promise((answer, reject) => {
    const options = { ...target, method, headers: { ...(headers as Record<string, string>) } };
    const request = begin({ ...options, ...(signal && { signal }) }, (message) => answer(responseOf(message)));
    // Who aborts wants the own reason back, as fetch gives it.
    request.once('error', (error) => reject(signal?.aborted ? signal.reason : error));
    request.end(typeof body === 'string' ? body : undefined);
  });
}

function responseOf(message: IncomingMessage): Response {
  const status = message.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const hasBody = status !== 204 && status !== 304;
  if (!hasBody) message.resume();
  const body = hasBody ? (Readable.toWeb(message) as ReadableStream) : null;
  return new Response(body, { status, headers });
}
