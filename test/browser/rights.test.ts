import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClient, type TokenBody } from '../../src/client/client.ts';
import { browserObstacle, type ServedPage, servePage } from './served-page.ts';

const wait = { timeout: 30_000 };

let served: ServedPage;
beforeAll(async () => {
  if (browserObstacle !== null) return;
  served = await servePage();
  served.engine.run({ name: 'web', labels: { 'tidewatch.workspace': 'shop', 'tidewatch.owner': 'ann' } });
  served.engine.run({ name: 'wiki' });
}, 120_000);
afterAll(() => served?.close());
beforeEach((context) => {
  if (browserObstacle !== null) context.skip(browserObstacle);
});

/** What a page of a token asked for. */
interface Asked {
  /** Requests that would change something. */
  readonly changes: readonly string[];
  /** Answered 403. */
  readonly refused: readonly string[];
}

/** Opens the page with a token of its own. */
async function as(token: TokenBody, task: (page: Page) => Promise<void>): Promise<Asked> {
  const client = createClient({ url: served.address, token: served.token });
  const { secret } = await client.tokens.create(token);
  const page = await served.openLocked('/');
  const changes: string[] = [];
  const refused: string[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET' && !request.url().endsWith('/login')) changes.push(request.url());
  });
  page.on('response', (response) => {
    if (response.status() === 403) refused.push(response.url());
  });
  try {
    await page.locator('#token').fill(secret);
    await page.keyboard.press('Enter');
    await page.locator('.row', { hasText: 'shop' }).waitFor();
    await task(page);
  } finally {
    await page.context().close();
  }
  return { changes, refused };
}

const sync = (page: Page) => page.locator('.top .sync');
const me = async (page: Page) => (await page.locator('#me > *').allTextContents()).join(' ');
const archive = (page: Page) => page.locator('#archive');
const openShop = (page: Page) => page.locator('.row .name', { hasText: 'shop' }).click();

describe('the page offers what the token may', () => {
  it('a viewer sees who it is, and cannot press what it may not', async () => {
    const asked = await as({ name: 'wall', role: 'viewer' }, async (page) => {
      await expect.poll(() => me(page), wait).toBe('wall viewer');
      expect(await sync(page).isDisabled()).toBe(true);
      expect(await sync(page).getAttribute('title')).toBe('Only for the role operator');
      await openShop(page);
      await archive(page).waitFor();
      expect([await archive(page).isDisabled(), await archive(page).getAttribute('title')]).toEqual([
        ...[true, 'Only for the role operator'],
      ]);
      await page.evaluate('document.querySelectorAll("button:not(#log-out)").forEach((button) => button.click())');
      // What the buttons asked for was asked before.
      expect(await page.evaluate('fetch("/api/v1/me").then(({ status }) => status)')).toBe(200);
    });
    expect(asked).toEqual({ changes: [], refused: [] });
  });

  it('a limited operator archives within its limit, and is told of it', async () => {
    const rights: TokenBody = { name: 'é<b>\u202eann', role: 'operator', owners: ['ann'], expiresIn: '1d' };
    const { changes, refused } = await as(rights, async (page) => {
      await expect.poll(() => me(page), wait).toBe(`${rights.name} operator · limited`);
      const title = (await page.locator('#me').getAttribute('title')) ?? '';
      expect(title.split('\n').slice(1)).toEqual([
        'Sees only workspaces of: ann',
        expect.stringMatching(/^Ends at \d{4}-\S+Z$/),
      ]);
      expect(await page.locator('.row').count()).toBe(1);
      await sync(page).click();
      await expect.poll(() => sync(page).isDisabled(), wait).toBe(false);
      await openShop(page);
      for (const phase of ['archived', 'running']) {
        await archive(page).click();
        await expect.poll(() => page.locator('.drawer .phase').textContent(), wait).toBe(phase);
      }
    });
    expect(refused).toEqual([]);
    expect(changes).toHaveLength(3);
  });

  it('whoever logs in next is shown, not who was there before', async () => {
    await as({ name: 'first', role: 'viewer' }, async (page) => {
      await expect.poll(() => me(page), wait).toBe('first viewer');
      await page.locator('#log-out').click();
      await page.locator('#token').fill(served.token);
      await page.keyboard.press('Enter');
      await expect.poll(() => me(page), wait).toBe('admin admin');
      expect(await sync(page).isDisabled()).toBe(false);
      expect(await sync(page).getAttribute('title')).toBeNull();
    });
  });
});
