import { ERRORS, type ErrorCode, TidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { foregroundClock } from '../runtime/foreground-clock.ts';
import { fetchFor } from './transport.ts';

/** The part of a `WebSocket` that is needed. */
export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
  /** Stops reading, where that is possible: the daemon then waits. */
  pause?(): void;
  resume?(): void;
}

/** Begins a connection. Browsers let nobody set headers: there a session takes the place of the token. */
export type SocketFactory = (url: string, headers: Readonly<Record<string, string>>) => SocketLike;

/** The part of `fetch` that is needed, so that another transport can take its place. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

export interface ClientOptions {
  /** As in `http://127.0.0.1:7420`, in Node also `unix:/path`; empty in a page that the daemon itself serves. */
  readonly url: string;
  /** The admin token, or one made with `tidewatch token create`; a page that is logged in needs none. */
  readonly token?: string | undefined;
  /** PEM certificates of the authorities that may have signed the daemon's, instead of those that Node knows; not in browsers. */
  readonly ca?: string | undefined;
  readonly fetch?: FetchLike;
  /** Makes the connections of `live()`: the browser's `WebSocket`, in Node the package `ws`, unless given. */
  readonly webSocket?: SocketFactory;
  /** Ends all calls and streams of this client. */
  readonly signal?: AbortSignal;
  /** How calls and streams wait between attempts. Its waiting must keep the process alive, or a program ends while the daemon restarts. */
  readonly clock?: Pick<Clock, 'sleep'>;
}

export interface ApiCall {
  readonly method: string;
  readonly path: string;
  /** Values that are not given are left out; a list repeats its name. */
  readonly query?: object | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends this call. */
  readonly signal?: AbortSignal | undefined;
  /** A status beside 2xx that is an answer and no error. */
  readonly alsoGood?: number;
}

/** A sync of ten thousand containers is answered well within it. */
const ANSWER_MS = 60_000;

/** A read that is refused as one of too many waits so often, and so long at most; then the caller hears of it. */
const WAITS_MOST = 3;
const WAIT_MOST_MS = 5_000;

/** Calls the API and gives the JSON of the answer. Throws TidewatchError with the server's code, or `daemon_unreachable`. */
export async function callJson<T>(options: ClientOptions, call: ApiCall): Promise<T> {
  const response = await sendPatiently(options, call);
  try {
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  } catch (error) {
    throwIfAborted(options, call);
    throw notTidewatch(options, error);
  }
}

/** Reads that were too many are tried again when the daemon says; a change is for the caller to repeat. */
async function sendPatiently(options: ClientOptions, call: ApiCall): Promise<Response> {
  const { clock = foregroundClock } = options;
  const signals = [AbortSignal.timeout(ANSWER_MS), call.signal].filter((signal) => signal !== undefined);
  const signal = AbortSignal.any(signals);
  const ends = AbortSignal.any([signal, ...(options.signal ? [options.signal] : [])]);
  for (let waits = 0; ; waits += 1) {
    try {
      return await send(options, { ...call, signal });
    } catch (error) {
      const waitMs = call.method === 'GET' && waits < WAITS_MOST ? waitOf(error) : undefined;
      if (waitMs === undefined) throw error;
      await clock.sleep(waitMs, ends);
      throwIfAborted(options, call);
    }
  }
}

function waitOf(error: unknown): number | undefined {
  if (!(error instanceof TidewatchError) || error.code !== 'too_many_requests') return undefined;
  const { retryAfterMs } = error;
  return retryAfterMs !== undefined && retryAfterMs <= WAIT_MOST_MS ? retryAfterMs : undefined;
}

/** The same for a streamed answer: gives the response when its head is there. */
export async function send(options: ClientOptions, call: ApiCall): Promise<Response> {
  const { url, token, signal } = options;
  const fetch = options.fetch ?? (await fetchFor(options));
  const signals = [signal, call.signal].filter((one) => one !== undefined);
  const headers: Record<string, string> = { accept: 'application/json', ...call.headers };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (call.body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(`${url.replace(/\/+$/, '')}${call.path}${queryText(call.query)}`, {
      method: call.method,
      headers,
      // A log-in page instead of an answer would look like one.
      redirect: 'manual',
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
    });
  } catch (error) {
    throwIfAborted(options, call);
    throw unreachable(options, error);
  }
  if (response.ok || response.status === call.alsoGood) return response;
  throw await problemError(options, response);
}

function throwIfAborted(options: ClientOptions, call: ApiCall): void {
  options.signal?.throwIfAborted();
  // The time limit is ours and becomes an error of the table; the caller's own abort stays what it is.
  if (call.signal?.aborted && !isTimeout(call.signal.reason)) throw call.signal.reason;
}

function queryText(query: object = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) parameters.append(name, String(one));
    }
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}

async function problemError(options: ClientOptions, response: Response): Promise<TidewatchError> {
  const problem: unknown = await response.json().catch(() => undefined);
  const { code, detail } = (typeof problem === 'object' && problem !== null ? problem : {}) as Record<string, unknown>;
  if (typeof code !== 'string' || typeof detail !== 'string') {
    if (response.status === 401) return new TidewatchError('unauthorized', ERRORS.unauthorized.meaning);
    return notTidewatch(options, `HTTP status ${response.status}`);
  }
  const retryAfterMs = retryAfterOf(response);
  return new TidewatchError(isErrorCode(code) ? code : codeOfStatus(response.status), detail, { retryAfterMs });
}

/** The daemon gives whole seconds; a date, which is allowed too, no daemon gives. */
function retryAfterOf({ headers }: Response): number | undefined {
  const seconds = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** For codes of a newer daemon. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  return status < 500 ? 'bad_request' : 'internal';
}

/** What OpenSSL and Node say of a certificate: not signed by whom one trusts, of another name, over. */
const NOT_ACCEPTED = /^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|INVALID_CA|ERR_TLS_CERT_)/;

function unreachable({ url }: ClientOptions, error: unknown): TidewatchError {
  const cause = causeOf(error);
  if (NOT_ACCEPTED.test(cause)) {
    const refusal = `the certificate of the daemon at ${url} is not accepted (${cause}). ${ERRORS.daemon_tls.meaning}`;
    return new TidewatchError('daemon_tls', refusal, { cause: error });
  }
  const why = isTimeout(error) ? `it did not answer within ${ANSWER_MS / 1000} s` : cause;
  const message = `no Tidewatch daemon answers at ${url || 'this address'} (${why}). Start one with: tidewatch serve`;
  return new TidewatchError('daemon_unreachable', message, { cause: error });
}

function notTidewatch({ url }: ClientOptions, why: unknown): TidewatchError {
  const what = why instanceof Error ? causeOf(why) : String(why);
  const message = `what answers at ${url || 'this address'} is no Tidewatch daemon (${what}). Check the address`;
  return new TidewatchError('daemon_unreachable', message, { cause: why });
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

/** `ECONNREFUSED` and the like; fetch hides it in the cause of "fetch failed". */
function causeOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  const { code, message } = cause as { code?: unknown; message?: string };
  return typeof code === 'string' ? code : (message ?? String(error));
}
