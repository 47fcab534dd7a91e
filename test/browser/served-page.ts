import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Config } from '../../src/daemon/config/keys.ts';
import { configDefaults } from '../../src/daemon/config/load-config.ts';
import { createDaemon } from '../../src/daemon/daemon.ts';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { builtPage } from './built-page.ts';

const CHROMIUM = '/usr/bin/chromium';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

/** Why no browser can be started here; `null` when one can. */
export const browserObstacle: string | null = existsSync(CHROMIUM)
  ? null
  : `${CHROMIUM} is missing; install the package chromium`;

/** A daemon on a scripted engine, its built page, and a browser to look at it. */
export interface ServedPage {
  readonly engine: FakeEngine;
  readonly token: string;
  readonly address: string;
  /** What browsers complained of: errors of scripts and of the content policy. */
  readonly complaints: readonly string[];
  /** A page that is logged in by a fresh link. Every page has a browser context of its own. */
  open(path?: string, options?: BrowserContextOptions): Promise<Page>;
  /** A page that is not logged in. */
  openLocked(path: string): Promise<Page>;
  /** Ends the daemon; what happens until {@link ServedPage.startDaemon} it does not see. */
  stopDaemon(): Promise<void>;
  /** Another daemon at the same address, on the same data. */
  startDaemon(): Promise<void>;
  close(): Promise<void>;
}

/** `host`: a real engine instead of the scripted one. `settings`: more of the configuration. */
export async function servePage({
  store = 'memory:',
  host,
  settings = {},
}: {
  readonly store?: Config['store'];
  readonly host?: string;
  readonly settings?: Partial<Config>;
} = {}): Promise<ServedPage> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-page-'));
  const engine = await FakeEngine.listen();
  const config: Config = {
    ...configDefaults(),
    dataDir,
    listen: '127.0.0.1:0',
    store,
    'engine.host': host ?? engine.host,
    // What the page shows must come by events, not by the safety net.
    'tracker.syncInterval': 3_600_000,
    ...settings,
  };
  const webRoot = builtPage();
  let daemon = createDaemon(config, { webRoot });
  await daemon.start();
  const address = daemon.address();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const complaints: string[] = [];
  return {
    engine,
    address,
    token: readFileSync(join(dataDir, 'admin-token'), 'utf8').trim(),
    complaints,
    async open(path = '/', options = {}) {
      const page = await newPage(browser, options, complaints);
      await page.goto(daemon.loginUrl() ?? '');
      if (path !== '/') await page.goto(address + path);
      return page;
    },
    async openLocked(path) {
      const page = await newPage(browser, {}, []);
      await page.goto(address + path);
      return page;
    },
    stopDaemon: () => daemon.stop(),
    async startDaemon() {
      daemon = createDaemon({ ...config, listen: new URL(address).host }, { webRoot });
      await daemon.start();
    },
    async close() {
      await browser.close();
      await daemon.stop();
      await engine.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function newPage(browser: Browser, options: BrowserContextOptions, complaints: string[]): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US', ...options });
  // Generous: the machine may be loaded.
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const text = message.text();
    // A daemon that is away is told by the browser itself; what a script or the policy says is a defect.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) complaints.push(text);
  });
  return page;
}
