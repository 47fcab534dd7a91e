import { createHash } from 'node:crypto';
import type { TokenLimit } from '../../access/grant.ts';
import { type Claims, limitOf, matchRules, type RoleRule, type RuleMatch, textsOf } from '../../access/role-rules.ts';
import { wholeCharacters } from '../../model/labels.ts';
import type { People } from '../auth/grants.ts';
import type { OidcOptions } from './oidc-options.ts';

/** Longest name that is shown and written down, UTF-16 units. */
const NAME_MAX = 128;

/** Limits of people that are remembered, so that what is worked out for one is worked out once. */
const LIMITS_MAX = 1_000;

/** Somebody the provider vouches for. */
export interface Person {
  /** The same at every log-in, and no token's. */
  readonly id: string;
  readonly name: string;
  /** What a session holds of them; `null`: no rule lets them in. */
  readonly session: string | null;
}

/** Who people are by their claims, and what their sessions allow. */
export interface OidcPeople extends People {
  personOf(claims: PersonClaims): Person;
}

export type PersonClaims = Claims & { readonly sub: string };

/** Rights by the rules. A session names its rule, and is void when issuer, client or rules are not those any more. */
export function createPeople({
  issuer,
  clientId,
  rules,
}: Pick<OidcOptions, 'issuer' | 'clientId' | 'rules'>): OidcPeople {
  const version = hashOf(JSON.stringify([issuer, clientId, rules]));
  const limits = new Map<string, TokenLimit | null>();

  function limitFor(rule: RoleRule, { rule: index, owner }: RuleMatch): TokenLimit | null {
    const key = JSON.stringify([index, owner]);
    const found = limits.get(key);
    if (found !== undefined) return found;
    if (limits.size >= LIMITS_MAX) limits.clear();
    const limit = limitOf(rule, owner);
    limits.set(key, limit);
    return limit;
  }

  return {
    personOf(claims) {
      const match = matchRules(rules, claims);
      const name = nameOf(claims);
      // No token's id has such letters.
      const id = `oidc${hashOf(JSON.stringify([issuer, claims.sub]))}`;
      return { id, name, session: match === null ? null : encode({ version, name, ...match }) };
    },
    rightsOf(person) {
      const held = decode(person);
      const rule = held?.version === version ? rules[held.rule] : undefined;
      return held && rule && { name: held.name, role: rule.role, limit: limitFor(rule, held) };
    },
  };
}

interface Held extends RuleMatch {
  readonly version: string;
  readonly name: string;
}

function encode({ version, name, rule, owner }: Held): string {
  return Buffer.from(JSON.stringify([version, name, rule, owner])).toString('base64url');
}

/** What is signed was encoded here, though maybe by another version. */
function decode(text: string): Held | undefined {
  try {
    const [version, name, rule, owner]: unknown[] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const isRight = typeof version === 'string' && typeof name === 'string' && typeof rule === 'number';
    return isRight && (owner === null || typeof owner === 'string') ? { version, name, rule, owner } : undefined;
  } catch {
    return undefined;
  }
}

/** As people know each other: the address, if the provider vouches for it, or a name; else the provider's own id. */
function nameOf(claims: PersonClaims): string {
  const [name = claims.sub] = [...textsOf(claims, 'email'), ...textsOf(claims, 'preferred_username')];
  return wholeCharacters(name.replace(/\p{C}/gu, '�'), NAME_MAX);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
