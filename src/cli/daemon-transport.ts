import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { FetchLike } from '../client/client.ts';
import { TidewatchError } from '../model/errors.ts';
import type { DaemonAddress } from './daemon-address.ts';
import type { Seat } from './seat.ts';

/**
 * How calls reach a daemon: by plain fetch, or, which fetch cannot, through a unix socket or with an authority of the user's
 * own (`--ca`, `TIDEWATCH_CA`). Throws `usage` when that cannot be read.
 */
export function daemonTransport({ options, io }: Pick<Seat, 'options' | 'io'>, { url }: DaemonAddress): FetchLike {
  const socketPath = /^unix:(.*)$/.exec(url)?.[1];
  if (socketPath !== undefined) {
    return (call, init) =>
      fetchOver(httpRequest, { socketPath, host: 'localhost', path: call.slice(url.length) }, init);
  }
  const ca = options.ca ?? (io.env.TIDEWATCH_CA || undefined);
  if (ca === undefined || !url.startsWith('https:')) return io.fetch;
  const authority = readAuthority(resolve(io.cwd, ca), options.ca === undefined ? 'TIDEWATCH_CA' : '--ca');
  return (call, init) => {
    const { hostname, port, pathname, search } = new URL(call);
    const target = { host: hostname.replace(/^\[|\]$/g, ''), port, path: `${pathname}${search}`, ca: authority };
    return fetchOver(httpsRequest, target, init);
  };
}

function readAuthority(file: string, from: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
    throw new Error('it holds no PEM certificate');
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw new TidewatchError('usage', `${from}: ${file} cannot be used (${code ?? message})`, { cause: error });
  }
}

/** The part of fetch that the client needs. */
function fetchOver(
  begin: (options: RequestOptions, answer: (message: IncomingMessage) => void) => ReturnType<typeof httpRequest>,
  target: RequestOptions,
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
