import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Grant } from '../../access/grant.ts';
import { TidewatchError } from '../../model/errors.ts';
import type { Attempts } from './attempts.ts';
import { addressOf } from './remote-address.ts';

/**
 * Counts a token that came, with what it was found to allow. Throws `too_many_attempts` for an address that tried too many,
 * whether this one is right or not, unless it is one in use from there: an attempt that is too early tells nothing.
 */
export function countAttempt(
  attempts: Attempts,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  found: Grant | null,
): Grant | null {
  const address = addressOf(request);
  const waitMs = attempts.waitOf(address);
  if (waitMs > 0 && (found === null || !attempts.isInUse(address, found.id))) {
    const seconds = Math.ceil(waitMs / 1_000);
    reply.header('retry-after', seconds);
    throw new TidewatchError(
      'too_many_attempts',
      `too many wrong tokens came from this address; the next one is looked at in ${seconds} s`,
    );
  }
  if (found === null) attempts.fail(address);
  else attempts.succeed(address, found.id);
  return found;
}
