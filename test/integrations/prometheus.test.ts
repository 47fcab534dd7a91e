import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { firstObstacle } from '../env/obstacles.ts';
import { prometheusObstacle, startPrometheusServer } from '../env/prometheus.ts';
import { describeUnless, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { serveDaemon } from '../support/served-daemon.ts';

const obstacle = await firstObstacle([inject('docker').obstacle, prometheusObstacle()]);

describeUnless(obstacle, 'Prometheus beside a real daemon and real containers', () => {
  test('scrapes with a token and answers what a workspace uses, and is sent away without one', async () => {
    const { host, docker } = sharedDocker();
    const workspace = freshPrefix();
    // The shell writes through to the disk, a kilobyte at a time.
    const work = 'while :; do dd if=/dev/zero of=/out bs=1k count=64 conv=fsync 2>/dev/null; sleep 0.2; done';
    const label = `--label=tidewatch.workspace=${workspace}`;
    const id = await docker(
      'run',
      '-d',
      '--network=none',
      label,
      '--label=tidewatch.owner=ana "q"',
      IMAGE,
      'sh',
      '-c',
      work,
    );
    onTestFinished(async () => void (await docker('rm', '-f', id)));
    await using daemon = await serveDaemon(host, { 'monitor.collectInterval': 500 });
    const target = { static_configs: [{ targets: [new URL(daemon.url).host] }] };
    const config = {
      global: { scrape_interval: '500ms' },
      scrape_configs: [
        { job_name: 'tidewatch', authorization: { credentials_file: join(daemon.folder, 'admin-token') }, ...target },
        { job_name: 'stranger', ...target },
      ],
    };
    await using prometheus = await startPrometheusServer(daemon.folder, { config: JSON.stringify(config) });
    const ask = async (query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
      const url = `http://127.0.0.1:${prometheus.port}/api/v1/query?${new URLSearchParams({ query })}`;
      const { data } = (await (await fetch(url)).json()) as { data: { result: [] } };
      return data.result;
    };
    const w = `workspace="${workspace}"`;
    await eventually(async () =>
      expect((await ask(`tidewatch_workspace_memory_bytes{${w}}`))[0]?.value[1]).toMatch(/^\d+$/),
    );
    expect(await ask(`tidewatch_workspace_status{${w}} == 1`)).toMatchObject([{ metric: { status: 'active' } }]);
    expect(await ask(`tidewatch_workspace_info{${w}}`)).toMatchObject([{ metric: { owner: 'ana "q"' } }]);
    await eventually(async () => {
      const [processes] = await ask(`tidewatch_workspace_processes{${w}}`);
      expect(Number(processes?.value[1])).toBeGreaterThanOrEqual(1);
    });
    // Their type is told, which OpenMetrics and the text format do in different words.
    const metadata = await fetch(
      `http://127.0.0.1:${prometheus.port}/api/v1/metadata?metric=tidewatch_workspace_disk_write_bytes`,
    );
    expect(await metadata.json()).toMatchObject({
      data: { tidewatch_workspace_disk_write_bytes: [{ type: 'counter', unit: 'bytes' }] },
    });
    await eventually(async () =>
      expect(await ask('up{job="stranger"}')).toMatchObject([{ value: [expect.anything(), '0'] }]),
    );
    expect(await ask('up{job="tidewatch"}')).toMatchObject([{ value: [expect.anything(), '1'] }]);
    expect(await ask('tidewatch_engine_connected')).toMatchObject([{ value: [expect.anything(), '1'] }]);
  });

  test('its tool finds nothing to complain of in the text', async () => {
    await using daemon = await serveDaemon(sharedDocker().host);
    const answer = await fetch(`${daemon.url}/metrics`, { headers: { authorization: `Bearer ${daemon.token}` } });
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: await answer.text(), encoding: 'utf8' });
    expect([checked.status, checked.stdout + checked.stderr]).toEqual([0, '']);
  });
});
