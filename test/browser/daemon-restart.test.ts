import { beforeEach, describe, expect, it } from 'vitest';
import { browserObstacle, servePage } from './served-page.ts';

const wait = { timeout: 30_000 };

beforeEach((context) => {
  if (browserObstacle !== null) context.skip(browserObstacle);
});

describe('the page over a restart of the daemon', () => {
  // Without a file the new daemon's log begins anew: its numbers are smaller than those the page knows.
  it.each(['sqlite', 'memory:'] as const)(
    'shows last known states, then the right ones, with the store %s',
    async (store) => {
      const served = await servePage({ store });
      try {
        served.engine.run({ name: 'worker' });
        served.engine.run({ name: 'wiki' });
        const page = await served.open();
        const phase = (id: string) => page.locator(`.row[data-id="container:${id}"] .phase`).textContent();
        await expect.poll(() => page.locator('.row').count(), wait).toBe(2);
        for (let restarts = 0; restarts < 3; restarts += 1) {
          served.engine.pause('wiki');
          await expect.poll(() => phase('wiki'), wait).toBe('paused');
          served.engine.unpause('wiki');
          await expect.poll(() => phase('wiki'), wait).toBe('running');
        }
        await page.evaluate('window.same = true');

        await served.stopDaemon();
        await expect.poll(() => phase('worker'), wait).toBe('running ?');
        served.engine.die('worker', { exitCode: 3 });
        await served.startDaemon();
        await expect.poll(() => phase('worker'), wait).toBe('crashed');
        expect(await phase('wiki')).toBe('running');
        await expect.poll(() => page.locator('#link').textContent(), wait).toBe('live');

        served.engine.pause('wiki');
        await expect.poll(() => phase('wiki'), wait).toBe('paused');
        await expect.poll(() => page.locator('.recent .event').first().textContent(), wait).toContain('paused');
        expect(await page.evaluate('window.same')).toBe(true);
        expect(served.complaints).toEqual([]);
      } finally {
        await served.close();
      }
    },
  );
});
