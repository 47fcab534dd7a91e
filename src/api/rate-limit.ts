import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Grant } from '../access/grant.ts';
import { TidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { TokenBuckets } from '../runtime/token-buckets.ts';
import { addressOf, netOf } from './auth/remote-address.ts';

/** How much one token may ask, and one address without a valid one. */
export interface RateLimit {
  readonly perSecond: number;
  /** At once, after it asked nothing for a while. */
  readonly burst: number;
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Counts requests; throws `too_many_requests`, with `Retry-After`, when there are too many. */
export interface RequestRate {
  /** One of somebody who is known. Sessions count with the token they began with. */
  countOf(grant: Grant, exchange: Exchange): void;
  /** One of nobody who is known. */
  countStranger(exchange: Exchange): void;
}

/** Tokens or networks that are remembered, some 100 bytes each. */
const REMEMBERED_MAX = 10_000;

const UNLIMITED: RequestRate = { countOf() {}, countStranger() {} };

/** `limit`: `null` lets everything through. */
export function createRequestRate(limit: RateLimit | null, clock: Pick<Clock, 'monotonic'>): RequestRate {
  if (limit === null) return UNLIMITED;
  const { perSecond, burst } = limit;
  const options = { capacity: burst, refillMs: 1_000 / perSecond, most: REMEMBERED_MAX };
  // Apart, so that a flood from many addresses makes no token's count forgotten.
  const tokens = new TokenBuckets(clock, options);
  const strangers = new TokenBuckets(clock, options);
  const policy = `"requests";q=${burst};w=${Math.ceil(burst / perSecond)}`;

  function count(
    buckets: TokenBuckets,
    key: string,
    { reply, grant }: { reply: FastifyReply; grant: Grant | null },
  ): void {
    const left = buckets.take(key);
    // Nearly all requests end here: who is far from the limit need not hear of it.
    if (left * 2 >= burst) return;
    // draft-ietf-httpapi-ratelimit-headers-10
    reply.header('ratelimit-policy', policy);
    reply.header('ratelimit', `"requests";r=${Math.max(0, left)};t=${secondsOf(buckets.fullIn(key))}`);
    if (left >= 0) return;
    const seconds = Math.max(1, secondsOf(buckets.waitOf(key)));
    reply.header('retry-after', seconds);
    const advice = 'Ask less often, follow a stream instead of reading again and again, or raise api.rateLimit';
    const who =
      grant === null ? 'this address, without a valid token,' : `who has the token ${JSON.stringify(grant.name)}`;
    const why = `${who} sends more than ${perSecond} requests a second; try again in ${seconds} s. ${advice}`;
    throw new TidewatchError('too_many_requests', why);
  }

  return {
    countOf: (grant, { reply }) => count(tokens, grant.id, { reply, grant }),
    countStranger: ({ request, reply }) => count(strangers, netOf(addressOf(request)), { reply, grant: null }),
  };
}

function secondsOf(ms: number): number {
  return Math.ceil(ms / 1_000);
}
