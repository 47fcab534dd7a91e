import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import type { MetricsHistory, TidewatchClient } from '../../src/client/client.ts';
import { buildObstacle, firstObstacle } from '../env/obstacles.ts';
import { describeUnless, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type RunSetting, runTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';
import { startContainer } from '../usage/cgroup-reader.ts';

const obstacle = await firstObstacle([inject('docker').obstacle, buildObstacle()]);

/** More than lies between two checkpoints. */
const POINTS_BEFORE = 13;

describeUnless(obstacle, 'what a workspace used, as a daemon remembers it', () => {
  test('outlives a kill -9 of the daemon and the end of the workspace', async () => {
    const workspace = freshPrefix();
    const { docker, host } = sharedDocker();
    const labels = ['--label', `tidewatch.workspace=${workspace}`];
    const id = await startContainer(docker, labels, 'sh', '-c', 'while :; do :; sleep 0.1; done');
    const folder = await temporaryFolder();
    const setting = { folder, args: ['--engine-host', host, '--monitor-collect-interval', '1s'] };

    const first = await serveTidewatch(setting);
    const seen = await eventually(() => pointsOf(first.client, workspace, POINTS_BEFORE), { within: 60_000 });
    await first.end('SIGKILL');

    await using second = await serveTidewatch(setting);
    const newest = seen.at.findLast((_, index) => isSeen(seen, index)) ?? 0;
    const kept = await second.client.workspaces.metrics(workspace, { metrics: ['cpu', 'pids'], maxPoints: 5_000 });
    for (const [index, at] of seen.at.entries()) {
      // What came after the last checkpoint was in memory alone.
      if (at > newest - 11_000 || !isSeen(seen, index)) continue;
      expect(kept.series.cpu?.avg[kept.at.indexOf(at)]).toBe(seen.series.cpu?.avg[index]);
    }
    await docker('rm', '--force', id);
    await eventually(() => second.client.workspaces.remove(workspace), { within: 30_000 });
    await expect(second.client.workspaces.get(workspace)).rejects.toMatchObject({ code: 'workspace_not_found' });
    const afterEnd = await pointsOf(second.client, workspace, 3);
    expect(Math.max(...(afterEnd.series.pids?.max ?? []).map((pids) => pids ?? 0))).toBeGreaterThanOrEqual(1);
    const { collector } = await second.client.stats();
    expect(collector).toMatchObject({ damaged: 0, lost: 0, failedWrites: 0, lastError: null });
    expect(collector.samples).toBeGreaterThan(0);
  });

  test('is printed as a table, drawn, and written as CSV', async () => {
    const workspace = freshPrefix();
    const { docker, host } = sharedDocker();
    await startContainer(docker, ['--label', `tidewatch.workspace=${workspace}`], 'sleep', '3600');
    const folder = await temporaryFolder();
    await using serving = await serveTidewatch({
      folder,
      args: ['--engine-host', host, '--monitor-collect-interval', '1s'],
    });
    await eventually(() => pointsOf(serving.client, workspace, 3), { within: 60_000 });
    const token = readFileSync(join(serving.dataDir, 'admin-token'), 'utf8').trim();
    const url = (JSON.parse(JSON.stringify(serving.introduction)) as { address: string }).address;
    const env = { TIDEWATCH_URL: url, TIDEWATCH_TOKEN: token, LC_ALL: 'C.UTF-8' };
    const history = async (...args: readonly string[]) => {
      const run = await runTidewatch(['history', workspace, ...args], { folder, env } satisfies RunSetting);
      expect(run).toMatchObject({ code: 0, err: '' });
      return run.out.split(/\r?\n/);
    };
    const table = await history('--since', '10m');
    expect(table[0]).toMatch(/^METRIC +COURSE +MIN +MEAN +MAX +LAST$/);
    expect(table.find((line) => line.startsWith('pids'))).toMatch(/█ .* 1 +1 +1 +1$/);
    expect((await history('--plot', '--metrics', 'memory')).join('\n')).toMatch(/┤/);
    const csv = await history('--csv', '--metrics', 'cpu', '--since', '2m');
    expect(csv[0]).toBe('at,workspace,name,cpu_avg,cpu_min,cpu_max');
    expect(csv.some((line) => /^\d{4}-.*Z,[^,]+,[^,]+,[\d.]+,[\d.]+,[\d.]+$/.test(line))).toBe(true);
    const wrong = await runTidewatch(['history', workspace, '--metrics', 'memroy'], { folder, env });
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('did you mean memory?') });
  });
});

/** The history of the last hour; throws while fewer points of it have figures. */
async function pointsOf(client: TidewatchClient, workspace: string, least: number): Promise<MetricsHistory> {
  const found = await client.workspaces.metrics(workspace, { metrics: ['cpu', 'pids'], maxPoints: 5_000 });
  expect(found.at.filter((_, index) => isSeen(found, index)).length).toBeGreaterThanOrEqual(least);
  return found;
}

function isSeen({ series }: MetricsHistory, index: number): boolean {
  return series.cpu?.avg[index] !== null && series.cpu?.avg[index] !== undefined;
}
