import type { Clock } from './clock.ts';

/** One post to somebody else's server. */
export interface HttpPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** It ends after so many ms, answered or not. */
  readonly timeoutMs: number;
}

/** What came of it. */
export interface PostOutcome {
  /** Of the answer; `null` when none came. */
  readonly status: number | null;
  /** Why it was not taken, without anything of the address; `null` when it was. */
  readonly error: string | null;
  /** The beginning of the answer. */
  readonly text: string;
  /** What the server asked to wait before the next one, ms. */
  readonly retryAfterMs: number | null;
  readonly durationMs: number;
}

/** So much of an answer is taken; what is longer is cut off. */
const ANSWER_MAX_BYTES = 64 * 1024;

const RETRY_AFTER_MAX_S = 3_600;

/** Posts once, follows nothing, waits no longer than it may. Never rejects. */
export async function postOnce(post: HttpPost, how: { clock: Clock; signal: AbortSignal }): Promise<PostOutcome> {
  const { clock, signal } = how;
  const { url, headers, body, timeoutMs } = post;
  const beganAt = clock.monotonic();
  const late = new AbortController();
  const cancelTimer = clock.setTimer(timeoutMs, () => late.abort());
  const outcome = (rest: Partial<PostOutcome>): PostOutcome => {
    const durationMs = Math.round(clock.monotonic() - beganAt);
    return { status: null, error: null, text: '', retryAfterMs: null, ...rest, durationMs };
  };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      // A redirect would send it to where nobody configured.
      redirect: 'manual',
      signal: AbortSignal.any([signal, late.signal]),
    });
    const text = await beginningOf(response);
    const { status, ok } = response;
    if (ok) return outcome({ status, text });
    return outcome({
      status,
      text,
      error: refusalOf(status),
      retryAfterMs: waitOf(response.headers.get('retry-after')),
    });
  } catch (error) {
    return outcome({ error: late.signal.aborted ? `no answer within ${timeoutMs} ms` : failureOf(error) });
  } finally {
    cancelTimer();
  }
}

async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let taken = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of (body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    taken += chunk.byteLength;
    if (taken > ANSWER_MAX_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refusalOf(status: number): string {
  return status >= 300 && status < 400 ? `answered ${status}; redirects are not followed` : `answered ${status}`;
}

/** Seconds; a date is left to the backoff. */
function waitOf(retryAfter: string | null): number | null {
  if (retryAfter === null || !/^\d{1,9}$/.test(retryAfter)) return null;
  return Math.min(Number(retryAfter), RETRY_AFTER_MAX_S) * 1000;
}

/** `fetch failed` says nothing; the code of its cause does, and holds no part of the address. */
function failureOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code } = (typeof cause === 'object' && cause !== null ? cause : {}) as { code?: unknown };
  if (typeof code === 'string') return code;
  return cause instanceof Error ? cause.name : 'failed';
}
