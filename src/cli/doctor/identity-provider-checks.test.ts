import { expect, test } from 'vitest';
import { startForgingProvider } from '../../api/oidc/forging-provider.contract.ts';
import { identityProviderChecks } from './identity-provider-checks.ts';

const check = (env: Record<string, string>) => identityProviderChecks({ env, cwd: '/nowhere', home: '/nowhere' });
const roles = '[{ "claim": "groups", "value": "ops", "role": "admin" }]';
const envOf = (issuer: string) => ({
  TIDEWATCH_AUTH_OIDC_ISSUER: issuer,
  TIDEWATCH_AUTH_OIDC_CLIENT_ID: 'tidewatch',
  TIDEWATCH_AUTH_OIDC_ROLES: roles,
});

test('the doctor asks the provider that is configured, and says what must be registered there', async () => {
  expect(await check({})).toEqual([]);
  const provider = await startForgingProvider();
  const env = envOf(provider.issuer);
  const redirectUrl = 'https://tw.example.com/login/oidc/callback';
  expect(await check(env)).toMatchObject([{ status: 'ok', detail: expect.stringContaining('as browsers call it') }]);
  expect(await check({ ...env, TIDEWATCH_AUTH_OIDC_REDIRECT_URL: redirectUrl })).toMatchObject([
    { status: 'ok', detail: `${provider.issuer}; registered there must be ${redirectUrl}` },
  ]);
  expect(await check(envOf(`${provider.issuer}other`))).toMatchObject([{ status: 'fail' }]);
  await provider.stop();
  expect(await check(env)).toMatchObject([{ status: 'fail', detail: expect.stringContaining('fetch failed') }]);
});
