import type { IncomingHttpHeaders } from 'node:http';
import { userInfo } from 'node:os';
import { TidewatchError } from '../../model/errors.ts';
import { detach } from '../../runtime/detached-text.ts';
import { asObject, asText } from './json-value.ts';
import { tlsFailureReason } from './tls-failure.ts';

/** What was being done where, for the message. */
export interface CallPlace {
  /** The endpoint's address. */
  readonly url: string;
  /** As in `GET /containers/json`. */
  readonly what: string;
}

/** What a socket, the HTTP parser or TLS threw → an error with a code. */
export function classifyThrown(thrown: unknown, place: CallPlace): TidewatchError {
  if (thrown instanceof TidewatchError) return thrown;
  const cause = firstOf(thrown);
  const code = asText(asObject(cause)?.code, 100) ?? '';
  const text = shorten(cause instanceof Error ? cause.message : String(cause));
  const make = (kind: ConstructorParameters<typeof TidewatchError>[0], message: string) =>
    new TidewatchError(kind, message, { cause: thrown });
  if (code === 'EACCES' || code === 'EPERM') {
    return make(
      'engine_permission',
      `${userName()} may not open ${place.url}. Join the docker group and log in again, run as root, or use a socket proxy.`,
    );
  }
  if (code === 'ENOENT') {
    return make(
      'engine_unreachable',
      `There is no socket at ${place.url}. Start the engine, or name another one (engine.host, --host, DOCKER_HOST).`,
    );
  }
  if (code === 'ECONNREFUSED') {
    return make(
      'engine_unreachable',
      `Nothing listens at ${place.url}. Start the engine, or name another one (engine.host, --host, DOCKER_HOST).`,
    );
  }
  if (code === 'ETIMEDOUT') return make('engine_timeout', `The connection to ${place.url} timed out (${place.what}).`);
  const tlsReason = tlsFailureReason(code, { text, url: place.url });
  if (tlsReason !== null) {
    return make('engine_tls', `The encrypted connection to ${place.url} failed: ${tlsReason}`);
  }
  if (code.startsWith('HPE_')) {
    return make('engine_bad_answer', `${place.url} does not answer in HTTP (${place.what}): ${text}`);
  }
  return make('engine_unreachable', `The connection to ${place.url} broke (${place.what}): ${text}`);
}

/** Happy-eyeballs connects throw an AggregateError: its first error tells as much as all of them. */
function firstOf(thrown: unknown): unknown {
  return thrown instanceof AggregateError && thrown.errors.length > 0 ? thrown.errors[0] : thrown;
}

function userName(): string {
  try {
    return `User "${userInfo().username}"`;
  } catch {
    // A uid without an entry in the password file, as in many containers.
    return 'This user';
  }
}

/** An answer with a status that is no success → an error with a code. */
export function classifyStatus(
  { status, headers, body }: { status: number; headers: IncomingHttpHeaders; body: string },
  place: CallPlace,
): TidewatchError {
  const said = tell(headers, body);
  if (status === 400 && /HTTP request to an HTTPS server/i.test(body)) {
    return new TidewatchError('engine_tls', `${place.url} wants an encrypted connection. Set engine.tls.`);
  }
  // In the engine's words only: a proxy that does not know the path must not make a container look removed.
  if (status === 404 && /no such container/i.test(engineMessage(body) ?? '')) {
    return new TidewatchError('engine_no_such_container', `${place.url} knows no such container (${place.what}).`);
  }
  if (status === 401 || status === 403 || status === 407) {
    return new TidewatchError(
      'engine_forbidden',
      `${place.url} refuses ${place.what} (${status}): ${said}. A socket proxy needs CONTAINERS=1, EVENTS=1 and PING=1.`,
    );
  }
  // A proxy whose engine is gone; the engine itself uses neither for the calls made here.
  if (status === 502 || status === 503) {
    return new TidewatchError('engine_unreachable', `${place.url} has no engine behind it (${status}): ${said}`);
  }
  if (status === 504) return new TidewatchError('engine_timeout', `${place.url} answered ${status}: ${said}`);
  return new TidewatchError('engine_bad_answer', `${place.url} answered ${place.what} with ${status}: ${said}`);
}

/** The engine's own words; of a page of a proxy, only that it was one. */
export function tell(headers: IncomingHttpHeaders, body: string): string {
  const message = engineMessage(body);
  if (message !== null) return shorten(message);
  if (/html/i.test(headers['content-type'] ?? '') || /^\s*</.test(body)) return 'a web page, not the engine';
  return shorten(body.trim()) || 'no explanation';
}

/** `message` of the engine's JSON errors. */
export function engineMessage(body: string): string | null {
  try {
    return asText(asObject(JSON.parse(body))?.message, 1000);
  } catch {
    return null;
  }
}

const MAX_WORDS = 300;

/** One printable line of bounded length. */
export function shorten(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length <= MAX_WORDS ? line : `${detach(line.slice(0, MAX_WORDS))}…`;
}
