import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '../runtime/clock.ts';
import { type PostOutcome, postOnce } from '../runtime/http-post.ts';

/** Where OTLP goes. */
export interface OtlpTarget {
  /** As in `http://localhost:4318`; `/v1/metrics` and `/v1/logs` are put behind it. */
  readonly endpoint: string;
  /** May hold secrets. */
  readonly headers: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 10_000;

/** What OTLP/HTTP calls retriable. */
const RETRIABLE = new Set([429, 502, 503, 504]);

const compress = promisify(gzip);

/** Posts requests of OTLP/HTTP in JSON, compressed. */
export class OtlpSender {
  readonly #target: OtlpTarget;
  readonly #clock: Clock;

  constructor(target: OtlpTarget, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
  }

  async post(signal: 'metrics' | 'logs', request: object, abort: AbortSignal): Promise<PostOutcome> {
    const { endpoint, headers } = this.#target;
    const body = await compress(JSON.stringify(request));
    const all = { ...headers, 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const post = { url: `${endpoint.replace(/\/+$/, '')}/v1/${signal}`, headers: all, body, timeoutMs: TIMEOUT_MS };
    return await postOnce(post, { clock: this.#clock, signal: abort });
  }
}

/** Whether the same request may be taken later. */
export function isRetriable({ status }: PostOutcome): boolean {
  return status === null || RETRIABLE.has(status);
}

/** How much of a request that was taken was not; 0 for all good. */
export function rejectedIn({ text }: PostOutcome): number {
  try {
    const { partialSuccess = {} } = JSON.parse(text) as { partialSuccess?: Readonly<Record<string, unknown>> };
    return Number(partialSuccess.rejectedDataPoints ?? partialSuccess.rejectedLogRecords ?? 0) || 0;
  } catch {
    return 0;
  }
}
