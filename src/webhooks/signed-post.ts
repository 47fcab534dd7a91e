import type { HttpPost } from '../runtime/http-post.ts';
import type { Payload } from './payload.ts';
import { signatureOf } from './signature.ts';

/** What a post is made of. */
export interface PostParts {
  readonly url: string;
  /** Of the event. */
  readonly id: string;
  readonly key: Buffer;
  readonly payload: Payload;
  readonly userAgent: string;
  readonly timeoutMs: number;
}

/** An attempt at `at` (epoch ms), signed for this instant. */
export function signedPost({ url, id, key, payload, userAgent, timeoutMs }: PostParts, at: number): HttpPost {
  const { body, mediaType } = payload;
  const timestamp = Math.floor(at / 1000);
  return {
    url,
    body,
    timeoutMs,
    headers: {
      'content-type': mediaType,
      'user-agent': userAgent,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf({ id, timestamp, body }, key),
    },
  };
}
