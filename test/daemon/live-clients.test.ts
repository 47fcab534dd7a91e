import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createClient, type LiveFeed, type TidewatchClient } from '../../src/client/client.ts';
import { configDefaults } from '../../src/daemon/config/load-config.ts';
import { createDaemon } from '../../src/daemon/daemon.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Sequence numbers of a workspace's events, as the log has them. */
async function seqsOf(client: TidewatchClient, workspace: string): Promise<number[]> {
  const { items } = await client.events({ workspace, limit: 1_000 });
  return items.map(({ seq }) => seq);
}

describeDocker('the live client of a real daemon', () => {
  test('sees states, events and figures of real containers, and each event once over a restart', async () => {
    const { host, docker } = sharedDocker();
    const [busy, late] = [freshPrefix(), freshPrefix()];
    const config = {
      ...configDefaults(),
      dataDir: await temporaryFolder(),
      listen: '127.0.0.1:0',
      'engine.host': host,
    };
    let daemon = createDaemon(config, { webRoot: null });
    const abort = new AbortController();
    const burning = 'while :; do :; done';
    const run = (id: string) =>
      docker(
        'run',
        '-d',
        '--network=none',
        '--cpus=0.2',
        `--label=tidewatch.workspace=${id}`,
        IMAGE,
        'sh',
        '-c',
        burning,
      );
    const ids: string[] = [];
    let ended: Promise<void> | undefined;
    try {
      await daemon.start();
      const url = daemon.address();
      const token = readFileSync(join(config.dataDir, 'admin-token'), 'utf8').trim();
      const client = createClient({ url, token });
      await eventually(async () => expect((await client.ready()).missing).toEqual([]));
      const seqs: number[] = [];
      const resyncs: string[] = [];
      const feed: LiveFeed = client.live({
        metrics: true,
        // Other tests use the same engine.
        workspaces: [busy, late],
        signal: abort.signal,
        onEvent: ({ seq }) => void seqs.push(seq),
        onResync: ({ reason }) => void resyncs.push(reason),
      });
      ended = feed.run();
      await eventually(() => expect(feed.seq).toBeDefined());
      const of = (id: string) => feed.workspaces.get(id);
      ids.push(await run(busy));
      await eventually(() => expect(of(busy)?.phase).toBe('running'));
      await eventually(() => expect(of(busy)?.metrics?.cpuPercent).toBeGreaterThan(0));
      await docker('kill', ids[0] ?? '');
      await eventually(() => expect([of(busy)?.status, of(busy)?.metrics]).toEqual(['inactive', null]));

      await daemon.stop();
      await docker('start', ids[0] ?? '');
      daemon = createDaemon({ ...config, listen: new URL(url).host }, { webRoot: null });
      await daemon.start();
      await eventually(() => expect(of(busy)?.phase).toBe('running'));
      ids.push(await run(late));
      await eventually(() => expect(of(late)?.phase).toBe('running'));
      await eventually(async () => {
        const logged = [...(await seqsOf(client, busy)), ...(await seqsOf(client, late))].toSorted((a, b) => a - b);
        expect(seqs).toEqual(logged);
      });
      expect(seqs.length).toBeGreaterThan(5);
      expect(resyncs).toEqual([]);
    } finally {
      abort.abort();
      await ended;
      for (const id of ids) await docker('rm', '-f', id);
      await daemon.stop();
    }
  });
});
