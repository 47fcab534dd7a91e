import type { ReadyRequest } from './request.ts';

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly mediaType: string;
  /** From the request to the head. */
  readonly elapsedMs: number;
}

export interface Sending {
  readonly signal: AbortSignal;
  /** Another token than that of the session; empty for the session. */
  readonly token: string;
  onHead(head: AnswerHead): void;
  /** A piece of the body, as it comes. */
  onText(text: string): void;
}

/** Makes the request; resolves when the answer has ended. */
export async function send(
  { method, url, body }: ReadyRequest,
  { signal, token, onHead, onText }: Sending,
): Promise<void> {
  const begun = performance.now();
  const response = await fetch(url, {
    method,
    signal,
    redirect: 'manual',
    // With a token of its own it must not be answered as the session.
    credentials: token === '' ? 'same-origin' : 'omit',
    headers: {
      ...(token !== '' && { authorization: `Bearer ${token}` }),
      ...(body !== null && { 'content-type': 'application/json' }),
    },
    ...(body !== null && { body }),
  });
  onHead({
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
    mediaType: response.headers.get('content-type') ?? '',
    elapsedMs: performance.now() - begun,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) onText(next.value);
}
