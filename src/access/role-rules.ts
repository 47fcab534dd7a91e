import { textPattern } from '../runtime/text-pattern.ts';
import type { TokenLimit } from './grant.ts';
import type { Role } from './role.ts';

/** What another system says of a person, by name of the claim. */
export type Claims = Readonly<Record<string, unknown>>;

/** Gives who has a claim a role. */
export interface RoleRule {
  /** Name of the claim; dots lead into it where no claim is called so: `realm_access.roles`. */
  readonly claim: string;
  /** It must be any of these, or hold one where it is a list; `*` stands for any text. */
  readonly values: readonly string[];
  readonly role: Role;
  /** Only workspaces of these owners, or of the person where `ownerClaim` says so; empty for all. */
  readonly owners: readonly string[];
  /** Only workspaces with all of these labels. */
  readonly labels: readonly string[];
  /** Claim that is the person's own name as an owner; `null`: none. Who does not have it does not match. */
  readonly ownerClaim: string | null;
}

/** What a person was found to be. */
export interface RuleMatch {
  /** Place of the rule in the list. */
  readonly rule: number;
  /** Name as an owner; `null` where the rule asks for none. */
  readonly owner: string | null;
}

/** Longer texts are no names and no groups; a pattern is held against none of them. */
const TEXT_MAX = 256;

/** The first rule that matches, in the order written; `null`: none, so nobody gets in by it. */
export function matchRules(rules: readonly RoleRule[], claims: Claims): RuleMatch | null {
  for (const [index, { claim, values, ownerClaim }] of rules.entries()) {
    const patterns = values.map(textPattern);
    if (!textsOf(claims, claim).some((text) => patterns.some((pattern) => pattern.test(text)))) continue;
    const owner = ownerClaim === null ? null : textsOf(claims, ownerClaim)[0];
    if (owner !== undefined) return { rule: index, owner };
  }
  return null;
}

/** What a rule limits a person to; `null`: nothing. */
export function limitOf({ owners, labels }: RoleRule, owner: string | null): TokenLimit | null {
  const all = owner === null ? owners : [...owners, owner];
  return all.length === 0 && labels.length === 0 ? null : { owners: all, labels };
}

/** A claim as texts: one, or those of a list. An address that the provider itself does not vouch for is none. */
export function textsOf(claims: Claims, name: string): readonly string[] {
  const isDoubtful = name === 'email' && !isVerified(claims.email_verified);
  const found = isDoubtful ? undefined : claimOf(claims, name);
  return [found].flat().filter(isName);
}

function isName(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && text.length <= TEXT_MAX && !/\p{Cc}/u.test(text);
}

/** Providers that know the addresses of all their people leave the claim out; some give it as text. */
function isVerified(claim: unknown): boolean {
  return claim === undefined || claim === true || claim === 'true';
}

function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let found: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Claims)[part];
  }
  return found;
}
