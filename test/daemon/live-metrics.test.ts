import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createClient, type MetricsFrame, mergeFrame, type WorkspaceMetrics } from '../../src/client/client.ts';
import { configDefaults } from '../../src/daemon/config/load-config.ts';
import { createDaemon } from '../../src/daemon/daemon.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';

describeDocker('figures of real containers, live', () => {
  test('come while somebody looks, change each second, and go with the container', async () => {
    const { host, docker } = sharedDocker();
    const prefix = freshPrefix();
    const dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-live-'));
    const daemon = createDaemon(
      { ...configDefaults(), dataDir, listen: '127.0.0.1:0', store: 'memory:', 'engine.host': host },
      { webRoot: null },
    );
    const abort = new AbortController();
    const label = `--label=tidewatch.workspace=${prefix}`;
    const burning = 'while :; do :; done';
    const run = () => docker('run', '-d', '--network=none', '--cpus=0.2', label, IMAGE, 'sh', '-c', burning);
    let id = '';
    try {
      await daemon.start();
      const token = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim();
      const client = createClient({ url: daemon.address(), token });
      await eventually(async () => expect((await client.ready()).missing).toEqual([]));
      await client.workspaces.register({ id: prefix });
      let figures: ReadonlyMap<string, WorkspaceMetrics> = new Map();
      const frames: MetricsFrame[] = [];
      const reading = (async () => {
        for await (const frame of client.metrics({ workspace: prefix, signal: abort.signal })) {
          frames.push(frame);
          figures = mergeFrame(figures, frame);
        }
      })();
      await eventually(() => expect(frames).toHaveLength(1));
      expect(frames[0]).toMatchObject({ samples: [], isComplete: true });
      id = await run();
      await eventually(() => expect(figures.get(prefix)?.cpuPercent).toBeGreaterThan(0));
      // Nobody looks at the others: of all that is monitored one is watched.
      await eventually(async () => expect((await client.stats()).monitor.watched).toBe(1));
      const seen = frames.length;
      await eventually(() => expect(frames.length).toBeGreaterThan(seen + 3));
      const instants = frames.slice(-3).map(({ samples }) => samples[0]?.metrics?.sampledAt);
      expect(new Set(instants).size).toBe(3);
      await docker('kill', id);
      await eventually(() => expect(figures.has(prefix)).toBe(false));
      expect(frames.at(-1)?.samples).toEqual([{ workspaceId: prefix, metrics: null }]);
      await docker('start', id);
      await eventually(() => expect(figures.get(prefix)?.cpuPercent).toBeGreaterThan(0));
      abort.abort();
      await reading;
      await eventually(async () => expect((await client.stats()).monitor.watched).toBe(0));
    } finally {
      abort.abort();
      if (id !== '') await docker('rm', '-f', id);
      await daemon.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
