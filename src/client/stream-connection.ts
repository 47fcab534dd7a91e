import { TidewatchError, toTidewatchError } from '../model/errors.ts';
import { createBackoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { foregroundClock } from '../runtime/foreground-clock.ts';
import { type ClientOptions, send } from './client-request.ts';
import { createEventParser, type ServerSentEvent } from './server-sent-events.ts';

/** How a stream is kept. */
export interface ConnectionOptions {
  /** Ends the stream. */
  readonly signal?: AbortSignal;
  /** The stream stands, the first time and after each loss. What is read from now on is up to date. */
  readonly onConnect?: () => void;
  /** The same, but only after a loss. */
  readonly onReconnect?: () => void;
  /** The connection is lost and will be tried again. */
  readonly onDisconnect?: (error: TidewatchError, retryInMs: number) => void;
  /** Keeps trying when the daemon cannot be reached in the first place; otherwise that is thrown. */
  readonly waitForDaemon?: boolean;
}

/** First try again soon, as a restarting daemon is back within a second; later without pressing it. */
const RETRY = { initialMs: 250, maxMs: 15_000 };

/** The daemon sends something every 15 s; three times nothing is a dead connection. */
const SILENCE_MS = 45_000;

/**
 * What comes over a connection that is made again when it is lost, each connection beginning with `open`; `connect` makes
 * one. Ends when a signal aborts. Throws what trying again cannot mend (`unauthorized`, `bad_request`), and
 * `daemon_unreachable` the first time.
 */
export async function* keepConnected<T>(
  options: ClientOptions,
  stream: ConnectionOptions,
  connect: (how: Connection) => AsyncGenerator<'open' | T>,
): AsyncGenerator<'open' | T, void> {
  const { clock = foregroundClock } = options;
  const signal = anyOf([options.signal, stream.signal]);
  const backoff = createBackoff(RETRY);
  let wasConnected = false;
  while (!signal.aborted) {
    try {
      for await (const block of connect({ options, signal, clock })) {
        if (block === 'open') {
          stream.onConnect?.();
          if (wasConnected) stream.onReconnect?.();
          wasConnected = true;
        } else backoff.reset();
        yield block;
        if (signal.aborted) return;
      }
      throw new TidewatchError('daemon_unreachable', 'the daemon ended the stream');
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toTidewatchError(thrown, 'daemon_unreachable');
      const isPatient = wasConnected || stream.waitForDaemon === true;
      if (!isPatient || !error.retriable) throw error;
      const retryInMs = Math.max(backoff.next(), Math.min(error.retryAfterMs ?? 0, RETRY.maxMs));
      stream.onDisconnect?.(error, retryInMs);
      await clock.sleep(retryInMs, signal);
    }
  }
}

/** What one connection is made with. */
export interface Connection {
  readonly options: ClientOptions;
  readonly signal: AbortSignal;
  readonly clock: Pick<Clock, 'sleep'>;
}

/** The blocks of a stream of server-sent events, kept as {@link keepConnected} does; `queryOf` is asked anew for each connection. */
export function readStream(
  options: ClientOptions,
  stream: ConnectionOptions,
  queryOf: () => object,
): AsyncGenerator<'open' | ServerSentEvent, void> {
  return keepConnected(options, stream, (how) => readBlocks(how, queryOf()));
}

/** One connection: `open` when it stands, then its blocks. */
async function* readBlocks(
  { options, signal, clock }: Connection,
  query: object,
): AsyncGenerator<'open' | ServerSentEvent> {
  const end = new AbortController();
  try {
    const response = await send(options, {
      method: 'GET',
      path: '/api/v1/events/stream',
      query,
      headers: { accept: 'text/event-stream' },
      signal: AbortSignal.any([signal, end.signal]),
    });
    const reader = response.body?.getReader();
    if (reader === undefined) throw new TidewatchError('daemon_unreachable', 'the daemon gave an empty stream');
    yield 'open';
    const parse = createEventParser();
    const decoder = new TextDecoder();
    for (;;) {
      const chunk = await withinSilence(reader.read(), clock);
      if (chunk.done) return;
      yield* parse(decoder.decode(chunk.value, { stream: true }));
    }
  } finally {
    end.abort();
  }
}

/** Throws `daemon_unreachable` when nothing comes for so long that the connection must be dead. */
export async function withinSilence<T>(reading: Promise<T>, clock: Pick<Clock, 'sleep'>): Promise<T> {
  const timer = new AbortController();
  try {
    const outcome = await Promise.race([reading, clock.sleep(SILENCE_MS, timer.signal).then(() => SILENT)]);
    if (outcome !== SILENT) return outcome as T;
    reading.catch(() => {});
    throw new TidewatchError('daemon_unreachable', `the daemon sent nothing for ${SILENCE_MS / 1000} s`);
  } finally {
    timer.abort();
  }
}

const SILENT = Symbol('silent');

function anyOf(signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
