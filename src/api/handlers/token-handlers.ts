import type { Grant, TokenLimit } from '../../access/grant.ts';
import type { TokenBook } from '../../access/token-book.ts';
import type { TokenRecord } from '../../access/token-store.ts';
import { TidewatchError } from '../../model/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { parseDuration } from '../../runtime/duration.ts';
import { toIso, toIsoOrNull } from '../../runtime/iso.ts';
import type { Me, TokenBody, TokenJson } from '../contract/access-schemas.ts';
import { API_BASE } from '../contract/route-spec.ts';
import type { Handlers } from '../register-routes.ts';

/** Ten years: what shall last longer lasts. */
const LONGEST_MS = 10 * 366 * 86_400_000;

/** Routes that give out tokens and take them back. */
export function tokenHandlers(
  tokens: TokenBook,
  clock: Clock,
): Pick<Handlers, 'getMe' | 'listTokens' | 'createToken' | 'revokeToken'> {
  return {
    getMe: ({ grant }) => meJson(grant),
    listTokens: () => ({ items: tokens.list().map(tokenJson) }),
    createToken: ({ body, grant }, reply) => {
      const { name, role, expiresIn } = body;
      const expiresAt = expiresIn === undefined ? null : clock.now() + lifetimeOf(expiresIn);
      const { token, secret } = tokens.create({
        ...{ name, role, limit: limitOf(body), expiresAt },
        createdBy: grant.name,
      });
      reply.header('cache-control', 'no-store').header('location', `${API_BASE}/tokens/${token.id}`);
      return { ...tokenJson(token), secret };
    },
    revokeToken: ({ params }) => {
      tokens.revoke(params.id);
    },
  };
}

function meJson({ name, role, limit, endsAt }: Grant): Me {
  const copied = limit && { owners: [...limit.owners], labels: [...limit.labels] };
  return { name, role, limit: copied, expiresAt: toIsoOrNull(endsAt) };
}

function limitOf({ owners = [], labels = [] }: TokenBody): TokenLimit | null {
  return owners.length === 0 && labels.length === 0 ? null : { owners, labels };
}

function lifetimeOf(expiresIn: string): number {
  const ms = parseDuration(expiresIn);
  if (ms !== undefined && ms >= 1_000 && ms <= LONGEST_MS) return ms;
  throw new TidewatchError('bad_request', 'body expiresIn: give a duration from 1s to ten years, as in 90d or 12h');
}

function tokenJson({ id, name, role, limit, createdAt, createdBy, expiresAt, lastUsedAt }: TokenRecord): TokenJson {
  return {
    ...{ id, name, role, owners: [...(limit?.owners ?? [])], labels: [...(limit?.labels ?? [])] },
    ...{ createdAt: toIso(createdAt), createdBy },
    ...{ expiresAt: toIsoOrNull(expiresAt), lastUsedAt: toIsoOrNull(lastUsedAt) },
  };
}
