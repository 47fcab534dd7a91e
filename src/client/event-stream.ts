import type { EventGap } from '../api/contract/event-schemas.ts';
import { TidewatchError, toTidewatchError } from '../model/errors.ts';
import { type EventType, isEventType, type TidewatchEvent } from '../model/events.ts';
import { createBackoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { foregroundClock } from '../runtime/foreground-clock.ts';
import { type ClientOptions, send } from './client-request.ts';
import { createEventParser, type ServerSentEvent } from './server-sent-events.ts';

export interface StreamOptions {
  /** Only events after this sequence number; from now on unless given. */
  readonly after?: number;
  readonly types?: readonly EventType[];
  /** Only events of this workspace. */
  readonly workspace?: string;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
  /** The stream stands, the first time and after each loss. What is read from now on is up to date. */
  readonly onConnect?: () => void;
  /** The same, but only after a loss. */
  readonly onReconnect?: () => void;
  /** The connection is lost and will be tried again. */
  readonly onDisconnect?: (error: TidewatchError, retryInMs: number) => void;
  /** Events with these sequence numbers can no longer be given: read again what depends on them. */
  readonly onGap?: (gap: EventGap) => void;
  /** Keeps trying when the daemon cannot be reached in the first place; otherwise that is thrown. */
  readonly waitForDaemon?: boolean;
}

/** First try again soon, as a restarting daemon is back within a second; later without pressing it. */
const RETRY = { initialMs: 250, maxMs: 15_000 };

/** The daemon sends something every 15 s; three times nothing is a dead connection. */
const SILENCE_MS = 45_000;

/**
 * Events as they happen, without hole or duplicate: a lost connection is made again and resumes. Ends when a signal aborts.
 * Throws what trying again cannot mend (`unauthorized`, `bad_request`), and `daemon_unreachable` the first time.
 */
export async function* streamEvents(
  options: ClientOptions,
  stream: StreamOptions,
): AsyncGenerator<TidewatchEvent, void> {
  const { clock = foregroundClock } = options;
  const signal = anyOf([options.signal, stream.signal]);
  const backoff = createBackoff(RETRY);
  let wasConnected = false;
  let cursor = stream.after;
  while (!signal.aborted) {
    try {
      for await (const block of readBlocks({ options, stream, cursor, signal, clock })) {
        if (block === 'open') {
          stream.onConnect?.();
          if (wasConnected) stream.onReconnect?.();
          wasConnected = true;
          continue;
        }
        backoff.reset();
        cursor = sequenceOf(block) ?? cursor;
        const event = takeBlock(block, stream);
        if (event !== undefined) yield event;
        if (signal.aborted) return;
      }
      throw new TidewatchError('daemon_unreachable', 'the daemon ended the stream');
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toTidewatchError(thrown, 'daemon_unreachable');
      const isPatient = wasConnected || stream.waitForDaemon === true;
      if (!isPatient || !error.retriable) throw error;
      const retryInMs = backoff.next();
      stream.onDisconnect?.(error, retryInMs);
      await clock.sleep(retryInMs, signal);
    }
  }
}

interface Connection {
  readonly options: ClientOptions;
  readonly stream: StreamOptions;
  readonly cursor: number | undefined;
  readonly signal: AbortSignal;
  readonly clock: Pick<Clock, 'sleep'>;
}

/** One connection: `open` when it stands, then its blocks. */
async function* readBlocks({
  options,
  stream,
  cursor,
  signal,
  clock,
}: Connection): AsyncGenerator<'open' | ServerSentEvent> {
  const end = new AbortController();
  const { types, workspace } = stream;
  try {
    const response = await send(options, {
      method: 'GET',
      path: '/api/v1/events/stream',
      query: { after: cursor, types: types?.join(','), workspace },
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

async function withinSilence<T>(reading: Promise<T>, clock: Pick<Clock, 'sleep'>): Promise<T> {
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

function takeBlock({ name, data }: ServerSentEvent, { onGap }: StreamOptions): TidewatchEvent | undefined {
  if (data === undefined) return undefined;
  const value: unknown = JSON.parse(data);
  if (typeof value !== 'object' || value === null) return undefined;
  if (name === 'gap' && 'from' in value && 'to' in value) onGap?.({ from: Number(value.from), to: Number(value.to) });
  // Types of a newer daemon mean nothing to this program.
  const isKnown = name === undefined && 'type' in value && typeof value.type === 'string' && isEventType(value.type);
  return isKnown ? (value as TidewatchEvent) : undefined;
}

function sequenceOf({ id }: ServerSentEvent): number | undefined {
  return id !== undefined && /^\d{1,16}$/.test(id) ? Number(id) : undefined;
}

function anyOf(signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
