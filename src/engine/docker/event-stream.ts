import type { IncomingMessage } from 'node:http';
import type { ContainerSign } from '../../model/container.ts';
import { TidewatchError } from '../../model/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ENGINE_ACTIONS, type EngineEvent, type EngineInfo, type WatchOptions } from '../engine.ts';
import { decodeEvent } from './decode-event.ts';
import type { EngineCall } from './engine-call.ts';
import { SLICE_MS } from './engine-limits.ts';
import { createLineSplitter } from './line-splitter.ts';

/** A line longer than this is skipped and told: labels of 200 kB fit twenty times. */
const LINE_MOST = 4 * 1024 * 1024;

/** Events handed over at once: what the sink does with them takes time of the same slice. */
const BATCH = 16;

/**
 * What signs are asked for by. Docker compares by prefix, and `exec_start` comes once per exec: the other two of each health
 * probe stay out of the stream. What monitoring does (`top`) and what ends by itself is no sign.
 */
const SIGN_ACTIONS: Readonly<Record<EngineInfo['dialect'], readonly string[]>> = {
  docker: ['exec_start', 'exec_detach', 'attach', 'detach', 'resize', 'archive-path', 'extract-to-dir'],
  podman: ['exec', 'attach'],
};

/** The query of the stream: only actions that say something. */
export function eventsQuery(
  { since, until, onSigns }: Pick<WatchOptions, 'since' | 'until' | 'onSigns'>,
  dialect: EngineInfo['dialect'],
): string {
  const signs = onSigns === undefined ? [] : SIGN_ACTIONS[dialect];
  const filters = { type: ['container'], event: [...ENGINE_ACTIONS, 'remove', 'died', ...signs] };
  const from = nanosOf(since) - (dialect === 'podman' ? PODMAN_SINCE_NS : 0n);
  const query = new URLSearchParams({ since: secondsOf(from), filters: JSON.stringify(filters) });
  // Podman 4 stops reading its file of events at an `until` that is past before it has told them: it is asked for what
  // it has and no more, and what came later is left out here.
  if (until !== undefined && dialect === 'podman') query.set('stream', 'false');
  else if (until !== undefined) query.set('until', secondsOf(nanosOf(until)));
  return query.toString();
}

/** Podman leaves out the instant itself, and reads it as a double, which is up to 120 ns off. */
const PODMAN_SINCE_NS = 1_000n;

/** `seconds.nanos`, the only form all engines read. */
function secondsOf(nanos: bigint): string {
  const digits = `${nanos > 0n ? nanos : 0n}`.padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** Never rounded up: `since` would skip an event then. */
function nanosOf(instant: number | string): bigint {
  if (typeof instant === 'string') return BigInt(instant.replace(/\D/g, ''));
  return BigInt(Math.floor(instant)) * 1_000_000n;
}

export interface EventReading {
  readonly clock: Clock;
  /** Fails when the backlog outgrows its bound or the sink throws; when it ends early, nothing more is told. */
  readonly call: EngineCall;
  readonly options: WatchOptions;
  readonly dialect: EngineInfo['dialect'];
  /** Bytes that may wait to be decoded. */
  readonly backlogBytes: number;
}

/**
 * Reads the stream to its end. A reader that stops reading delays every operation of the engine by 100 ms each, so the
 * bytes are taken as they come and decoded a slice a turn.
 */
export function readEvents(answer: IncomingMessage, reading: EventReading): Promise<void> {
  const { call } = reading;
  const backlog = new Backlog(reading);
  return new Promise((resolve, reject) => {
    // What came before the end is told before it, unless nobody wants to hear more.
    const finish = (settle: () => void) => {
      if (call.signal.aborted) return reject(call.signal.reason);
      const settleNow = () => (call.signal.aborted ? reject(call.signal.reason) : settle());
      backlog.decoded().then(settleNow).catch(reject);
    };
    answer.on('data', (chunk: Buffer) => backlog.add(chunk));
    answer.once('end', () => finish(() => resolve(backlog.end())));
    answer.once('error', (error) => finish(() => reject(error)));
    answer.once('close', () => {
      if (!answer.complete) finish(() => reject(new Error('the event stream broke')));
    });
  });
}

/** Podman is asked for a little more than is wanted: see {@link eventsQuery}. */
function isWanted({ timeNano, at }: EngineEvent, { options: { since, until = at }, dialect }: EventReading): boolean {
  if (dialect !== 'podman') return true;
  const early = nanosOf(since) - BigInt(timeNano);
  return at <= until && (early <= 0n || early > PODMAN_SINCE_NS);
}

/** The bytes between the socket and the sink. */
class Backlog {
  readonly #reading: EventReading;
  readonly #splitter = createLineSplitter(LINE_MOST);
  #waiting: Buffer[] = [];
  #bytes = 0;
  #batch: EngineEvent[] = [];
  #signs: ContainerSign[] = [];
  readonly #onSign: ((sign: ContainerSign) => void) | undefined;
  #decoding: Promise<void> | null = null;

  constructor(reading: EventReading) {
    this.#reading = reading;
    if (reading.options.onSigns !== undefined) this.#onSign = (sign) => void this.#signs.push(sign);
  }

  add(chunk: Buffer): void {
    const { call, backlogBytes } = this.#reading;
    if (call.signal.aborted) return;
    this.#bytes += chunk.length;
    this.#waiting.push(chunk);
    if (this.#bytes > backlogBytes) this.#overflow();
    else this.#decoding ??= this.#decode().catch((error: unknown) => call.fail(error));
  }

  /** Resolves when nothing waits any more. */
  async decoded(): Promise<void> {
    await this.#decoding;
  }

  /** The stream ended cleanly: what follows the last line feed is a line too. */
  end(): void {
    for (const line of this.#splitter.end()) this.#decodeLine(line);
    this.#deliver();
  }

  #overflow(): void {
    this.#waiting = [];
    const { call, backlogBytes } = this.#reading;
    const why = `events came faster than they could be read, and more than ${backlogBytes} bytes of them wait`;
    const message = `${call.what} at ${call.url} was given up: ${why}. Ask again, and list what there is.`;
    call.fail(new TidewatchError('engine_bad_answer', message));
  }

  async #decode(): Promise<void> {
    const { clock, call } = this.#reading;
    while (this.#waiting.length > 0 && !call.signal.aborted) {
      await this.#decodeChunks(this.#waiting.splice(0).reverse());
      this.#deliver();
      // What else came in this turn is taken together in the next one.
      await clock.yieldTurn();
    }
    this.#decoding = null;
  }

  /** `chunks`: the oldest one last. */
  async #decodeChunks(chunks: Buffer[]): Promise<void> {
    const { clock, call } = this.#reading;
    let until = clock.monotonic() + SLICE_MS;
    for (let chunk = chunks.pop(); chunk; chunk = chunks.pop()) {
      for (const line of this.#splitter.push(chunk)) {
        this.#decodeLine(line);
        if (this.#batch.length + this.#signs.length >= BATCH) this.#deliver();
        if (clock.monotonic() < until) continue;
        this.#deliver();
        await clock.yieldTurn();
        if (call.signal.aborted) return;
        until = clock.monotonic() + SLICE_MS;
      }
      this.#bytes -= chunk.length;
    }
  }

  #decodeLine(line: Buffer | null): void {
    try {
      if (line === null) throw new TypeError(`a line longer than ${LINE_MOST} bytes`);
      const event = decodeEvent(line.toString('utf8'), this.#onSign);
      if (event !== null && isWanted(event, this.#reading)) this.#batch.push(event);
    } catch (error) {
      this.#reading.options.onUnreadable?.(error instanceof Error ? error.message.slice(0, 200) : 'not an event');
    }
  }

  #deliver(): void {
    const { call, options } = this.#reading;
    const events = this.#batch;
    const signs = this.#signs;
    if (events.length > 0) this.#batch = [];
    if (signs.length > 0) this.#signs = [];
    if (events.length > 0 && !call.signal.aborted) options.onEvents(events);
    if (signs.length > 0 && !call.signal.aborted) options.onSigns?.(signs);
  }
}
