import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseListenAddress } from '../runtime/listen-address.ts';
import { silentLogger } from '../runtime/logger.ts';
import type { Config } from './config/keys.ts';
import { configDefaults } from './config/load-config.ts';
import { oidcOptions } from './oidc.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidewatch-oidc-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RULES = [{ claim: 'groups', values: ['ops'], role: 'admin', owners: [], labels: [], ownerClaim: null }] as const;

function options(settings: Partial<Config>, listen = '127.0.0.1:7420') {
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  const config: Config = {
    ...configDefaults({ env: {}, home: folder }),
    ...{ 'auth.oidc.issuer': 'https://id.example.com:8443/x', 'auth.oidc.clientId': 'tw', 'auth.oidc.roles': RULES },
    ...settings,
  };
  const address = parseListenAddress(listen)!;
  return { found: oidcOptions(config, address, logger), warnings };
}

test('without an issuer nobody logs in by one', () => {
  expect(options({ 'auth.oidc.issuer': null }).found).toBeNull();
});

test('what is not set has a default: the name of the provider is its host', () => {
  expect(options({}).found).toEqual({
    ...{ issuer: 'https://id.example.com:8443/x', clientId: 'tw', clientSecret: null, redirectUrl: null },
    ...{ scopes: ['profile', 'email'], providerName: 'id.example.com:8443', rules: RULES, sessionMs: 43_200_000 },
  });
});

test('the secret is read of its file, and told in no error', () => {
  const file = join(folder, 'secret');
  writeFileSync(file, 'hush\n');
  expect(options({ 'auth.oidc.clientSecretFile': file }).found?.clientSecret).toBe('hush');
  writeFileSync(file, 'hush\nhush');
  const refused = () => options({ 'auth.oidc.clientSecretFile': file });
  expect(refused).toThrow(`auth.oidc.clientSecretFile ${file}: expected one line`);
  writeFileSync(file, '\n');
  expect(refused).toThrow(`${file}: it is empty`);
  rmSync(file);
  expect(refused).toThrow(/ENOENT/);
});

test('on a unix socket, and behind a proxy with TLS, the address to come back to must be told', () => {
  expect(() => options({}, 'unix:/run/tw.sock')).toThrow('auth.oidc.redirectUrl: needed on a unix socket');
  const redirectUrl = 'https://tw.example.com/login/oidc/callback';
  expect(options({ 'auth.oidc.redirectUrl': redirectUrl }, 'unix:/run/tw.sock').found?.redirectUrl).toBe(redirectUrl);
  expect(options({ allowedHosts: ['tw.example.com'] }).warnings).toEqual([
    expect.stringContaining('behind a proxy with TLS set auth.oidc.redirectUrl'),
  ]);
  expect(options({ allowedHosts: ['tw.example.com'], 'auth.oidc.redirectUrl': redirectUrl }).warnings).toEqual([]);
});
