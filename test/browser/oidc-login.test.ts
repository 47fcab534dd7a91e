import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT, type RealProvider, startProvider } from '../../src/api/oidc/real-provider.contract.ts';
import { browserObstacle, type ServedPage, servePage } from './served-page.ts';

const wait = { timeout: 30_000 };
const RULE = { claim: 'groups', values: ['dev'], role: 'operator', owners: [], labels: [], ownerClaim: null } as const;

let provider: RealProvider;
let served: ServedPage;
beforeAll(async () => {
  if (browserObstacle !== null) return;
  // Another site than that of Tidewatch, which is called by number: only then cookies are held back as in real life.
  provider = await startProvider({ ann: { email: 'ann@example.com', groups: ['dev'] }, eve: {} }, 'localhost');
  served = await servePage({
    settings: {
      'auth.oidc.issuer': provider.issuer,
      'auth.oidc.clientId': CLIENT.clientId,
      'auth.oidc.clientSecret': CLIENT.clientSecret,
      'auth.oidc.scopes': ['email', 'groups'],
      'auth.oidc.roles': [RULE],
      'auth.oidc.providerName': 'Example ID',
    },
  });
  provider.register(`${served.address}/login/oidc/callback`);
  served.engine.run({ name: 'worker' });
}, 120_000);
afterAll(async () => {
  await served?.close();
  await provider?.close();
});
beforeEach((context) => {
  if (browserObstacle !== null) context.skip(browserObstacle);
});

describe('logging in by an identity provider', () => {
  it('leads from the log-in page through the provider to the dashboard, and out again', async () => {
    const page = await served.openLocked('/');
    await page.getByRole('link', { name: 'Log in with Example ID' }).click();
    await page.locator('input[name=login]').fill('ann');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect.poll(() => page.locator('.row').count(), wait).toBe(1);
    expect(new URL(page.url()).pathname).toBe('/');
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.reload();
    await expect.poll(() => page.locator('.row').count(), wait).toBe(1);
    await page.evaluate("fetch('/logout', { method: 'POST' })");
    await page.goto(`${served.address}/`);
    await expect.poll(() => new URL(page.url()).pathname, wait).toBe('/login');
    await page.context().close();
  });

  it('tells who has no role, and offers to try again', async () => {
    const page = await served.openLocked('/login');
    await page.getByRole('link', { name: 'Log in with Example ID' }).click();
    await page.locator('input[name=login]').fill('eve');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect.poll(() => page.locator('[role=alert]').textContent(), wait).toContain('knows you as eve');
    expect(await page.getByRole('link', { name: 'Log in with Example ID' }).count()).toBe(1);
    await page.context().close();
  });
});
