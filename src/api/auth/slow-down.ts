import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Grant } from '../../access/grant.ts';
import { TidewatchError } from '../../model/errors.ts';
import type { Attempts } from './attempts.ts';
import { addressOf } from './remote-address.ts';

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/**
 * Counts a token that came, with what it was found to allow. Throws `too_many_attempts` for an address that tried too many,
 * whether this one is right or not, unless it is one in use from there: an attempt that is too early tells nothing.
 */
export function countAttempt(attempts: Attempts, exchange: Exchange, found: Grant | null): Grant | null {
  const address = addressOf(exchange.request);
  if (found === null || !attempts.isInUse(address, found.id)) refuseTooMany(attempts, exchange);
  if (found === null) attempts.fail(address);
  else attempts.succeed(address, found.id);
  return found;
}

/** Throws `too_many_attempts` for an address that tried too many. */
export function refuseTooMany(attempts: Attempts, { request, reply }: Exchange): void {
  const waitMs = attempts.waitOf(addressOf(request));
  if (waitMs === 0) return;
  const seconds = Math.ceil(waitMs / 1_000);
  reply.header('retry-after', seconds);
  throw new TidewatchError(
    'too_many_attempts',
    `too many wrong tokens came from this address; the next one is looked at in ${seconds} s`,
  );
}
