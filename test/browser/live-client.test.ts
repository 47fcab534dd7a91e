import type { Page } from 'playwright-core';
import { build } from 'vite';
import { beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { browserObstacle, type ServedPage, servePage } from './served-page.ts';

const wait = { timeout: 30_000 };

beforeEach((context) => {
  if (browserObstacle !== null) context.skip(browserObstacle);
});

/** The client of the package as the bundler of a page makes it, by the names of its files. */
async function bundledClient(): Promise<ReadonlyMap<string, string>> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      lib: { entry: 'dist/client/client.js', formats: ['es'], fileName: 'client' },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []));
  return new Map(outputs.flatMap((one) => (one.type === 'chunk' ? [[one.fileName, one.code]] : [])));
}

/** Serves the client beside the page, so that the page's own policy stays in force, and follows with it. */
async function follow(page: Page, files: ReadonlyMap<string, string>): Promise<void> {
  await page.route('**/under-test/*', async (route) => {
    const body = files.get(new URL(route.request().url()).pathname.replace('/under-test/', ''));
    await route.fulfill(body === undefined ? { status: 404 } : { body, contentType: 'text/javascript' });
  });
  await page.evaluate(FOLLOW);
}

const FOLLOW = `import('/under-test/client.js').then(({ createClient }) => {
  const seqs = [];
  const resyncs = [];
  const feed = createClient({ url: '' }).live({
    after: 0,
    metrics: true,
    waitForDaemon: true,
    onEvent: ({ seq }) => seqs.push(seq),
    onResync: ({ reason }) => resyncs.push(reason),
  });
  Object.assign(window, { feed, seqs, resyncs });
  feed.run().catch((error) => { window.failure = String(error); });
})`;

const phaseOf = (page: Page, id: string) =>
  page.evaluate<string | undefined>(`window.feed?.workspaces.get('container:${id}')?.phase`);

async function seqsEqualLog(page: Page, { address, token }: ServedPage): Promise<void> {
  const client = createClient({ url: address, token });
  await expect
    .poll(async () => {
      const { items } = await client.events({ limit: 1000 });
      const seqs = await page.evaluate<number[]>('window.seqs');
      return JSON.stringify(seqs) === JSON.stringify(items.map(({ seq }) => seq));
    }, wait)
    .toBe(true);
}

it('the package gives a page nothing that only Node has', async () => {
  for (const [file, code] of await bundledClient())
    expect([file, code.match(/\bnode:\w+/)?.[0]]).toEqual([file, undefined]);
});

describe('the client in a browser', () => {
  it('follows a daemon over WebSocket, its restart included, with every event once', async () => {
    const files = await bundledClient();
    const served = await servePage({ store: 'sqlite' });
    try {
      for (const name of ['worker', 'wiki']) served.engine.run({ name });
      const page = await served.open();
      await follow(page, files);
      await expect.poll(() => phaseOf(page, 'worker'), wait).toBe('running');
      served.engine.pause('wiki');
      await expect.poll(() => phaseOf(page, 'wiki'), wait).toBe('paused');
      await seqsEqualLog(page, served);

      await served.stopDaemon();
      served.engine.die('worker', { exitCode: 3 });
      await served.startDaemon();
      await expect.poll(() => phaseOf(page, 'worker'), wait).toBe('crashed');
      served.engine.unpause('wiki');
      await expect.poll(() => phaseOf(page, 'wiki'), wait).toBe('running');
      await seqsEqualLog(page, served);
      expect(await page.evaluate('window.resyncs')).toEqual([]);
      expect(await page.evaluate('window.failure')).toBeUndefined();
    } finally {
      await served.close();
    }
  });

  it('is told when it must log in, and a page of another origin gets no connection', async () => {
    const files = await bundledClient();
    const served = await servePage();
    try {
      const locked = await served.openLocked('/login');
      await follow(locked, files);
      await expect.poll(() => locked.evaluate('window.failure'), wait).toContain('token');

      const page = await served.open();
      const { port } = new URL(served.address);
      await page.route('http://foreign.test/', (route) =>
        route.fulfill({ body: '<p>hello', contentType: 'text/html' }),
      );
      await page.goto('http://foreign.test/');
      const outcome = `new Promise((resolve) => {
        const socket = new WebSocket('ws://127.0.0.1:${port}/api/v1/live');
        socket.onopen = () => resolve('open');
        socket.onclose = ({ code }) => resolve(code);
      })`;
      expect(await page.evaluate(outcome)).toBe(1006);
    } finally {
      await served.close();
    }
  });
});
