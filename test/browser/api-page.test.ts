import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/api/contract/routes.ts';
import { browserObstacle, type ServedPage, servePage } from './served-page.ts';

const wait = { timeout: 30_000 };

let served: ServedPage;
beforeAll(async () => {
  if (browserObstacle !== null) return;
  served = await servePage();
  for (const name of ['worker', 'wiki']) served.engine.run({ name });
}, 120_000);
afterAll(() => served?.close());
beforeEach((context) => {
  if (browserObstacle !== null) context.skip(browserObstacle);
});

async function closing(page: Page, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } finally {
    await page.context().close();
  }
}

const send = (page: Page, id: string) => page.locator(`#${id} form.try .button.primary`).click();
const answered = (page: Page, id: string) => page.locator(`#${id} .answer-line`).textContent();
const bodyOf = (page: Page, id: string) => page.locator(`#${id} .answer .body`).textContent();

describe('the page to try the API at', () => {
  it('sends visitors to the log-in', async () => {
    const page = await served.openLocked('/docs');
    await closing(page, async () => expect(new URL(page.url()).pathname).toBe('/login'));
  });

  it('is linked from the page of workspaces, has every route, and finds them by words', async () => {
    const page = await served.open();
    await closing(page, async () => {
      await page.locator('.top a[href="/docs"]').click();
      await expect.poll(() => page.locator('.operation').count(), wait).toBe(Object.keys(ROUTES).length);
      await page.keyboard.press('/');
      await page.keyboard.type('rollups tier');
      await expect
        .poll(() => page.locator('.operation:visible h3').allTextContents(), wait)
        .toEqual(['/api/v1/workspaces/{id}/rollups']);
      expect(await page.locator('nav li:visible').count()).toBe(1);
      expect(await page.locator('[role=status].spoken').textContent()).toMatch(/^1 of /);
    });
  });

  it('reads for real, with what is put in', async () => {
    const page = await served.open('/docs#getWorkspace');
    await closing(page, async () => {
      await send(page, 'getWorkspace');
      await expect.poll(() => page.locator('#getWorkspace [aria-invalid]').count(), wait).toBe(1);
      const id = page.locator('#getWorkspace-id');
      await id.focus();
      await expect.poll(() => page.locator('#workspace-ids option').count(), wait).toBeGreaterThan(1);
      await id.fill('container:wiki');
      await send(page, 'getWorkspace');
      await expect.poll(() => answered(page, 'getWorkspace'), wait).toMatch(/^200 OK in \d+ ms/);
      await expect.poll(() => bodyOf(page, 'getWorkspace'), wait).toContain('"name": "wiki"');
      expect(await page.locator('#getWorkspace .curl code').textContent()).toBe(
        `curl -H "Authorization: Bearer $TOKEN" '${served.address}/api/v1/workspaces/container%3Awiki'`,
      );
      await page.locator('#getWorkspace .answer summary').click();
      expect(await page.locator('#getWorkspace .headers').textContent()).toContain('x-request-id');
    });
  });

  it('changes for real, and shows a refusal as the problem it is', async () => {
    const page = await served.open('/docs#registerWorkspace');
    await closing(page, async () => {
      await page.locator('#registerWorkspace textarea').fill('{"id":"planned","name":"Planned"}');
      await send(page, 'registerWorkspace');
      await expect.poll(() => answered(page, 'registerWorkspace'), wait).toMatch(/^201 Created/);
      await send(page, 'registerWorkspace');
      await expect.poll(() => answered(page, 'registerWorkspace'), wait).toMatch(/^409 Conflict/);
      await expect.poll(() => bodyOf(page, 'registerWorkspace'), wait).toContain('"code": "workspace_exists"');
      await page.goto(`${served.address}/?w=planned`);
      await expect.poll(() => page.locator('.drawer h2').textContent(), wait).toBe('Planned');
    });
  });

  it('asks with another token than that of the session', async () => {
    const page = await served.open('/docs#getStats');
    await closing(page, async () => {
      await page.getByLabel('Token', { exact: true }).fill('nobody-knows-this-token');
      await send(page, 'getStats');
      await expect.poll(() => answered(page, 'getStats'), wait).toMatch(/^401 /);
      await page.getByLabel('Token', { exact: true }).fill(served.token);
      await send(page, 'getStats');
      await expect.poll(() => answered(page, 'getStats'), wait).toMatch(/^200 /);
    });
  });

  it('follows server-sent events until it is stopped, and live frames until it disconnects', async () => {
    const page = await served.open('/docs#streamEvents');
    await closing(page, async () => {
      await page.locator('#streamEvents-after').fill('0');
      await send(page, 'streamEvents');
      await expect.poll(() => bodyOf(page, 'streamEvents'), wait).toContain('"type":"status_changed"');
      await page.locator('#streamEvents .actions button', { hasText: 'Stop' }).click();
      await expect.poll(() => answered(page, 'streamEvents'), wait).toContain('stopped');

      await page.goto(`${served.address}/docs#live`);
      await send(page, 'live');
      const frames = page.locator('#live .frames');
      await expect.poll(() => frames.textContent(), wait).toContain('"type":"snapshot"');
      await page.locator('#live .actions button', { hasText: 'Disconnect' }).click();
      await expect.poll(() => page.locator('#live .actions [role=status]').textContent(), wait).toContain('closed');
    });
  });

  it('works by keyboard alone', async () => {
    const page = await served.open('/docs');
    await closing(page, async () => {
      await page.locator('#search').fill('/healthz');
      await page.locator('#getHealth > summary').focus();
      await page.keyboard.press('Enter');
      await page.locator('#getHealth form.try .button.primary').focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => answered(page, 'getHealth'), wait).toMatch(/^200 OK/);
      expect(
        await page.evaluate(
          '[...document.querySelectorAll("input, select, textarea")].filter((one) => one.labels.length === 0 && !one.ariaLabel).length',
        ),
      ).toBe(0);
    });
  });

  it.each(['dark', 'light'] as const)('fits a phone without scrolling sideways, %s', async (colorScheme) => {
    const page = await served.open('/docs', { viewport: { width: 360, height: 700 }, colorScheme });
    await closing(page, async () => {
      await page.locator('#listWorkspaces > summary').click();
      await send(page, 'listWorkspaces');
      await expect.poll(() => answered(page, 'listWorkspaces'), wait).toMatch(/^200 OK/);
      expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBe(0);
    });
  });

  it('breaks no rule of the content policy', () => {
    expect(served.complaints).toEqual([]);
  });
});
