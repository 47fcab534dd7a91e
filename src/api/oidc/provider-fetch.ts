import type { CustomFetch } from 'openid-client';
import type { Clock } from '../../runtime/clock.ts';
import { isLoopbackHost } from '../../runtime/listen-address.ts';

/** A call ends after so long, answered or not: somebody waits for the page. */
export const CALL_MS = 10_000;

/** Claims of somebody in a thousand groups take a tenth of it. */
const ANSWER_MAX_BYTES = 1_048_576;

/**
 * `fetch` for calls to an identity provider: within ten seconds, answers of at most 1 MiB, and without TLS on this machine
 * only, as what is sent elsewhere could be read on the way. Rejects with a TypeError, or a DOMException `TimeoutError`.
 */
export function providerFetch(clock: Clock): CustomFetch {
  return async (url, options) => {
    const { protocol, hostname } = new URL(url);
    if (protocol !== 'https:' && !isLoopbackHost(hostname)) {
      throw new TypeError('the provider names an address of another machine without TLS');
    }
    const late = new AbortController();
    const cancelTimer = clock.setTimer(CALL_MS, () =>
      late.abort(new DOMException('no answer in time', 'TimeoutError')),
    );
    try {
      const answer = await fetch(url, { ...options, signal: late.signal } as RequestInit);
      const body = await wholeBody(answer);
      const { status, statusText, headers } = answer;
      return new Response(body.length === 0 ? null : body, { status, statusText, headers });
    } finally {
      cancelTimer();
    }
  };
}

async function wholeBody({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let taken = 0;
  for await (const chunk of (body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    taken += chunk.length;
    if (taken > ANSWER_MAX_BYTES) throw new TypeError('the provider’s answer is larger than 1 MiB');
  }
  return Buffer.concat(chunks);
}
