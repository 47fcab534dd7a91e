import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { browserObstacle, type ServedPage, servePage } from './served-page.ts';

const wait = { timeout: 30_000 };
const EVIL = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202e\x1b[2J';

let served: ServedPage;
beforeAll(async () => {
  if (browserObstacle !== null) return;
  served = await servePage();
  const compose = (service: string) => ({
    'com.docker.compose.project': 'shop',
    'com.docker.compose.service': service,
  });
  for (const service of ['web', 'db']) served.engine.run({ name: `shop-${service}-1`, labels: compose(service) });
  for (const name of ['worker', 'wiki', 'trainer', 'notes']) served.engine.run({ name });
  served.engine.run({
    name: 'evil',
    image: EVIL.slice(0, 60),
    labels: { 'tidewatch.workspace': 'evil', 'tidewatch.workspace.name': EVIL, [EVIL]: EVIL },
  });
}, 120_000);
afterAll(() => served?.close());
beforeEach((context) => {
  if (browserObstacle !== null) context.skip(browserObstacle);
});

const row = (page: Page, name: string) => page.locator('.row', { has: page.locator('.name', { hasText: name }) });

async function closing(page: Page, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } finally {
    await page.context().close();
  }
}

describe('the live page', () => {
  it('shows every workspace after the log-in link', async () => {
    const page = await served.open();
    await closing(page, async () => {
      await expect.poll(() => page.locator('.row').count(), wait).toBe(6);
      expect(await row(page, 'shop').locator('.phase').textContent()).toBe('running');
      expect(await row(page, 'shop').locator('.count').textContent()).toBe('2/2');
      await expect.poll(() => page.locator('#link').textContent(), wait).toBe('live');
    });
  });

  it('changes a workspace whose container dies, without being loaded again', async () => {
    const page = await served.open();
    await closing(page, async () => {
      await row(page, 'worker').waitFor();
      await page.evaluate('window.same = true');
      served.engine.die('worker', { exitCode: 3 });
      await expect.poll(() => row(page, 'worker').locator('.phase').textContent(), wait).toBe('crashed');
      await expect.poll(() => row(page, 'worker').locator('.reason').textContent(), wait).toContain('exit code 3');
      await expect.poll(() => page.locator('.recent .event').first().textContent(), wait).toContain('worker');
      await expect
        .poll(() => page.locator('[aria-live=polite].spoken').textContent(), wait)
        .toContain('worker is crashed');
      expect(await page.evaluate('window.same')).toBe(true);
    });
  });

  it('shows what decided, the containers and the history of a workspace', async () => {
    const page = await served.open();
    await closing(page, async () => {
      served.engine.die('trainer', { oom: true });
      await row(page, 'trainer').locator('.name').click();
      const drawer = page.locator('.drawer');
      await expect.poll(() => drawer.locator('.phase').textContent(), wait).toBe('out of memory');
      await expect.poll(() => drawer.locator('.evidence').textContent(), wait).toContain('oom');
      await expect.poll(() => drawer.locator('.container').textContent(), wait).toContain('exit 137');
      await expect.poll(() => drawer.locator('.event').count(), wait).toBeGreaterThan(1);
      await page.reload();
      await expect.poll(() => drawer.locator('h2').textContent(), wait).toBe('trainer');
    });
  });

  it('archives a workspace and takes it back', async () => {
    const page = await served.open('/?w=container:wiki');
    await closing(page, async () => {
      await row(page, 'wiki').locator('.name').click();
      const phase = page.locator('.drawer .drawer-state .phase');
      await page.locator('#archive').click();
      await expect.poll(() => phase.textContent(), wait).toBe('archived');
      await page.locator('#archive').click();
      await expect.poll(() => phase.textContent(), wait).toBe('running');
    });
  });

  it('filters by phase and by text, and keeps both in the address', async () => {
    const page = await served.open();
    await closing(page, async () => {
      await row(page, 'notes').waitFor();
      served.engine.pause('notes');
      await page.locator('.chip[data-phase=paused]').click();
      await expect.poll(() => page.locator('.row .name').allTextContents(), wait).toEqual(['notes']);
      expect(new URL(page.url()).search).toBe('?phase=paused');
      served.engine.unpause('notes');
      await expect.poll(() => page.locator('.row').count(), wait).toBe(0);
      await page.locator('.empty .button').click();
      await page.locator('#search').fill('shop-db');
      await expect.poll(() => page.locator('.row .name').allTextContents(), wait).toEqual(['shop']);
      await page.reload();
      await expect.poll(() => page.locator('.row .name').allTextContents(), wait).toEqual(['shop']);
    });
  });

  it('says that states are the last known ones while the engine is away', async () => {
    const page = await served.open();
    await closing(page, async () => {
      await row(page, 'shop').waitFor();
      await served.engine.goDown({ liveRestore: true });
      await expect.poll(() => page.locator('.banner').first().textContent(), wait).toContain('last known');
      await expect.poll(() => row(page, 'shop').locator('.phase').textContent(), wait).toBe('running ?');
      await served.engine.comeUp({ liveRestore: true });
      await expect.poll(() => page.locator('.banner').first().isVisible(), wait).toBe(false);
      await expect.poll(() => row(page, 'shop').locator('.phase').textContent(), wait).toBe('running');
    });
  });

  it('takes names, labels and images as text, whatever they are', async () => {
    const page = await served.open('/?w=evil');
    await closing(page, async () => {
      await expect.poll(() => page.locator('.drawer h2').textContent(), wait).toContain('<img src=x');
      await page.locator('.row[data-id=evil] .toggle').click();
      await page.locator('.row[data-id=evil] .container').waitFor();
      expect(await page.locator('#app img, #app script').count()).toBe(0);
      expect(await page.title()).toMatch(/Tidewatch$/);
    });
  });

  it('speaks Korean where the browser does', async () => {
    const page = await served.open('/', { locale: 'ko-KR' });
    await closing(page, async () => {
      await expect.poll(() => row(page, 'shop').locator('.phase').textContent(), wait).toBe('실행 중');
      expect(await page.locator('html').getAttribute('lang')).toBe('ko');
      await expect.poll(() => page.locator('#link').textContent(), wait).toBe('실시간');
    });
  });

  it('fits a phone without scrolling sideways, with details too', async () => {
    const page = await served.open('/', { viewport: { width: 360, height: 700 } });
    await closing(page, async () => {
      const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
      await row(page, 'shop').waitFor();
      expect(await overflow()).toBeLessThanOrEqual(0);
      await row(page, 'shop').locator('.toggle').click();
      await page.locator('.row[data-id="evil"] .name').click();
      await page.locator('.drawer .container').waitFor();
      expect(await overflow()).toBeLessThanOrEqual(0);
    });
  });

  it.each([800, 1000, 1280])('has its head on one line where %i pixels are wide', async (width) => {
    const page = await served.open('/', { viewport: { width, height: 700 } });
    await closing(page, async () => {
      await row(page, 'shop').waitFor();
      await page.locator('.engine').waitFor();
      expect((await page.locator('.top').boundingBox())?.height).toBeLessThanOrEqual(70);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    });
  });

  it('can be used by keyboard alone', async () => {
    const page = await served.open();
    await closing(page, async () => {
      await row(page, 'shop').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('shop');
      await expect.poll(() => page.locator('.row').count(), wait).toBe(1);
      await row(page, 'shop').locator('.toggle').focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => row(page, 'shop').locator('.container').count(), wait).toBe(2);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.evaluate('document.activeElement.id'), wait).toBe('drawer-title');
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('.drawer').isVisible(), wait).toBe(false);
      expect(await page.evaluate('document.activeElement.className')).toBe('name');
    });
  });

  it('keeps focus and place while the list changes around them', async () => {
    const page = await served.open('/?sort=name');
    await closing(page, async () => {
      await row(page, 'shop').locator('.name').focus();
      const handle = await row(page, 'shop').elementHandle();
      served.engine.run({ name: 'aardvark' });
      await row(page, 'aardvark').waitFor();
      expect(await page.evaluate('document.activeElement.textContent')).toBe('shop');
      expect(await handle?.evaluate((element) => element.isConnected)).toBe(true);
      served.engine.die('aardvark');
      served.engine.destroy('aardvark');
    });
  });

  it('asks for the token when the session ends, and goes on with it', async () => {
    const page = await served.open();
    await closing(page, async () => {
      await row(page, 'shop').waitFor();
      await page.locator('#log-out').click();
      await page.locator('#token').waitFor();
      expect(await page.locator('.row:visible').count()).toBe(0);
      await page.locator('#token').fill('not the token');
      await page.keyboard.press('Enter');
      await page.locator('.wrong').waitFor();
      await page.locator('#token').fill(served.token);
      await page.keyboard.press('Enter');
      await row(page, 'shop').waitFor();
    });
  });

  it('gives nothing to a browser that is not logged in', async () => {
    const page = await served.openLocked('/');
    await closing(page, async () => {
      await page.locator('#token').waitFor();
      expect(await page.locator('.row:visible').count()).toBe(0);
    });
  });

  it('is reached from the log-in page with the token, without a script', async () => {
    const page = await served.openLocked('/');
    await closing(page, async () => {
      await page.locator('#token').fill(served.token);
      await page.keyboard.press('Enter');
      await row(page, 'shop').waitFor();
    });
  });

  it('made no browser complain', () => {
    expect(served.complaints).toEqual([]);
  });
});
