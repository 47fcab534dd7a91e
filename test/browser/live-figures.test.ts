import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { describeDocker, describeUnless, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { browserObstacle, type ServedPage, servePage } from './served-page.ts';

const wait = { timeout: 30_000 };

/** Holds 12 MB of its 24, and burns some CPU. */
const LOAD = 'kept=$(head -c 12000000 /dev/zero | tr "\\0" x); while :; do seq 2000 >/dev/null; done';

describeDocker('figures in the page', () => {
  describeUnless(browserObstacle, 'of real containers', () => {
    const prefix = freshPrefix();
    let served: ServedPage;
    let id = '';
    beforeAll(async () => {
      const { host, docker } = sharedDocker();
      served = await servePage({ host });
      const limits = ['--cpus=0.2', '--memory=24m'];
      const label = `--label=tidewatch.workspace=${prefix}`;
      id = await docker('run', '-d', '--network=none', ...limits, label, IMAGE, 'sh', '-c', LOAD);
    }, 120_000);
    afterAll(async () => {
      if (id !== '') await sharedDocker().docker('rm', '-f', id);
      await served?.close();
    });

    const cell = (page: Page, kind: string) => page.locator(`.row[data-id="${prefix}"] .figure.${kind} .value`).first();
    const numberOf = async (page: Page, kind: string) =>
      Number.parseFloat((await cell(page, kind).textContent()) ?? '');
    const open = () => served.open(`/?q=${prefix}`, { viewport: { width: 1600, height: 900 } });

    it('appear and change without moving anything or a word aloud, and go when it stops', async () => {
      const page = await open();
      try {
        await expect.poll(() => numberOf(page, 'cpu'), wait).toBeGreaterThan(0);
        await expect.poll(() => cell(page, 'memory').textContent(), wait).toMatch(/^1\d(\.\d)? MiB$/);
        const places = () => page.evaluate<string>(PLACES);
        const [where, before] = [await places(), await cell(page, 'cpu').textContent()];
        await expect.poll(() => cell(page, 'cpu').textContent(), wait).not.toBe(before);
        expect(await places()).toBe(where);
        // Other tests' workspaces may be told of; figures never.
        expect(await page.locator('.spoken[aria-live]').textContent()).not.toMatch(/%|MiB/);
        expect(await page.locator('.list [aria-live], .totals [aria-live]').count()).toBe(0);
        expect(await page.evaluate<number>(SHARE)).toBeGreaterThan(0.3);
        const totals = page.locator('.totals .total.cpu dd');
        await expect.poll(async () => Number.parseFloat((await totals.textContent()) ?? ''), wait).toBeGreaterThan(0);

        await page.locator(`.row[data-id="${prefix}"] .name`).click();
        const use = page.locator('.drawer .use');
        await expect.poll(() => use.textContent(), wait).toMatch(/Memory1\d(\.\d)? MiB\d+(\.\d)?% of 24\.0 MiB/);
        await expect.poll(() => use.textContent(), wait).toContain('Processes');

        await sharedDocker().docker('kill', id);
        await expect.poll(() => cell(page, 'cpu').textContent(), wait).toBe('');
        expect(await page.locator('.drawer .tiles').isVisible()).toBe(false);
        await sharedDocker().docker('start', id);
        await expect.poll(() => numberOf(page, 'cpu'), wait).toBeGreaterThan(0);
        expect(served.complaints).toEqual([]);
      } finally {
        await page.context().close();
      }
    });

    it('are read each second only while a page is open', async () => {
      const client = createClient({ url: served.address, token: served.token });
      const watched = async () => (await client.stats()).monitor.watched;
      const page = await open();
      await expect.poll(watched, wait).toBeGreaterThan(0);
      await page.context().close();
      await expect.poll(watched, wait).toBe(0);
    });
  });
});

/** Where the parts of the rows are. */
const PLACES = `JSON.stringify([...document.querySelectorAll('.row-head > *, .figure')].map((one) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  return [x, y, width, height];
}))`;

/** How far the bar of memory is filled. */
const SHARE = `Number(document.querySelector('.row .memory .bar i').style.getPropertyValue('--share'))`;
