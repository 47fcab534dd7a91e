import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitOf, matchRules, type RoleRule, textsOf } from './role-rules.ts';

function rule(fields: Partial<RoleRule>): RoleRule {
  return { claim: 'groups', values: [], role: 'viewer', owners: [], labels: [], ownerClaim: null, ...fields };
}

describe('rules that give roles', () => {
  test.each<[string, Partial<RoleRule>, object, boolean]>([
    ['a text', { claim: 'email', values: ['ann@example.com'] }, { email: 'ann@example.com' }, true],
    ['another text', { claim: 'email', values: ['ann@example.com'] }, { email: 'bann@example.com' }, false],
    ['a pattern', { claim: 'email', values: ['*@example.com'] }, { email: 'ann@example.com' }, true],
    ['an end that is longer', { claim: 'email', values: ['*@example.com'] }, { email: 'a@example.com.evil' }, false],
    ['a dot that is none', { claim: 'email', values: ['*@example.com'] }, { email: 'a@exampleXcom' }, false],
    ['other letters', { claim: 'email', values: ['ann@example.com'] }, { email: 'ANN@example.com' }, false],
    ['an address that is verified', { claim: 'email', values: ['*'] }, { email: 'a@b', email_verified: true }, true],
    ['one that is not', { claim: 'email', values: ['*'] }, { email: 'a@b', email_verified: false }, false],
    ['one of which nothing is said', { claim: 'email', values: ['*'] }, { email: 'a@b', email_verified: null }, false],
    ['a group among others', { values: ['ops'] }, { groups: ['dev', 'ops'] }, true],
    ['a group that is not there', { values: ['ops'] }, { groups: ['dev'] }, false],
    ['several values', { values: ['ops', 'dev'] }, { groups: ['dev'] }, true],
    ['no values', { values: [] }, { groups: ['dev'] }, false],
    ['a claim that is not there', { values: ['*'] }, {}, false],
    ['a claim that is empty', { values: ['*'] }, { groups: ['', 7, null, {}] }, false],
    [
      'a claim within another',
      { claim: 'realm_access.roles', values: ['a'] },
      { realm_access: { roles: ['a'] } },
      true,
    ],
    ['a claim with dots', { claim: 'https://x.y/roles', values: ['a'] }, { 'https://x.y/roles': 'a' }, true],
    ['what is inherited', { claim: 'constructor.name', values: ['*'] }, {}, false],
    ['a text of two lines', { values: ['*'] }, { groups: 'a\nb' }, false],
    ['a text that is too long', { values: ['*'] }, { groups: 'x'.repeat(257) }, false],
  ])('%s', (...[, fields, claims, matches]) => {
    expect(matchRules([rule(fields)], { ...claims }) !== null).toBe(matches);
  });

  test('the first that matches holds', () => {
    const rules = [rule({ values: ['ops'], role: 'admin' }), rule({ values: ['*'] }), rule({ values: ['dev'] })];
    expect(matchRules(rules, { groups: ['dev', 'ops'] })).toEqual({ rule: 0, owner: null });
    expect(matchRules(rules, { groups: ['dev'] })).toEqual({ rule: 1, owner: null });
  });

  test('who must be an owner and has no name as one goes on to the next rule', () => {
    const rules = [rule({ values: ['*'], ownerClaim: 'nick' }), rule({ values: ['late'] })];
    expect(matchRules(rules, { groups: ['late'], nick: 'ann' })).toEqual({ rule: 0, owner: 'ann' });
    expect(matchRules(rules, { groups: ['late'], nick: '' })).toEqual({ rule: 1, owner: null });
    expect(matchRules(rules, { groups: ['dev'] })).toBeNull();
  });

  test('a limit is that of the rule and of the person together, or none', () => {
    expect(limitOf(rule({}), null)).toBeNull();
    expect(limitOf(rule({}), 'ann')).toEqual({ owners: ['ann'], labels: [] });
    expect(limitOf(rule({ owners: ['team'], labels: ['a=b'] }), 'ann')).toEqual({
      owners: ['team', 'ann'],
      labels: ['a=b'],
    });
  });

  test('any claims are read without harm, and only texts come of them', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (claims, name) => {
        for (const text of textsOf(claims, name)) expect(typeof text).toBe('string');
        expect(matchRules([rule({ claim: name, values: [] })], claims)).toBeNull();
      }),
    );
  });
});
