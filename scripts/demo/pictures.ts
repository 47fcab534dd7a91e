/**
 * Takes the pictures of docs/images anew, of a demo that runs. Needs Chromium.
 *
 *     DEMO_FOLDER=/tmp/tidewatch-demo make demo
 *     DEMO_FOLDER=/tmp/tidewatch-demo node_modules/.bin/tsx scripts/demo/pictures.ts
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { DEFAULT_URL } from './demo-daemon.ts';
import { DATA_FOLDER } from './places.ts';

const FOLDER = 'docs/images';

const url = process.env.TIDEWATCH_URL ?? DEFAULT_URL;
const token = (await readFile(join(DATA_FOLDER, 'admin-token'), 'utf8')).trim();
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US' });
  await page.request.post(`${url}/login`, { data: { token } });
  await takeLivePage(page);
  await takeApiPage(page);
} finally {
  await browser.close();
}

async function takeLivePage(page: Page): Promise<void> {
  await page.goto(url);
  await page.locator('.row').nth(7).waitFor();
  // Figures are there from the second reading on.
  await page.waitForTimeout(3_000);
  await page.screenshot({ path: `${FOLDER}/live-page.png` });
}

async function takeApiPage(page: Page): Promise<void> {
  await page.goto(`${url}/docs#getSummary`);
  await page.locator('#getSummary form.try .button.primary').click();
  await page.locator('#getSummary .answer-line[data-tone=good]').waitFor();
  await page.screenshot({ path: `${FOLDER}/api-page.png` });
}
