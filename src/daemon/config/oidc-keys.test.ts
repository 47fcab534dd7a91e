import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TidewatchError } from '../../model/errors.ts';
import type { Config } from './keys.ts';
import { loadConfig } from './load-config.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tidewatch-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(yaml: string, env: Record<string, string> = {}): Config {
  writeFileSync(join(cwd, 'tidewatch.yaml'), yaml);
  return loadConfig({ env, cwd, home: cwd }).config;
}

function problemsOf(yaml: string, env: Record<string, string> = {}): string[] {
  try {
    load(yaml, env);
  } catch (error) {
    return (error as TidewatchError).message.split('\n');
  }
  return [];
}

const RULE = '{ claim: groups, value: ops, role: operator }';
const GOOD = ['issuer: https://id.example.com/realms/main', 'clientId: tidewatch', `roles: [${RULE}]`];
const yamlOf = (lines: readonly string[]) => `auth:\n  oidc:\n${lines.map((line) => `    ${line}\n`).join('')}`;
const withLine = (line: string) => {
  const name = line.split(':', 1)[0] ?? '';
  return yamlOf([line, ...GOOD.filter((good) => !good.startsWith(`${name}:`))]);
};

describe('log-in by an identity provider', () => {
  test('needs three keys; all else has a default', () => {
    expect(load(yamlOf(GOOD))).toMatchObject({
      'auth.oidc.issuer': 'https://id.example.com/realms/main',
      'auth.oidc.clientId': 'tidewatch',
      'auth.oidc.clientSecret': null,
      'auth.oidc.redirectUrl': null,
      'auth.oidc.scopes': ['profile', 'email'],
      'auth.oidc.sessionLifetime': 43_200_000,
      'auth.oidc.roles': [
        { claim: 'groups', values: ['ops'], role: 'operator', owners: [], labels: [], ownerClaim: null },
      ],
    });
  });

  test('takes all of it from variables too, with the rules as JSON', () => {
    const roles = [
      {
        claim: 'email',
        value: ['*@example.com'],
        role: 'viewer',
        owners: ['ann'],
        labels: ['team=a'],
        ownerClaim: 'nick',
      },
    ];
    const env = {
      TIDEWATCH_AUTH_OIDC_ISSUER: 'http://127.0.0.1:9000',
      TIDEWATCH_AUTH_OIDC_CLIENT_ID: 'tidewatch',
      TIDEWATCH_AUTH_OIDC_CLIENT_SECRET: 'hush hush',
      TIDEWATCH_AUTH_OIDC_ROLES: JSON.stringify(roles),
    };
    expect(load('', env)).toMatchObject({
      'auth.oidc.issuer': 'http://127.0.0.1:9000/',
      'auth.oidc.clientSecret': 'hush hush',
      'auth.oidc.roles': [
        { claim: 'email', values: ['*@example.com'], owners: ['ann'], labels: ['team=a'], ownerClaim: 'nick' },
      ],
    });
  });

  test('what is missing is told where the issuer stands, and what it is', () => {
    expect(problemsOf(yamlOf(['issuer: https://id.example.com']))).toEqual([
      'tidewatch.yaml:3:13: auth.oidc.clientId: missing; give the name under which this Tidewatch is registered at the identity provider',
      'tidewatch.yaml:3:13: auth.oidc.roles: missing; give rules of who gets in, as in [{ claim: groups, value: ops, role: operator }]; without one nobody does',
    ]);
    expect(problemsOf('', { TIDEWATCH_AUTH_OIDC_CLIENT_SECRET: 'hush' })).toHaveLength(3);
    expect(problemsOf('', { TIDEWATCH_AUTH_OIDC_CLIENT_SECRET: 'hush' })[0]).toMatch(
      /^TIDEWATCH_AUTH_OIDC_CLIENT_SECRET: auth\.oidc\.issuer: missing; give the address/,
    );
  });

  test('a secret stands in one place', () => {
    expect(problemsOf(yamlOf([...GOOD, 'clientSecretFile: oidc.secret', 'clientSecret: hush']))).toEqual([
      'tidewatch.yaml:6:23: auth.oidc.clientSecretFile: not together with clientSecret (tidewatch.yaml:7:19); take one of them out',
    ]);
  });

  test.each([
    [
      'issuer: http://id.example.com',
      'issuer: expected https://: what the provider says could be forged on the way; http:// is for this machine',
    ],
    [
      'issuer: https://id.example.com/.well-known/openid-configuration',
      'issuer: expected the issuer alone: what stands before /.well-known/openid-configuration',
    ],
    [
      'issuer: id.example.com',
      'issuer: expected an address with http:// or https://, without user, password and fragment',
    ],
    ['clientSecret: ["top secret"]', 'clientSecret: expected one line of text'],
    [
      'redirectUrl: https://tw.example.com/',
      'redirectUrl: expected https://NAME/login/oidc/callback, with the name by which browsers call this server',
    ],
    [
      'redirectUrl: javascript:alert(1)',
      'redirectUrl: expected https://NAME/login/oidc/callback, with the name by which browsers call this server',
    ],
    ['sessionLifetime: 1m', 'sessionLifetime: expected a duration from 5m to 30d, as in 15s, 1m30s or 2h; got "1m"'],
    ['roles: []', 'roles: expected a list of rules, as in [{ claim: groups, value: ops, role: operator }]; got a list'],
    ['roles: ops', 'roles: expected a list of rules, as in [{ claim: groups, value: ops, role: operator }]; got "ops"'],
    [
      `roles: [${RULE}, ops]`,
      'roles.1: expected a section with claim, value, role, owners, labels, ownerClaim; got "ops"',
    ],
    ['roles: [{ claim: groups, value: ops }]', 'roles.0: role is missing'],
    [
      'roles: [{ claim: groups, value: ops, role: root }]',
      'roles.0: role: expected one of: viewer, operator, admin; got "root"',
    ],
    ['roles: [{ claim: groups, values: ops, role: admin }]', 'roles.0: unknown key "values"; did you mean value?'],
    ['roles: [{ claim: "", value: ops, role: admin }]', 'roles.0: claim: expected text; got nothing'],
    ['clientID: x', 'clientID: unknown key; did you mean auth.oidc.clientId?'],
  ])('%s is told with its place', (line, problem) => {
    expect(problemsOf(withLine(line))).toContainEqual(
      expect.stringMatching(
        new RegExp(`^tidewatch\\.yaml:3:\\d+: auth\\.oidc\\.${problem.replace(/[\\^$.|?+*()[\]{}]/g, '\\$&')}$`),
      ),
    );
  });

  test('a wrong secret is not shown', () => {
    const problems = problemsOf(yamlOf([...GOOD, 'clientSecret: 7355608']), {});
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('7355608');
  });

  test('each rule is told with its own line', () => {
    const yaml = yamlOf(['issuer: https://id.example.com', 'clientId: t', 'roles:', `  - ${RULE}`, '  - { claim: a }']);
    expect(problemsOf(yaml)).toEqual(['tidewatch.yaml:7:9: auth.oidc.roles.1: value is missing']);
  });
});
