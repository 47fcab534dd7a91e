import { createHmac } from 'node:crypto';

/** What a delivery is signed over. */
export interface SignedParts {
  readonly id: string;
  /** Epoch seconds. */
  readonly timestamp: number;
  readonly body: string;
}

const BASE64_SECRET = 'whsec_';

/** The key of a secret: bytes in base64 after `whsec_`, else the text itself. */
export function signingKey(secret: string): Buffer {
  return secret.startsWith(BASE64_SECRET)
    ? Buffer.from(secret.slice(BASE64_SECRET.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

/** As Standard Webhooks 1.0 defines it: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64. */
export function signatureOf({ id, timestamp, body }: SignedParts, key: Buffer): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
