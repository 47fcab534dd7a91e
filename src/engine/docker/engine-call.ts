import type http from 'node:http';
import { TidewatchError } from '../../model/errors.ts';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import { classifyStatus, classifyThrown } from './call-errors.ts';
import type { Transport } from './transport.ts';

/** One call to the engine with its own limit. Whatever ends it early becomes its error. */
export interface EngineCall {
  readonly url: string;
  readonly what: string;
  readonly signal: AbortSignal;
  /** Gives the engine so long again from now on, instead of what was left. */
  renewLimit(ms: number): void;
  /** No limit from now on. */
  liftLimit(): void;
  /** Stops the call with an error. */
  fail(error: unknown): void;
  /** What to reject with, of something thrown while it ran: a reason to abort as it is, all else with a code. */
  explain(thrown: unknown): unknown;
  /** Frees timer and listeners; always to be called. */
  end(): void;
}

export interface CallSpec {
  readonly url: string;
  /** As in `GET /containers/json`, for messages. */
  readonly what: string;
  readonly limitMs: number;
  /** Limit of the whole call, however often the other one is renewed. */
  readonly wholeMs?: number;
  readonly clock: Clock;
  /** Any of them ends the call with its reason. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

/** Begins a call; the limit runs from here. */
export function beginCall({ url, what, limitMs, wholeMs, clock, signals }: CallSpec): EngineCall {
  const controller = new AbortController();
  let cancelTimer: CancelTimer = () => {};
  const failAfter = (ms: number, verb: string) =>
    clock.setTimer(ms, () => {
      controller.abort(new TidewatchError('engine_timeout', `${url} did not ${verb} ${what} within ${ms} ms.`));
    });
  const cancelWhole = wholeMs === undefined ? () => {} : failAfter(wholeMs, 'finish');
  // AbortSignal.any would keep every call's listeners on long-lived signals (nodejs/node#54614).
  const unlinks = signals.map((signal) => linkAbort(signal, (reason) => controller.abort(reason)));
  const call: EngineCall = {
    url,
    what,
    signal: controller.signal,
    renewLimit(ms) {
      cancelTimer();
      cancelTimer = failAfter(ms, 'answer');
    },
    liftLimit: () => cancelTimer(),
    fail: (error) => controller.abort(error),
    explain: (thrown) => (controller.signal.aborted ? controller.signal.reason : classifyThrown(thrown, { url, what })),
    end() {
      cancelTimer();
      cancelWhole();
      for (const unlink of unlinks) unlink();
    },
  };
  call.renewLimit(limitMs);
  return call;
}

/** Runs `onAbort` when the signal aborts, at once if it has; gives the way to stop listening. */
export function linkAbort(signal: AbortSignal | undefined, onAbort: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  const listener = () => onAbort(signal.reason);
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** Sends a GET and resolves at the headers, whatever the status. */
export function openResponse(transport: Transport, path: string, call: EngineCall): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (call.signal.aborted) return reject(call.signal.reason);
    const send = (mayRepeat: boolean) => {
      const request = transport.get(path, call.signal);
      let isAnswered = false;
      request.once('response', (response) => {
        isAnswered = true;
        resolve(response);
      });
      request.on('error', (error) => {
        // The engine closed an idle connection just as it was used again: nothing was done, and a GET may be repeated.
        if (mayRepeat && !isAnswered && request.reusedSocket && !call.signal.aborted) send(false);
        else reject(error);
      });
    };
    send(true);
  });
}

/** The whole body. Throws TidewatchError `engine_bad_answer` when it is larger than `maxBytes`. */
export async function readBody(response: http.IncomingMessage, maxBytes: number, call: EngineCall): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new TidewatchError(
        'engine_bad_answer',
        `${call.url} answered ${call.what} with more than ${maxBytes} bytes.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

// An explanation longer than this explains nothing.
const MAX_EXPLANATION_BYTES = 64 * 1024;

/** The error an answer without success stands for, and its body. */
export async function readRefusal(
  response: http.IncomingMessage,
  call: EngineCall,
): Promise<{ readonly error: TidewatchError; readonly status: number; readonly body: string }> {
  const status = response.statusCode ?? 0;
  const body = await readBody(response, MAX_EXPLANATION_BYTES, call).catch((error: unknown) => {
    if (call.signal.aborted) throw error;
    return '';
  });
  return { error: classifyStatus({ status, headers: response.headers, body }, call), status, body };
}

/** A body as JSON. Throws TidewatchError `engine_bad_answer` when it is none. */
export function parseJson(body: string, { url, what }: EngineCall): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new TidewatchError('engine_bad_answer', `${url} answered ${what} with something that is not JSON.`, {
      cause,
    });
  }
}
